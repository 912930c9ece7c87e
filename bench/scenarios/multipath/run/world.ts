import { type DtlsCertificate, generateCertificate } from '@hawser/dtls';
import { MultipathSession, type SessionConfig, type SessionEvent } from '@hawser/multipath';
import {
  type Datagram,
  FlowDriver,
  type Link,
  type LinkConfig,
  Network,
  playTrace,
  SeededRandom,
  simEnv,
} from '@hawser/netsim';
import type { Instant, PathId } from '@hawser/wire';
import type { MultipathScenario, NetworkEvent, PathValues } from '../contract.ts';
import { CiphertextTap } from './ciphertext-tap.ts';
import { nullCrypto } from './null-crypto.ts';

const DEFAULT_QUEUE_MS = 100;
/** IPv4 and UDP. */
const HEADER_BYTES = 28;
/** From both sides connected to the first packet of the traffic: every pair is validated by then. */
const SETTLE_MS = 1000;
const CONNECT_WITHIN_MS = 30_000;

/** One end: its session, and who hears of its events. */
export interface End {
  readonly session: MultipathSession;
  readonly driver: FlowDriver<MultipathSession>;
  readonly certificate: DtlsCertificate;
  /** All are told every event once the ends have settled. They may give the session commands. */
  readonly listeners: ((event: SessionEvent) => void)[];
}

/**
 * Two sessions on the network of a scenario, connected and settled. The first end has an access link for each path, the
 * second as many addresses on perfect links.
 */
export class World {
  readonly network: Network;
  readonly random: SeededRandom;
  readonly a: End;
  readonly b: End;
  /** By path: `aToB` leads away from the first end. */
  readonly links: readonly Link<Datagram>[];
  readonly tap = new CiphertextTap();
  readonly #paths: readonly PathValues[];
  #settled = false;

  /**
   * @param config of both ends
   * @param only index of the one path that is used, or undefined for all; the others lie idle, so that a seed means the
   *   same losses on the one
   */
  constructor(scenario: MultipathScenario, seed: number, config: Partial<SessionConfig>, only: number | undefined) {
    this.#paths = scenario.paths;
    this.network = new Network(`${scenario.name} ${seed}`);
    this.random = new SeededRandom(`${scenario.name} ${seed}`);
    const cloud = this.network.addCloud();
    const count = scenario.paths.length;
    this.a = this.#end('a', 1, count, config);
    this.b = this.#end('b', 2, count, config);
    let join: Pick<typeof cloud, 'attach'> = cloud;
    if (scenario.bottleneck !== undefined) {
      const router = this.network.addRouter('bottleneck');
      cloud.attach(router, limit(scenario.bottleneck.rateBps, scenario.bottleneck.queueMs));
      join = router;
    }
    this.links = scenario.paths.map((path, i) => join.attach(this.a.driver.host.interfaces[i], linkOf(path)));
    for (const one of this.b.driver.host.interfaces) cloud.attach(one);
    for (const [i, { aToB }] of this.links.entries()) this.tap.watch(aToB, i);
    this.#describe(this.a, this.b, 'client');
    this.#describe(this.b, this.a, 'server');
    const used = only === undefined ? scenario.paths.map((_, i) => i) : [only];
    this.#gather(this.a, this.b, 1, used);
    this.#gather(this.b, this.a, 2, used);
    const connected = () => this.a.session.isConnected && this.b.session.isConnected;
    if (!this.network.clock.runWhileNot(connected, CONNECT_WITHIN_MS)) throw new Error('the ends did not connect');
    this.run(SETTLE_MS);
    this.#settled = true;
  }

  get now(): Instant {
    return this.network.clock.now;
  }

  run(ms: number): void {
    this.network.clock.runFor(ms);
  }

