import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Bench, type BenchCase, type BenchTarget, peerVersion, srtpPeers, timedBatches } from '@hawser/bench';
import { createSlot, Verdict } from '@hawser/wire';
import { createBlockCipher, sha1Text } from '../src/crypto.ts';
import { defaultCrypto, SrtpContext, type SrtpCrypto, SrtpProfile } from '../src/index.ts';

// One operation = one RTP packet with a header of 12 bytes, copied into the slot and protected or unprotected there. What is
// unprotected was protected beforehand, 256 packets at a time, untimed. `plain` is how SRTP is written first: a cipher object,
// and for AES-CM an HMAC object, per packet, with the session keys at hand and no replay window.

type Operation = 'protect' | 'unprotect';
type Profile = 1 | 7;

const BATCH = 256;
const HEADER_BYTES = 12;
const SSRC = 9;

interface Keys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

function keysOf(profile: Profile): Keys {
  const saltBytes = profile === SrtpProfile.aeadAes128Gcm ? 12 : 14;
  return {
    key: Uint8Array.from({ length: 16 }, (_, i) => 17 * i),
    salt: Uint8Array.from({ length: saltBytes }, (_, i) => 13 * i),
  };
}

function packetOf(payloadBytes: number): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + payloadBytes).fill(0x5a);
  packet.set([0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, SSRC]);
  return packet;
}

/** Leaves out what the platform allocates: what is left is ours. */
const noCrypto: SrtpCrypto = {
  counterMode: () => ({ apply: () => {} }),
  authenticator: () => ({ digest: () => {} }),
  aead: () => ({ seal: () => {}, open: () => true }),
};

function protecting(profile: Profile, payloadBytes: number, crypto?: SrtpCrypto): (iterations: number) => void {
  const sender = new SrtpContext({ profile, ...keysOf(profile), direction: 'send', crypto });
  const packet = packetOf(payloadBytes);
  const slot = createSlot();
  const start = slot.offset;
  let sequence = 0;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      slot.buffer.set(packet, start);
      slot.buffer[start + 2] = sequence >>> 8;
      slot.buffer[start + 3] = sequence++;
      slot.length = packet.length;
      if (sender.sealRtp(slot) !== Verdict.consumed) throw new Error('not sealed');
    }
  };
}

/** Both ends, in turns: an operation is one packet protected, or the same unprotected. For what they allocate. */
function inTurns(profile: Profile, payloadBytes: number, crypto?: SrtpCrypto): (iterations: number) => void {
  const config = { profile, ...keysOf(profile), crypto };
  const [sender, receiver] = [new SrtpContext(config), new SrtpContext(config)];
  const packet = packetOf(payloadBytes);
  const slot = createSlot();
  const start = slot.offset;
  let sequence = 0;
  let isSealed = false;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      if (!isSealed) {
        slot.buffer.set(packet, start);
        slot.buffer[start + 2] = sequence >>> 8;
        slot.buffer[start + 3] = sequence++;
        slot.length = packet.length;
      }
      const verdict = isSealed ? receiver.openRtp(slot) : sender.sealRtp(slot);
      if (verdict !== Verdict.consumed) throw new Error(isSealed ? 'not opened' : 'not sealed');
      isSealed = !isSealed;
    }
  };
}

function unprotecting(profile: Profile, payloadBytes: number, crypto?: SrtpCrypto): () => number {
  const config = { profile, ...keysOf(profile), crypto };
  const sender = new SrtpContext(config);
  const receiver = new SrtpContext(config);
  const packet = packetOf(payloadBytes);
  const slots = Array.from({ length: BATCH }, () => createSlot());
  let sequence = 0;
  const prepare = () => {
    for (const slot of slots) {
      slot.buffer.set(packet, slot.offset);
      slot.buffer[slot.offset + 2] = sequence >>> 8;
      slot.buffer[slot.offset + 3] = sequence++;
      slot.length = packet.length;
      if (sender.sealRtp(slot) !== Verdict.consumed) throw new Error('not sealed');
    }
  };
  const open = () => {
    for (let i = 0; i < BATCH; i++) {
      if (receiver.openRtp(slots[i]) !== Verdict.consumed) throw new Error('not opened');
    }
    return BATCH;
  };
  return () => timedBatches(prepare, open);
}

