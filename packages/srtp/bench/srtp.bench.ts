import { createCipheriv, createHmac } from 'node:crypto';
import type { Bench, BenchCase } from '@hawser/bench';
import { createSlot, Verdict } from '@hawser/wire';
import { defaultCrypto, SrtpContext, type SrtpCrypto } from '../src/index.ts';

// One operation = one packet copied into the slot and sealed (or sealed and opened) in place. The naive peer makes a cipher
// object and an HMAC object per packet, with the session keys at hand: how SRTP is written first.

const key = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
const salt = Uint8Array.from({ length: 14 }, (_, i) => 13 * i);

function packetOf(payloadBytes: number): Uint8Array {
  const packet = new Uint8Array(12 + payloadBytes).fill(0x5a);
  packet.set([0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
  return packet;
}

function write(into: Uint8Array, at: number, packet: Uint8Array, sequence: number): void {
  into.set(packet, at);
  into[at + 2] = sequence >>> 8;
  into[at + 3] = sequence;
}

/** Leaves out what the platform allocates: what is left is ours. */
const noCrypto: SrtpCrypto = {
  counterMode: () => ({ apply: () => {} }),
  authenticator: () => ({ digest: () => {} }),
  aead: () => ({ seal: () => {}, open: () => true }),
};

function sealing(
  payloadBytes: number,
  andOpening: boolean,
  crypto: SrtpCrypto = defaultCrypto,
): (iterations: number) => void {
  const sender = new SrtpContext({ profile: 1, key, salt, direction: 'send', crypto });
  const receiver = new SrtpContext({ profile: 1, key, salt, direction: 'receive', crypto });
  const packet = packetOf(payloadBytes);
  const slot = createSlot();
  const start = slot.offset;
  let sequence = 0;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      write(slot.buffer, start, packet, sequence++);
      slot.length = packet.length;
      if (sender.sealRtp(slot) !== Verdict.consumed) throw new Error('not sealed');
      if (andOpening && receiver.openRtp(slot) !== Verdict.consumed) throw new Error('not opened');
    }
  };
}

function naiveSealing(payloadBytes: number): (iterations: number) => void {
  const packet = packetOf(payloadBytes);
  const out = new Uint8Array(1600);
  const authKey = new Uint8Array(20).fill(3);
  const rollover = new Uint8Array(4);
  const counter = new Uint8Array(16);
  let sequence = 0;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      write(out, 0, packet, sequence++);
      counter[12] = sequence >>> 8;
      counter[13] = sequence;
      const cipher = createCipheriv('aes-128-ctr', key, counter);
      out.set(cipher.update(out.subarray(12, packet.length)), 12);
      const tag = createHmac('sha1', authKey).update(out.subarray(0, packet.length)).update(rollover).digest();
      out.set(tag.subarray(0, 10), packet.length);
    }
  };
}

const cases = [160, 1200].flatMap((payloadBytes): BenchCase[] => [
  {
    name: `seal RTP, ${payloadBytes} bytes of payload`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: sealing(payloadBytes, false),
    peers: { 'objects per packet': { version: process.version, fn: naiveSealing(payloadBytes) } },
  },
  {
    name: `seal and open RTP, ${payloadBytes} bytes of payload`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: sealing(payloadBytes, true),
  },
]);

const ours: BenchCase = {
  name: 'seal and open RTP without the cryptography',
  unit: 'ns/op',
  lowerIsBetter: true,
  fn: sealing(160, true, noCrypto),
  allocation: { atMost: 0 },
};

export const benches: Bench[] = [{ name: 'srtp', cases: [...cases, ours] }];
