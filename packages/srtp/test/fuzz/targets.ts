import type { FuzzTarget } from '@hawser/bench';
import { createSlot, type Slot, Verdict, verdictName } from '@hawser/wire';
import { defaultCrypto, SrtpContext, type SrtpCrypto, type SrtpProfile } from '../../src/index.ts';
import { bytesOf, configOf, profiles, rtpPacket, slotWith } from '../support.ts';

// Every input goes to receivers of every profile, on the kernels and in the plain way: they have to be of one mind about it, the
// verdict and every byte. What authenticates has to be a seed, once.

const SEEDS = 4;
const MOST_BYTES = 65_507;

interface Pair {
  readonly kernels: SrtpContext;
  readonly plain: SrtpContext;
}

const more = { encryptedExtensions: [1, 5], maxSsrcs: 4 };

function pairOf(profile: SrtpProfile, direction: 'send' | 'receive'): Pair {
  const one = (crypto?: SrtpCrypto) => new SrtpContext({ ...configOf(profile), ...more, crypto, direction });
  return { kernels: one(), plain: one(defaultCrypto) };
}

const slots = [createSlot(MOST_BYTES), createSlot(MOST_BYTES)] as const;
const payloadAt = slots[0].offset;

function load(slot: Slot, bytes: Uint8Array): Slot {
  slot.offset = payloadAt;
  slot.length = Math.min(bytes.length, MOST_BYTES);
  slot.buffer.set(bytes.subarray(0, slot.length), payloadAt);
  return slot;
}

/** What both sides of a pair answer; throws where they differ. */
function agreed(pair: Pair, bytes: Uint8Array, work: (context: SrtpContext, slot: Slot) => Verdict): Verdict {
  const verdict = work(pair.kernels, load(slots[0], bytes));
  const other = work(pair.plain, load(slots[1], bytes));
  if (verdict !== other) throw new Error(`kernels say ${verdictName(verdict)}, the plain way ${verdictName(other)}`);
  const [a, b] = slots.map((slot) => slot.buffer.subarray(slot.offset, slot.offset + slot.length));
  if (Buffer.compare(a, b) !== 0) throw new Error('kernels and the plain way differ');
  if (verdict !== Verdict.consumed && Buffer.compare(a, bytes.subarray(0, a.length)) !== 0) {
    throw new Error('a refused packet was changed');
  }
  return verdict;
}

function runAll(
  pairs: readonly Pair[],
  bytes: Uint8Array,
  work: (context: SrtpContext, slot: Slot) => Verdict,
): string {
  // The verdict of the receiver that liked it best.
  return verdictName(Math.max(...pairs.map((pair) => agreed(pair, bytes, work))) as Verdict);
}

const allProfiles = profiles.map(([, profile]) => profile);
const receivers = allProfiles.map((profile) => pairOf(profile, 'receive'));
const senders = allProfiles.map((profile) => pairOf(profile, 'send'));

/** An RTP packet with a header extension of two elements, the first encrypted. */
function extendedPacket(number: number): Uint8Array {
  const plain = rtpPacket(7, 65_530 + number, 30);
  const extension = [0xbe, 0xde, 0, 2, 0x12, 1, 2, 3, 0x20, 9, 0, 0];
  const packet = Uint8Array.of(...plain.subarray(0, 12), ...extension, ...plain.subarray(12));
  packet[0] |= 0x10;
  return packet;
}

function receiverReport(number: number): Uint8Array {
  return Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1 + (number % 4));
}

function sealed(packet: (number: number) => Uint8Array, seal: (context: SrtpContext, slot: Slot) => void) {
  return allProfiles.flatMap((profile) => {
    const { kernels } = pairOf(profile, 'send');
    return Array.from({ length: SEEDS }, (_, number) => {
      const slot = slotWith(packet(number));
      seal(kernels, slot);
      return bytesOf(slot);
    });
  });
}

/** What `npm run fuzz -- <name>` can ask for. Seeds are authentic once; then they are replays. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'srtp',
    run: (bytes) => runAll(receivers, bytes, (context, slot) => context.openRtp(slot)),
    seeds: sealed(extendedPacket, (context, slot) => context.sealRtp(slot)),
  },
  {
    name: 'srtcp',
    run: (bytes) => runAll(receivers, bytes, (context, slot) => context.openRtcp(slot)),
    seeds: sealed(receiverReport, (context, slot) => context.sealRtcp(slot)),
  },
  {
    name: 'srtp-seal',
    run: (bytes) => runAll(senders, bytes, (context, slot) => context.sealRtp(slot)),
    seeds: [extendedPacket(0), rtpPacket(1, 1, 0), rtpPacket(1, 1, 1200)],
  },
];
