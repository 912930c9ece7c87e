import { type DtlsCertificate, deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { type Datagram, FlowDriver, type Link, type LinkConfig, Network, SeededRandom, simEnv } from '@hawser/netsim';
import type { Message } from '@hawser/sctp-dc';
import { createMessage } from '@hawser/sctp-dc';
import type { Instant, TraceSink } from '@hawser/wire';
import {
  createReceivedPacket,
  MultipathSession,
  type ReceivedPacket,
  type SessionConfig,
  type SessionEvent,
} from '../../src/index.ts';

/** One end of a simulated session: what it received, and how to give it commands. */
export interface Side {
  readonly session: MultipathSession;
  readonly driver: FlowDriver<MultipathSession>;
  readonly certificate: DtlsCertificate;
  /** Text of every message received, with its channel and time. */
  readonly messages: { channel: number; bytes: Uint8Array; at: Instant }[];
  readonly packets: { bytes: Uint8Array; rtcp: boolean; path: number; at: Instant }[];
  /** The access link of the i-th address: `aToB` leads into the network. */
  readonly links: Link<Datagram>[];
}

export interface TwoSessionsOptions {
  seed?: number | string;
  /** Access links of A's addresses. Default three of 2.5, 10 and 30 ms one way. */
  links?: readonly LinkConfig[];
  /** Number of B's addresses; default as many as A's. */
  remoteAddresses?: number;
  a?: Partial<SessionConfig>;
  b?: Partial<SessionConfig>;
  hawser?: boolean;
  sctp?: boolean;
  /** Hears what A traces. */
  trace?: TraceSink;
  /** Fingerprint that A expects of B, instead of the true one. */
  wrongFingerprint?: string;
}

const DEFAULT_LINKS: readonly LinkConfig[] = [{ delayMs: 2.5 }, { delayMs: 10 }, { delayMs: 30, loss: 0.01 }];

/** Two sessions on a simulated network, A with one access link per address, described to each other and started. */
export class TwoSessions {
  readonly network: Network;
  readonly a: Side;
  readonly b: Side;

  constructor(options: TwoSessionsOptions = {}) {
    this.network = new Network(options.seed ?? 1);
    const random = new SeededRandom(`sessions ${options.seed ?? 1}`);
    const links = options.links ?? DEFAULT_LINKS;
    const remote = Array.from({ length: options.remoteAddresses ?? links.length }, () => ({}));
    const cloud = this.network.addCloud();
    const side = (name: 'a' | 'b', subnet: number, access: readonly LinkConfig[]): Side => {
      const host = this.network.addHost(name, {
        interfaces: access.map((_, i) => ({ name: `eth${i}`, addresses: [`10.${subnet}.${i}.1`] })),
      });
      const certificate = generateCertificate(
        { unixMs: 1.8e12, secure: random.fork(`certificate ${name}`) },
        deterministicCrypto,
      );
      const session = new MultipathSession(
        {
          certificate,
          role: name === 'a' ? 'controlling' : 'controlled',
          crypto: { dtls: deterministicCrypto },
          ...options[name],
        },
        simEnv(this.network.clock, random.fork(name), name === 'a' ? options.trace : undefined),
      );
      const built: Side = {
        session,
        certificate,
        messages: [],
        packets: [],
        links: access.map((config, i) => cloud.attach(host.interfaces[i], config)) as Link<Datagram>[],
        driver: new FlowDriver(host, session, session.flows, { onEvent: (event) => this.#read(built, event) }),
      };
      return built;
    };
    this.a = side('a', 1, links);
    this.b = side('b', 2, remote);
    this.#describe(this.a, this.b, 'client', options);
    this.#describe(this.b, this.a, 'server', options);
    this.#gather(this.a, this.b, links.length);
    this.#gather(this.b, this.a, remote.length);
  }

  get now(): Instant {
    return this.network.clock.now;
  }

  run(ms: number): void {
    this.network.clock.runUntil(this.network.clock.now + ms);
  }

  /** Runs until `condition` holds; throws after `limitMs` of virtual time. */
  runUntil(condition: () => boolean, limitMs = 30_000): void {
    const end = this.now + limitMs;
    while (!condition()) {
      if (this.now >= end) throw new Error(`the condition did not come to hold within ${limitMs} ms`);
      this.run(1);
    }
  }

  connected(): boolean {
    return this.a.session.isConnected && this.b.session.isConnected;
  }

  /** Silently drops everything on the i-th access link of A, both ways. */
  cut(i: number): void {
    this.a.links[i].cut();
  }

  restore(i: number): void {
    this.a.links[i].restore();
  }

  #describe(side: Side, other: Side, dtlsRole: 'client' | 'server', options: TwoSessionsOptions): void {
    const value =
      options.wrongFingerprint !== undefined && side === this.a
        ? options.wrongFingerprint
        : other.certificate.fingerprint('sha-256');
    side.driver.act((session, now) =>
      session.setRemote(now, {
        ...other.session.iceParameters,
        hawser: options.hawser ?? true,
        fingerprints: [{ algorithm: 'sha-256', value }],
        dtlsRole,
        sctp: options.sctp === false ? undefined : { remotePort: 5000, maxMessageSizeBytes: 262_144 },
        transportCcExtensionId: 5,
      }),
    );
  }

  #gather(side: Side, other: Side, addresses: number): void {
    const subnet = side === this.a ? 1 : 2;
    for (let i = 0; i < addresses; i++) {
      const socket = side.driver.openBase(i, `10.${subnet}.${i}.1`);
      side.driver.act((session, now) =>
        session.addBase(now, { base: i, address: socket.address, port: socket.port, egress: `eth${i}` }),
      );
    }
    side.driver.act((session, now) => session.endOfLocalCandidates(now));
    for (const event of side.driver.events) {
      if (event.type === 'candidate') {
        other.driver.act((session, now) => session.addRemoteCandidate(now, event.candidate));
      }
    }
    other.driver.act((session, now) => session.endOfRemoteCandidates(now));
  }

  #read(side: Side, event: SessionEvent): void {
    if (event.type === 'readable') {
      const message: Message = createMessage();
      while (side.session.pollMessage(message)) {
        side.messages.push({
          channel: message.channel,
          bytes: message.bytes.slice(message.offset, message.offset + message.length),
          at: this.now,
        });
      }
    } else if (event.type === 'rtp') {
      const packet: ReceivedPacket = createReceivedPacket();
      while (side.session.pollRtp(packet)) {
        side.packets.push({
          bytes: packet.bytes.slice(packet.offset, packet.offset + packet.length),
          rtcp: packet.rtcp,
          path: packet.path,
          at: packet.arrivedAt,
        });
      }
    }
  }
}
