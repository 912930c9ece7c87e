import { FlowDriver, type Link, Network, simEnv } from '@hawser/netsim';
import { FlowTable, NO_PATH } from '@hawser/wire';
import { IceAgent, type IceConfig, type IceEvent, type IceRole } from '../../src/index.ts';
import { ScriptedBrowser } from './browser.ts';
import { hostCandidate } from './world.ts';

export interface BrowserWorldOptions {
  readonly kind: 'chromium' | 'firefox';
  /** Our role. */
  readonly role: IceRole;
  readonly config?: Partial<IceConfig>;
  /** Networks of the browser: one address each. Default 1. */
  readonly networks?: number;
  /** Addresses of ours. Default 2. */
  readonly locals?: number;
  /** When the browser's candidates and their end are known to us. Default at once. */
  readonly candidatesMs?: number;
  /** Whether we are told that it is this browser. Default true. */
  readonly told?: boolean;
  readonly spares?: boolean;
  readonly oneWay?: boolean;
}

/** Our agent and a scripted browser. */
export class BrowserWorld {
  readonly network = new Network('browser');
  readonly agent: IceAgent;
  readonly driver: FlowDriver<IceAgent>;
  readonly browser: ScriptedBrowser;
  readonly log: { at: number; event: IceEvent }[] = [];
  readonly links: readonly Pick<Link<{ readonly bytes: Uint8Array }>, 'cut' | 'restore'>[];
  /** Non-STUN packets of the browser that came from unchecked flows. */
  dropped = 0;
  #spareBase = 100;

  constructor(options: BrowserWorldOptions) {
    const { clock, random } = this.network;
    const cloud = this.network.addCloud();
    const locals = Array.from({ length: options.locals ?? 2 }, (_, i) => ({
      name: `nic${i}`,
      addresses: [`10.1.${i}.1`],
    }));
    const remotes = Array.from({ length: options.networks ?? 1 }, (_, i) => ({
      name: `net${i}`,
      addresses: [`10.2.${i}.1`],
    }));
    const host = this.network.addHost('agent', { interfaces: locals });
    const theirs = this.network.addHost('browser', { interfaces: remotes });
    this.links = host.interfaces.map((one) => cloud.attach(one, { delayMs: 5 }));
    for (const one of theirs.interfaces) cloud.attach(one, { delayMs: 5 });

    const flows = new FlowTable();
    this.agent = new IceAgent({ flows, role: options.role, ...options.config }, simEnv(clock, random.fork('agent')));
    this.driver = new FlowDriver(host, this.agent, flows, {
      onEvent: (event) => {
        this.log.push({ at: clock.now, event });
        if (event.type === 'release-base') this.driver.closeBase(event.base);
        if (event.type !== 'need-base' || options.spares === false) return;
        const base = this.#spareBase++;
        const socket = this.driver.openBase(base, event.address);
        const egress = event.egress === undefined ? {} : { egress: event.egress };
        this.driver.act((m, now) =>
          m.addBase(now, { base, address: event.address, port: socket.port, spare: true, needId: event.id, ...egress }),
        );
      },
      receive: (machine, now, flow, bytes, offset, length) => {
        const verdict = machine.handleDatagram(now, flow, bytes, offset, length);
        if (verdict === 1) {
          const path = machine.pathOf(flow);
          if (path === NO_PATH) this.dropped++;
          else machine.noteReceived(now, path, length);
        }
        return verdict;
      },
    });
    const browserFlows = new FlowTable();
    const oneWay = options.oneWay ? { oneWay: () => true } : {};
    this.browser = new ScriptedBrowser(
      {
        kind: options.kind,
        role: options.role === 'controlling' ? 'controlled' : 'controlling',
        flows: browserFlows,
        peer: this.agent.localParameters,
        ...oneWay,
      },
      simEnv(clock, random.fork('browser')),
    );
    const browserDriver = new FlowDriver(theirs, this.browser, browserFlows);
    const ports = theirs.interfaces.map((one, i) => browserDriver.openBase(i, one.addresses[0]).port);
    locals.forEach(({ name, addresses }, i) => {
      const socket = this.driver.openBase(i, addresses[0]);
      this.driver.act((m, now) => m.addBase(now, { base: i, address: addresses[0], port: socket.port, egress: name }));
      for (let j = 0; j < remotes.length; j++) {
        browserDriver.act((m, now) => m.connect(now, browserFlows.intern(j, addresses[0], socket.port)));
      }
    });
    const told = options.told ?? true;
    this.driver.act((m, now) =>
      m.setRemote(now, { ufrag: this.browser.ufrag, pwd: this.browser.pwd, ...(told && { browser: options.kind }) }),
    );
    clock.scheduleIn(options.candidatesMs ?? 0, () => {
      this.driver.act((m, now) => {
        for (const [i, { addresses }] of remotes.entries()) {
          m.addRemoteCandidate(now, hostCandidate(addresses[0], ports[i], { foundation: `${i}` }));
        }
        m.endOfRemoteCandidates(now);
      });
    });
  }

  get now(): number {
    return this.network.clock.now;
  }

  run(ms: number): this {
    this.network.clock.runUntil(this.now + ms);
    return this;
  }

  events<T extends IceEvent['type']>(type: T): { at: number; event: Extract<IceEvent, { type: T }> }[] {
    return this.log.filter((one) => one.event.type === type) as { at: number; event: Extract<IceEvent, { type: T }> }[];
  }
}