  /** Plays the traces of the paths, and what happens to them, from now on. Returns when each event comes, in order. */
  start(events: readonly NetworkEvent[]): readonly Instant[] {
    this.#paths.forEach(({ trace }, i) => {
      if (trace !== undefined) playTrace(this.network.clock, this.links[i], trace);
    });
    const random = this.random.fork('events');
    return events.map((event) => {
      const at = this.now + event.atMs + random.nextUnit() * (event.withinMs ?? 0);
      this.network.clock.schedule(at, () => this.#happen(event));
      return at;
    });
  }

  /** Index of the path (of the scenario) by whose link packets of the session's path `id` leave; -1 when it is not known. */
  indexOf(id: PathId): number {
    const path = this.a.session.getMultipathStats().paths.find((one) => one.id === id);
    return this.a.driver.host.interfaces.findIndex(({ addresses }) => path?.local.startsWith(`${addresses[0]}:`));
  }

  #happen(event: NetworkEvent): void {
    const all = this.links.map((link, i) => ({ link, interface: this.a.driver.host.interfaces[i] }));
    for (const one of event.path === 'all' ? all : [all[event.path]]) {
      switch (event.what) {
        case 'silent':
          one.link.cut();
          break;
        case 'error':
          // What has left is not lost by that.
          one.interface.down();
          break;
        case 'restore':
          one.link.restore();
          one.interface.up();
          break;
        case 'change': {
          const { rateBps, rttMs, loss } = event;
          one.link.update({
            ...(rateBps === undefined ? {} : { rateBps }),
            ...(rttMs === undefined ? {} : { delayMs: rttMs / 2 }),
            ...(loss === undefined ? {} : { loss }),
          });
        }
      }
    }
  }

  #end(name: 'a' | 'b', subnet: number, count: number, config: Partial<SessionConfig>): End {
    const host = this.network.addHost(name, {
      interfaces: Array.from({ length: count }, (_, i) => ({ name: `eth${i}`, addresses: [`10.${subnet}.${i}.1`] })),
    });
    const secure = this.random.fork(`certificate ${name}`);
    const certificate = generateCertificate({ unixMs: 1.8e12, secure }, nullCrypto);
    const session = new MultipathSession(
      {
        certificate,
        role: name === 'a' ? 'controlling' : 'controlled',
        crypto: { dtls: nullCrypto },
        ...config,
      },
      simEnv(this.network.clock, this.random.fork(name)),
    );
    const driver: FlowDriver<MultipathSession> = new FlowDriver(host, session, session.flows, {
      onEvent: (event) => {
        // Nobody reads the list any more: a long run must not keep them all.
        if (this.#settled) driver.events.length = 0;
        for (const listener of end.listeners) listener(event);
      },
      onSendError: (flow, status) => session.handleSendError(this.now, flow, status),
    });
    const end: End = { session, driver, certificate, listeners: [] };
    return end;
  }

  #describe(end: End, other: End, dtlsRole: 'client' | 'server'): void {
    end.driver.act((session, now) =>
      session.setRemote(now, {
        ...other.session.iceParameters,
        hawser: true,
        fingerprints: [{ algorithm: 'sha-256', value: other.certificate.fingerprint('sha-256') }],
        dtlsRole,
        sctp: { remotePort: 5000, maxMessageSizeBytes: 262_144 },
        transportCcExtensionId: 5,
      }),
    );
  }

  #gather(end: End, other: End, subnet: number, used: readonly number[]): void {
    for (const i of used) {
      const socket = end.driver.openBase(i, `10.${subnet}.${i}.1`);
      end.driver.act((session, now) =>
        session.addBase(now, { base: i, address: socket.address, port: socket.port, egress: `eth${i}` }),
      );
    }
    end.driver.act((session, now) => session.endOfLocalCandidates(now));
    for (const event of end.driver.events) {
      if (event.type !== 'candidate') continue;
      other.driver.act((session, now) => session.addRemoteCandidate(now, event.candidate));
    }
    other.driver.act((session, now) => session.endOfRemoteCandidates(now));
  }
}

function linkOf(path: PathValues): LinkConfig {
  const { rttMs, rateBps, queueMs = DEFAULT_QUEUE_MS, jitterMs = 0, loss = 0, back } = path;
  const there = { delayMs: rttMs / 2, jitterMs, loss, ...(rateBps === undefined ? {} : limit(rateBps, queueMs)) };
  if (back === undefined) return there;
  const { rateBps: backBps, ...rest } = back;
  return { ...there, back: { ...rest, ...(backBps === undefined ? {} : limit(backBps, queueMs)) } };
}

function limit(rateBps: number, queueMs: number): LinkConfig {
  return { rateBps, queueBytes: (rateBps * queueMs) / 8000, overheadBytes: HEADER_BYTES };
}