/** The plain way. To unprotect, one packet again and again: it keeps no window. */
function plain(operation: Operation, profile: Profile, payloadBytes: number): (iterations: number) => void {
  const { key } = keysOf(profile);
  const authKey = new Uint8Array(20).fill(3);
  const rollover = new Uint8Array(4);
  const packet = packetOf(payloadBytes);
  const end = packet.length;
  const out = new Uint8Array(1600);
  const isGcm = profile === SrtpProfile.aeadAes128Gcm;
  const iv = new Uint8Array(isGcm ? 12 : 16);
  const protectOne = () => {
    if (isGcm) {
      const cipher = createCipheriv('aes-128-gcm', key, iv);
      cipher.setAAD(out.subarray(0, HEADER_BYTES));
      out.set(cipher.update(out.subarray(HEADER_BYTES, end)), HEADER_BYTES);
      cipher.final();
      out.set(cipher.getAuthTag(), end);
      return;
    }
    const cipher = createCipheriv('aes-128-ctr', key, iv);
    out.set(cipher.update(out.subarray(HEADER_BYTES, end)), HEADER_BYTES);
    const tag = createHmac('sha1', authKey).update(out.subarray(0, end)).update(rollover).digest();
    out.set(tag.subarray(0, 10), end);
  };
  out.set(packet);
  protectOne();
  const sealed = out.slice(0, end + (isGcm ? 16 : 10));
  const unprotectOne = () => {
    if (isGcm) {
      const decipher = createDecipheriv('aes-128-gcm', key, iv);
      decipher.setAAD(out.subarray(0, HEADER_BYTES));
      decipher.setAuthTag(out.subarray(end, end + 16));
      const opened = decipher.update(out.subarray(HEADER_BYTES, end));
      decipher.final();
      out.set(opened, HEADER_BYTES);
      return;
    }
    const tag = createHmac('sha1', authKey).update(out.subarray(0, end)).update(rollover).digest();
    if (!timingSafeEqual(tag.subarray(0, 10), out.subarray(end, end + 10))) throw new Error('not authentic');
    const decipher = createDecipheriv('aes-128-ctr', key, iv);
    out.set(decipher.update(out.subarray(HEADER_BYTES, end)), HEADER_BYTES);
  };
  const [input, work] = operation === 'protect' ? [packet, protectOne] : [sealed, unprotectOne];
  let sequence = 0;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      out.set(input);
      if (operation === 'protect') {
        iv[10] = sequence >>> 8;
        iv[11] = sequence++;
      }
      work();
    }
  };
}

/** At most so large a part of the plain way's time, and so many times faster than werift. */
const ratios: Readonly<Record<string, { readonly plain: number; readonly werift: number }>> = {
  '1/160': { plain: 0.25, werift: 4 },
  '1/1200': { plain: 0.65, werift: 2 },
  '7/160': { plain: 0.4, werift: 4 },
  '7/1200': { plain: 1.05, werift: 1.6 },
};

function targetOf(profile: Profile, payloadBytes: number): BenchTarget {
  const wanted = ratios[`${profile}/${payloadBytes}`];
  const all = [{ peer: 'plain', times: 1 / wanted.plain }];
  // Where werift is not installed the ratio to the plain way still is to be kept.
  if (peerVersion('werift') !== undefined) all.push({ peer: 'werift', times: wanted.werift });
  return { all };
}

const names: Readonly<Record<Profile, string>> = { 1: 'AES-CM HMAC-SHA1-80', 7: 'AES-128-GCM' };

const packets = ([1, 7] as const).flatMap((profile) =>
  [160, 1200].flatMap((payloadBytes) =>
    (['protect', 'unprotect'] as const).map(
      (operation): BenchCase => ({
        name: `${operation}, ${names[profile]}, ${payloadBytes} bytes`,
        unit: 'ns/op',
        lowerIsBetter: true,
        ...(operation === 'protect'
          ? { fn: protecting(profile, payloadBytes) }
          : { measure: unprotecting(profile, payloadBytes) }),
        target: targetOf(profile, payloadBytes),
        peers: {
          plain: { version: process.version, fn: plain(operation, profile, payloadBytes) },
          ...srtpPeers(operation, profile, payloadBytes),
        },
      }),
    ),
  ),
);

/** Heap rows: what our code allocates, and what calls of the platform do, with a ceiling. */
const blocks = new Uint8Array(16 * 1024);
const blockCipher = createBlockCipher(new Uint8Array(16));
const message = randomBytes(1280);
const heap: BenchCase[] = [
  {
    name: 'protect and unprotect in turns, without the cryptography',
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: inTurns(1, 160, noCrypto),
    allocation: { atMost: 0 },
  },
  // All that is allocated here is the buffer with the keystream that the platform's cipher answers, once in a batch.
  ...([1, 7] as const).flatMap((profile) =>
    [160, 1200]
      // AES-CM of long packets hashes by a call of the platform, whose row is below.
      .filter((payloadBytes) => profile === 7 || payloadBytes === 160)
      .map(
        (payloadBytes): BenchCase => ({
          name: `protect and unprotect in turns, ${names[profile]}, ${payloadBytes} bytes`,
          unit: 'ns/op',
          lowerIsBetter: true,
          fn: inTurns(profile, payloadBytes),
          allocation: { atMost: 16 },
        }),
      ),
  ),
  {
    name: 'protect by an AES-GCM cipher of node:crypto, 1200 bytes',
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: protecting(7, 1200, defaultCrypto),
    allocation: { atMost: 1200 },
  },
  {
    name: 'AES-128-ECB of node:crypto, 1024 blocks',
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: (iterations) => {
      for (let i = 0; i < iterations; i++) blockCipher.encrypt(blocks);
    },
    allocation: { atMost: 300 },
  },
];

if (sha1Text !== undefined) {
  const hash = sha1Text;
  heap.push({
    name: 'SHA-1 of node:crypto in one call, 1280 bytes',
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: (iterations) => {
      for (let i = 0; i < iterations; i++) hash(message);
    },
    allocation: { atMost: 100 },
  });
}

export const benches: Bench[] = [{ name: 'srtp', cases: [...packets, ...heap] }];
