import type { FuzzTarget } from '@hawser/bench';
import { createSlot, type Slot, verdictName } from '@hawser/wire';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, masterKey, rtpPacket, slotWith } from '../support.ts';

const SEEDS = 16;
const MOST_BYTES = 65_507;

const sender = new SrtpContext({ profile: 1, ...masterKey });
const receiver = new SrtpContext({ profile: 1, ...masterKey, maxSsrcs: 4 });
const slot = createSlot(MOST_BYTES);
const payloadAt = slot.offset;

function receiverReport(ssrc: number): Uint8Array {
  return Uint8Array.of(0x80, 201, 0, 1, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc);
}

function sealed(seal: (slot: Slot) => unknown, packet: (number: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: SEEDS }, (_, number) => {
    const one = slotWith(packet(number));
    seal(one);
    return bytesOf(one);
  });
}

function load(bytes: Uint8Array): Slot {
  slot.offset = payloadAt;
  slot.length = Math.min(bytes.length, MOST_BYTES);
  slot.buffer.set(bytes.subarray(0, slot.length), payloadAt);
  return slot;
}

/** What `npm run fuzz -- <name>` can ask for. Seeds are authentic once; then they are replays. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'srtp',
    run: (bytes) => verdictName(receiver.openRtp(load(bytes))),
    seeds: sealed(
      (one) => sender.sealRtp(one),
      (number) => rtpPacket(7, 65_530 + number, 30),
    ),
  },
  {
    name: 'srtcp',
    run: (bytes) => verdictName(receiver.openRtcp(load(bytes))),
    seeds: sealed((one) => sender.sealRtcp(one), receiverReport),
  },
];
