import { type DtlsCertificate, deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { type Cloud, FlowDriver, type Nat, Network, simEnv } from '@hawser/netsim';
import { createMessage } from '@hawser/sctp-dc';
import { describe, expect, it } from 'vitest';
import { MultipathSession, type SessionConfig, type SessionEvent } from '../../src/index.ts';
import { STREAM_PORT, TURN_USER, TurnHost } from '../kit/turn-host.ts';

const SYMMETRIC = { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent' } as const;

interface End {
  readonly session: MultipathSession;
  readonly driver: FlowDriver<MultipathSession>;
  readonly certificate: DtlsCertificate;
  readonly received: string[];
  readonly nat: Nat;
  /** Connections to relays that are open. */
  readonly carriers: number[];
}

/** Two sessions, each with one interface behind a NAT that lets nothing through but the way to relays. */
class Relayed {
  readonly network = new Network('relayed session');
  readonly relays: TurnHost[];
  readonly a: End;
  readonly b: End;

  constructor(relayCount = 1, config: Partial<SessionConfig> = {}, transport: 'udp' | 'tls' = 'udp', only?: 'a') {
    const cloud = this.network.addCloud();
    this.relays = Array.from({ length: relayCount }, (_, i) => {
      const addresses = [`198.51.100.${i + 1}`];
      const host = this.network.addHost(`turn ${i}`, { interfaces: [{ name: 'eth0', addresses }] });
      cloud.attach(host.interfaces[0], { delayMs: 5 + 5 * i });
      // Two servers let their clients reach each other.
      return new TurnHost(host, this.network.random.fork(`turn ${i}`), {
        peers: { allow: ['203.0.113.0/24', '198.51.100.0/24'] },
      });
    });
    this.a = this.#end('a', 1, cloud, config);
    this.b = this.#end('b', 2, cloud, config);
    for (const [own, other, dtlsRole] of [
      [this.a, this.b, 'client'],
      [this.b, this.a, 'server'],
    ] as const) {
      own.driver.act((session, now) =>
        session.setRemote(now, {
          ...other.session.iceParameters,
          hawser: config.ice?.hawser !== false,
          fingerprints: [{ algorithm: 'sha-256', value: other.certificate.fingerprint('sha-256') }],
          dtlsRole,
          sctp: { remotePort: 5000, maxMessageSizeBytes: 262_144 },
        }),
      );
    }
    for (const [end, net] of [
      [this.a, 1],
      [this.b, 2],
    ] as const) {
      const { address, port } = end.driver.openBase(0, `10.${net}.0.1`);
      end.driver.act((session, now) => {
        for (const relay of this.relays) {
          session.addServer(now, { type: 'stun', address: relay.address, port: 3_478 });
          if (only !== undefined && end !== this.a) continue;
          const turn = { type: 'turn', address: relay.address, port: 3_478, ...TURN_USER } as const;
          session.addServer(
            now,
            transport === 'udp' ? turn : { ...turn, port: STREAM_PORT, transport, name: 'turn.test' },
          );
        }
        session.addBase(now, { base: 0, address, port, egress: 'eth0' });
        session.endOfLocalCandidates(now);
      });
    }
  }

  run(ms: number): void {
    this.network.clock.runUntil(this.network.clock.now + ms);
  }

  until(condition: () => boolean, limitMs = 20_000): void {
    const end = this.network.clock.now + limitMs;
    while (!condition()) {
      if (this.network.clock.now >= end) throw new Error(`not within ${limitMs} ms`);
      this.run(5);
    }
  }

  open(): number {
    const channel = this.a.driver.act((session, now) => session.openChannel(now, { label: 'relayed' }));
    this.until(() => this.a.driver.events.some(({ type }) => type === 'channel-open'));
    return channel;
  }

  send(channel: number, text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.a.driver.act((session, now) => session.send(now, channel, bytes, 0, bytes.length, false));
  }

  #end(name: 'a' | 'b', net: number, cloud: Cloud, config: Partial<SessionConfig>): End {
    const { clock, random } = this.network;
    const interfaces = [{ name: 'eth0', addresses: [`10.${net}.0.1`] }];
    const host = this.network.addHost(name, { interfaces });
    const nat = this.network.addNat(`nat ${name}`, {
      ...SYMMETRIC,
      portAssignment: 'random',
      external: [`203.0.113.${net}`],
    });
    cloud.attach(nat.outside, { delayMs: 10 });
    nat.attach(host.interfaces[0], { delayMs: 1 });
    const certificate = generateCertificate({ unixMs: 1.8e12, secure: random.fork(`c ${name}`) }, deterministicCrypto);
    const role = name === 'a' ? 'controlling' : 'controlled';
    const session = new MultipathSession(
      { certificate, role, crypto: { dtls: deterministicCrypto }, ...config },
      simEnv(clock, random.fork(name)),
    );
    const received: string[] = [];
    const carriers: number[] = [];
    const message = createMessage();
    const driver: FlowDriver<MultipathSession> = new FlowDriver(host, session, session.flows, {
      onEvent: (event: SessionEvent) => {
        while (event.type === 'readable' && session.pollMessage(message)) {
          const { bytes, offset, length } = message;
          received.push(new TextDecoder().decode(bytes.subarray(offset, offset + length)));
        }
        if (event.type === 'need-base' && event.server !== undefined) {
          const base = 100 + carriers.length;
          const { port } = driver.openBase(base, event.address);
          carriers.push(base);
          const carrier = { base, address: event.address, port, needId: event.id };
          clock.scheduleIn(30, () => driver.act((m, now) => m.addBase(now, carrier)));
        }
        if (event.type === 'release-base') driver.closeBase(event.base);
        const other = name === 'a' ? this.b : this.a;
        if (event.type === 'candidate') {
          clock.scheduleIn(20, () => other.driver.act((m, now) => m.addRemoteCandidate(now, event.candidate)));
        }
      },
    });
    return { session, driver, certificate, received, nat, carriers };
  }
}

const numbers = Array.from({ length: 300 }, (_, i) => `${i}`);

describe('two sessions that only relays join', () => {
  it('shake hands and exchange messages through TURN', () => {
    const two = new Relayed();
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    const channel = two.open();
    for (const text of numbers) {
      two.send(channel, text);
      two.run(5);
    }
    two.run(1_000);
    expect(two.b.received).toEqual(numbers);
    const { paths } = two.a.session.getMultipathStats();
    expect(paths.length).toBeGreaterThan(0);
    const ends = paths.flatMap(({ local, remote }) => [local, remote]);
    expect(ends.some((end) => end.startsWith(two.relays[0].address))).toBe(true);
  });

  it('lose nothing when one of two relays goes silent', () => {
    const two = new Relayed(2);
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    const channel = two.open();
    two.run(3_000);
    for (const [i, text] of numbers.entries()) {
      if (i === 100) two.relays[0].driver.stop();
      two.send(channel, text);
      two.run(5);
    }
    two.run(5_000);
    expect(two.b.received).toEqual(numbers);
    expect(two.a.driver.events.filter(({ type }) => type === 'closed')).toEqual([]);
  });

  it('give their allocations back when they close', () => {
    const two = new Relayed();
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    const [relay] = two.relays;
    two.a.driver.act((session, now) => session.close(now));
    two.run(2_000);
    const ends = relay.driver.events.flatMap((event) => (event.type === 'deallocated' ? [event.reason] : []));
    expect(ends).toEqual(['released', 'released']);
    expect(two.a.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('ask for no spare relay when they close, though one is missing', () => {
    const two = new Relayed(1, { ice: { hawser: false } });
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    two.until(() => two.a.carriers.length > 0);
    two.run(500);
    two.a.driver.act((session, now) => {
      session.removeBase(now, two.a.carriers[0]);
      session.close(now);
    });
    const before = two.a.carriers.length;
    two.run(2_000);
    expect(two.a.driver.events.at(-1)?.type).toBe('closed');
    expect(two.a.carriers).toHaveLength(before);
  });

  it('report a relay that refuses, and go on', () => {
    const two = new Relayed(2);
    two.a.driver.act((session, now) =>
      session.addServer(now, {
        type: 'turn',
        address: two.relays[0].address,
        port: 3_479,
        username: TURN_USER.username,
        password: 'wrong',
      }),
    );
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    two.run(60_000);
    const faults = two.a.driver.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []));
    expect(faults).toEqual(['relay-failed']);
    expect(() => two.a.session.addServer(0, { type: 'turn', address: 'x', port: 1, ...TURN_USER })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
  });

  it('do so over streams: by connections that the agent never hears of', () => {
    const two = new Relayed(1, {}, 'tls');
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    const channel = two.open();
    const needs = two.a.driver.events.filter((event) => event.type === 'need-base');
    const server = { address: '198.51.100.1', port: STREAM_PORT, name: 'turn.test' };
    expect(needs).toMatchObject([{ transport: 'tls', spare: false, server }]);
    for (const text of numbers) {
      two.send(channel, text);
      two.run(5);
    }
    two.run(1_000);
    expect(two.b.received).toEqual(numbers);
    expect(two.a.session.getMultipathStats().relays).toMatchObject({ allocated: 1, failed: 0, carriersLost: 0 });
    // What concerns the agent's bases alone is passed over.
    const [carrier] = two.a.carriers;
    two.a.driver.act((session, now) => {
      session.setBaseEgress(now, carrier, 'wlan0');
      session.setBaseStatus(now, carrier, 'standby');
    });
    two.a.driver.act((session, now) => session.close(now));
    two.run(2_000);
    expect(two.relays[0].driver.machine.allocations).toBe(0);
    expect(two.a.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('put nothing into a stream that is full, and lose nothing when its connection breaks', () => {
    const two = new Relayed(1, {}, 'tls', 'a');
    two.until(() => two.a.session.isConnected && two.b.session.isConnected);
    const channel = two.open();
    two.run(1_000);
    const setWritable = (isWritable: boolean) =>
      two.a.driver.act((session, now) => {
        const flow = session.flows.find(two.a.carriers[0], '198.51.100.1', STREAM_PORT);
        session.setFlowWritable(now, flow, isWritable);
      });
    setWritable(false);
    for (const text of numbers) two.send(channel, text);
    two.run(500);
    expect(two.b.received).toEqual([]);
    setWritable(true);
    two.until(() => two.b.received.length === numbers.length);
    expect(two.b.received).toEqual(numbers);
    const [broken] = two.a.carriers;
    two.a.driver.act((session, now) => session.removeBase(now, broken));
    two.a.driver.closeBase(broken);
    for (const text of numbers) two.send(channel, text);
    two.until(() => two.b.received.length === 2 * numbers.length);
    expect(two.b.received.slice(numbers.length)).toEqual(numbers);
    two.run(5_000);
    expect(two.a.session.getMultipathStats().relays).toMatchObject({ allocated: 2, carriersLost: 1 });
  });
});
