import { srtpPrograms } from '../peers/srtp/build.ts';
import type { BenchPeer, PeerSource, Unavailable } from './contract.ts';
import { requirePeer } from './peers.ts';
import { programPeer } from './pion.ts';

/** One packet protected, or unprotected and delivered. */
export type SrtpOperation = 'protect' | 'unprotect';

/** Packets protected before as many are unprotected and timed. */
const BATCH = 256;
const HEADER_BYTES = 12;
/** How long one value is measured, in ms. */
const ROUND_MS = 40;

/**
 * werift, pion and libsrtp2 at RTP packets with a header of 12 bytes.
 *
 * @param profile - 1, AES-CM with HMAC-SHA1-80, or 7, AES-128-GCM
 * @param payloadBytes - of each packet
 */
export function srtpPeers(operation: SrtpOperation, profile: 1 | 7, payloadBytes: number): Record<string, PeerSource> {
  const operands = [String(profile), String(payloadBytes)];
  const program = (name: keyof typeof srtpPrograms) => () =>
    programPeer(srtpPrograms[name], `srtp-${operation}`, operands);
  return {
    werift: () => werift(operation, profile, payloadBytes),
    pion: program('pion'),
    'libsrtp2-openssl': program('libsrtp2-openssl'),
    'libsrtp2-nss': program('libsrtp2-nss'),
  };
}

interface WeriftSession {
  encrypt(payload: Buffer, header: object): Buffer;
  decrypt(packet: Buffer): Buffer;
}
interface Werift {
  SrtpSession: new (config: { keys: Record<string, Buffer>; profile: number }) => WeriftSession;
  RtpHeader: new (fields: Record<string, number>) => { sequenceNumber: number };
}

function werift(operation: SrtpOperation, profile: 1 | 7, payloadBytes: number): BenchPeer | Unavailable {
  const loaded = requirePeer<Werift>('werift');
  if ('unavailable' in loaded) return loaded;
  const { RtpHeader, SrtpSession } = loaded.module;
  const key = Buffer.alloc(16, 1);
  const salt = Buffer.alloc(profile === 7 ? 12 : 14, 2);
  const keys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };
  const session = new SrtpSession({ keys, profile });
  // Headers are objects to werift: it is not charged for making them.
  const header = new RtpHeader({ payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: 9 });
  const payload = Buffer.alloc(payloadBytes, 0x5a);
  const protect = () => {
    header.sequenceNumber = (header.sequenceNumber + 1) & 0xffff;
    return session.encrypt(payload, header);
  };
  const opened = session.decrypt(protect());
  if (opened.length !== HEADER_BYTES + payloadBytes || opened.compare(payload, 0, payloadBytes, HEADER_BYTES) !== 0) {
    throw new Error(`werift ${loaded.version} does not open its own packet: the comparison would be void`);
  }
  const { version } = loaded;
  if (operation === 'protect') {
    return {
      version,
      fn: (iterations) => {
        for (let i = 0; i < iterations; i++) protect();
      },
    };
  }
  return {
    version,
    measure: () =>
      timedBatches(
        () => Array.from({ length: BATCH }, protect),
        (packets) => {
          for (const packet of packets) session.decrypt(packet);
          return packets.length;
        },
      ),
  };
}

/**
 * Times the second half of an operation that wants fresh input each time: nanoseconds per piece.
 *
 * @param prepare - makes a batch, untimed
 * @param work - works on it, timed, and answers how many pieces it was
 */
export function timedBatches<T>(prepare: () => T, work: (batch: T) => number): number {
  let spentMs = 0;
  let pieces = 0;
  while (spentMs < ROUND_MS) {
    const batch = prepare();
    const start = performance.now();
    pieces += work(batch);
    spentMs += performance.now() - start;
  }
  return (spentMs * 1e6) / pieces;
}
