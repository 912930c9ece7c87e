import { SeededRandom } from '@hawser/netsim';

/** A packet of a random conversation. */
export interface PlainPacket {
  readonly rtcp: boolean;
  readonly bytes: Uint8Array;
}

/** A packet as it arrives. */
export interface Arrival {
  /** Of the packet among those sent. */
  readonly number: number;
  /** Another copy of it has arrived before. */
  readonly isCopy: boolean;
  /** A bit of it was turned on the way. */
  readonly isForged: boolean;
}

/** Sources of the conversation. Their sequence numbers start where they wrap soon, and wherever the arrivals begin, before it. */
const SSRCS = [0xdecafbad, 7, 0x80000001] as const;
const FIRST_SEQUENCE = 50_000;
const MOST_PAYLOAD_BYTES = 1400;
const RTCP_SHARE = 0.03;
const EXTENSION_SHARE = 0.3;
const CSRC_SHARE = 0.1;

const LOST = 0.05;
const COPIED = 0.1;
const FORGED = 0.02;

/** Random RTP of three sources, with CSRCs and header extensions of both forms, and RTCP among it. */
export function conversation(packets: number, seed: number): PlainPacket[] {
  const random = new SeededRandom(seed);
  const below = (limit: number) => Math.floor(random.nextUnit() * limit);
  const filled = (length: number) => Uint8Array.from({ length }, () => below(256));
  const sequences = SSRCS.map(() => FIRST_SEQUENCE);
  return Array.from({ length: packets }, () => {
    const source = below(SSRCS.length);
    if (random.nextUnit() < RTCP_SHARE) return { rtcp: true, bytes: report(SSRCS[source], filled(4 * below(30))) };
    const csrcs = random.nextUnit() < CSRC_SHARE ? filled(4 * below(4)) : filled(0);
    const extension = random.nextUnit() < EXTENSION_SHARE ? extensionOf(below(2) === 0, below, filled) : undefined;
    const head = new Uint8Array(12);
    const view = new DataView(head.buffer);
    view.setUint8(0, 0x80 | (extension === undefined ? 0 : 0x10) | (csrcs.length / 4));
    view.setUint8(1, 96 + 0x80 * below(2));
    view.setUint16(2, sequences[source]++ & 0xffff);
    view.setUint32(4, below(2 ** 32));
    view.setUint32(8, SSRCS[source]);
    const payload = filled(below(4) === 0 ? below(MOST_PAYLOAD_BYTES) : below(200));
    return { rtcp: false, bytes: Buffer.concat([head, csrcs, extension ?? new Uint8Array(0), payload]) };
  });
}

/** A header extension of elements 1 to 3, RFC 8285. */
function extensionOf(
  isOneByte: boolean,
  below: (limit: number) => number,
  filled: (length: number) => Uint8Array,
): Uint8Array {
  const elements = [1, 2, 3].flatMap((id) => {
    const value = filled(1 + below(8));
    return isOneByte ? [(id << 4) | (value.length - 1), ...value] : [id, value.length, ...value];
  });
  while (elements.length % 4 !== 0) elements.push(0);
  return Uint8Array.of(...(isOneByte ? [0xbe, 0xde] : [0x10, 0x00]), 0, elements.length / 4, ...elements);
}

/** An RTCP packet of application data, so that it may hold anything (RFC 3550 6.7). */
function report(ssrc: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, 204);
  view.setUint16(2, bytes.length / 4 - 1);
  view.setUint32(4, ssrc);
  bytes.set(new TextEncoder().encode('test'), 8);
  bytes.set(data, 12);
  return bytes;
}

/**
 * The order in which packets arrive by a network that loses some, delivers some twice, turns a bit of others, and overtakes: a
 * packet may be `reorder` places late.
 */
export function arrivals(packets: number, reorder: number, seed: number): Arrival[] {
  const random = new SeededRandom(seed);
  const flights: { at: number; number: number; isForged: boolean }[] = [];
  for (let number = 0; number < packets; number++) {
    const at = () => number + random.nextUnit() * reorder;
    if (random.nextUnit() < FORGED) flights.push({ at: at(), number, isForged: true });
    if (random.nextUnit() < LOST) continue;
    flights.push({ at: at(), number, isForged: false });
    if (random.nextUnit() < COPIED) flights.push({ at: at(), number, isForged: false });
  }
  flights.sort((a, b) => a.at - b.at);
  const arrived = new Set<number>();
  return flights.map(({ isForged, number }) => {
    const isCopy = arrived.has(number);
    if (!isForged) arrived.add(number);
    return { number, isCopy, isForged };
  });
}
