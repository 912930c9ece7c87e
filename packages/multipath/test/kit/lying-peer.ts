import { PacketClass } from '@hawser/wire';
import type { MultipathStats } from '../../src/index.ts';
import { TwoSessions, type TwoSessionsOptions } from './two-sessions.ts';

const PACKET_BYTES = 500;

/** An RTP packet of video with room for a transport-wide number, the extension 5. */
export function video(sequence: number, timestamp: number, bytes = PACKET_BYTES): Uint8Array {
  const packet = new Uint8Array(bytes);
  packet.set([0x90, 96, (sequence >>> 8) & 0xff, sequence & 0xff]);
  packet.set([0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x51, 0, 0, 0], 8);
  new DataView(packet.buffer).setUint32(4, timestamp >>> 0);
  return packet;
}

/** Statuses of transport-wide-cc (draft-holmer-rmcat-transport-wide-cc-extensions 3.1.1). */
export const Status = { missing: 0, smallDelta: 1, largeDelta: 2 } as const;

/** What a report claims. */
export interface Claim {
  /** The transport-wide number of its first packet, and how many it names: all with one status. */
  readonly base: number;
  readonly count: number;
  readonly symbol: 0 | 1 | 2;
  /** Quarters of a millisecond between one arrival and the next. Default 0. */
  readonly delta?: (i: number) => number;
  /** 64 ms each, 24 bits. Default 0. */
  readonly reference?: number;
}

/** A transport-wide feedback packet that claims it, by the draft, section 3.1. */
export function feedback(claim: Claim, number: number): Uint8Array {
  const deltaBytes = claim.count * claim.symbol;
  const words = Math.ceil((20 + 2 + deltaBytes) / 4);
  const bytes = new Uint8Array(words * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x8fcd0000 | (words - 1));
  view.setUint32(4, 9);
  view.setUint32(8, 7);
  view.setUint16(12, claim.base & 0xffff);
  view.setUint16(14, claim.count);
  view.setUint32(16, (((claim.reference ?? 0) & 0xffffff) << 8) | (number & 0xff));
  view.setUint16(20, (claim.symbol << 13) | claim.count);
  for (let i = 0; i < claim.count; i++) {
    const delta = claim.delta?.(i) ?? 0;
    if (claim.symbol === 1) view.setUint8(22 + i, delta & 0xff);
    if (claim.symbol === 2) view.setInt16(22 + 2 * i, delta);
  }
  return bytes;
}

/** Two sessions of which B reports what `claims` says, and nothing else, on the video that A sends. */
export class LyingPeer {
  readonly two: TwoSessions;
  /** Targets that A's encoder was told. */
  readonly targets: number[] = [];
  /** The transport-wide numbers that came to B since the last report. */
  arrived: number[] = [];
  /** By which of B's paths each came. */
  readonly pathOf = new Map<number, number>();
  sent = 0;
  reports = 0;
  readonly #startedAt: number;
  #seen = 0;
  #read = 0;

  constructor(options: TwoSessionsOptions = {}) {
    this.two = new TwoSessions({ links: [{ delayMs: 10 }, { delayMs: 20 }], ...options });
    const { a, b } = this.two;
    this.two.runUntil(() => this.two.connected());
    // B is told of no extension, so that it writes no honest report.
    b.driver.act((session, now) =>
      session.setRemote(now, {
        ...a.session.iceParameters,
        hawser: true,
        fingerprints: [{ algorithm: 'sha-256', value: a.certificate.fingerprint('sha-256') }],
        dtlsRole: 'server',
        sctp: { remotePort: 5000 },
      }),
    );
    this.two.run(500);
    this.#startedAt = this.two.now;
  }

  get seconds(): number {
    return (this.two.now - this.#startedAt) / 1000;
  }

  get stats(): MultipathStats {
    return this.two.a.session.getMultipathStats();
  }

  /** A sends 1 Mbit/s of video; every 100 ms B reports. */
  talk(seconds: number, claims: (arrived: readonly number[]) => readonly Claim[]): this {
    const { a, b } = this.two;
    for (let ms = 0; ms < seconds * 1000; ms += 20) {
      for (let i = 0; i < 5; i++) {
        const packet = video(this.sent++, (this.two.now * 90) >>> 0);
        a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.videoDelta));
      }
      this.two.run(20);
      this.#listen();
      if (ms % 100 !== 0) continue;
      for (const claim of claims(this.arrived)) this.report(feedback(claim, this.reports++));
      this.arrived = [];
    }
    this.two.run(500);
    this.#listen();
    b.packets.length = 0;
    this.#read = 0;
    return this;
  }

  report(bytes: Uint8Array): void {
    this.two.b.driver.act((session, now) => session.sendRtcp(now, bytes, 0, bytes.length));
  }

  #listen(): void {
    const { a, b } = this.two;
    for (; this.#read < b.packets.length; this.#read++) {
      const { bytes, path, rtcp } = b.packets[this.#read];
      if (rtcp) continue;
      const number = (bytes[17] << 8) | bytes[18];
      this.arrived.push(number);
      this.pathOf.set(number, path);
    }
    for (; this.#seen < a.driver.events.length; this.#seen++) {
      const event = a.driver.events[this.#seen];
      if (event.type === 'target-bitrate') this.targets.push(event.bps);
    }
  }
}

/** Every number that a report of a session has, by its name; the few that may be negative or endless aside. */
export function numbersOf(value: unknown, name = ''): [string, number][] {
  if (typeof value === 'number') return [[name, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${name}.${key}`));
}
