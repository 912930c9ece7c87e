import { SrtpContext, type SrtpProfile } from '@hawser/srtp';
import { createSlot, type Slot, Verdict } from '@hawser/wire';
import type { InteropCase } from '../src/index.ts';
import type { LibsrtpSide, Request } from './side.ts';
import { type Arrival, arrivals, conversation, type PlainPacket } from './traffic.ts';

/** What both sides are told. */
export interface Exchange {
  readonly name: string;
  readonly profile: SrtpProfile;
  readonly keyBytes: number;
  readonly saltBytes: number;
  readonly packets: number;
  readonly mki?: Uint8Array;
  readonly encryptedExtensions?: readonly number[];
}

/** How many places a packet may be late. */
const REORDER = 1000;
/** Libsrtp's window; Hawser's is its default. */
const WINDOW = 4096;
const BATCH = 2000;
const AUTH_FAIL = 7;
const REPLAY_FAIL = 9;

/** Random packets one way and the other, through the disorder of a network. */
export async function runExchange(exchange: Exchange, side: LibsrtpSide, seed: number): Promise<InteropCase> {
  const key = Uint8Array.from({ length: exchange.keyBytes }, (_, i) => (seed + 7 * i) & 0xff);
  const salt = Uint8Array.from({ length: exchange.saltBytes }, (_, i) => (seed + 13 * i) & 0xff);
  const { encryptedExtensions, mki, packets, profile } = exchange;
  const context = (direction: 'send' | 'receive') =>
    new SrtpContext({ profile, key, salt, mki, encryptedExtensions, allowNullCipher: true, direction });
  const [{ status }] = await side.ask([{ op: 'o', bytes: policy(exchange, key, salt) }]);
  if (status !== 0) return { name: exchange.name, ok: false, figures: {}, note: `libsrtp refuses it: error ${status}` };

  const there = conversation(packets, seed);
  const sealed = sealAll(context('send'), there);
  const toLibsrtp = await deliverToLibsrtp(side, there, sealed, arrivals(packets, REORDER, seed + 1));

  const back = conversation(packets, seed + 2);
  const protectedBack = await protectAll(side, back);
  const toHawser = deliverToHawser(context('receive'), back, protectedBack, arrivals(packets, REORDER, seed + 3));

  const wrong = toLibsrtp.wrong + toHawser.wrong;
  return {
    name: exchange.name,
    ok: wrong === 0,
    figures: {
      packetsEachWay: packets,
      openedByLibsrtp: toLibsrtp.opened,
      openedByHawser: toHawser.opened,
      copiesRefused: toLibsrtp.replayed + toHawser.replayed,
      forgeriesRefused: toLibsrtp.forged + toHawser.forged,
      wrong,
    },
    note: toLibsrtp.first ?? toHawser.first ?? '',
  };
}

/** What became of the packets; `wrong` are those of which something else was expected, `first` says which was the first. */
class Tally {
  opened = 0;
  replayed = 0;
  forged = 0;
  wrong = 0;
  first: string | undefined;

  take(
    arrival: Arrival,
    plain: PlainPacket,
    outcome: 'opened' | 'replayed' | 'forged' | string,
    bytes: Uint8Array,
  ): void {
    // A forged packet whose original has been opened is a replay to whoever looks at the window first.
    const expected = arrival.isForged ? ['forged', 'replayed'] : [arrival.isCopy ? 'replayed' : 'opened'];
    const isRight = expected.includes(outcome) && (outcome !== 'opened' || Buffer.compare(bytes, plain.bytes) === 0);
    if (outcome === 'opened') this.opened++;
    if (outcome === 'replayed') this.replayed++;
    if (outcome === 'forged') this.forged++;
    if (isRight) return;
    this.wrong++;
    const what = `${plain.rtcp ? 'RTCP' : 'RTP'} packet ${arrival.number} of ${plain.bytes.length} bytes`;
    this.first ??= `${what}: ${outcome}, expected ${expected.join(' or ')}`;
  }
}

/** Sessions as `libsrtp-side.c` opens them. */
function policy(exchange: Exchange, key: Uint8Array, salt: Uint8Array): Uint8Array {
  const { encryptedExtensions = [], mki = new Uint8Array(0), profile } = exchange;
  const number = profile > 0xffff ? 0x100 | (profile & 0xff) : profile;
  const fields = [
    number >>> 8,
    number,
    WINDOW >>> 8,
    WINDOW & 0xff,
    encryptedExtensions.length,
    ...encryptedExtensions,
  ];
  return Uint8Array.of(...fields, mki.length, ...mki, key.length + salt.length, ...key, ...salt);
}

function load(slot: Slot, bytes: Uint8Array): Slot {
  slot.buffer.set(bytes, slot.offset);
  slot.length = bytes.length;
  return slot;
}

function sealAll(sender: SrtpContext, packets: readonly PlainPacket[]): Uint8Array[] {
  const slot = createSlot(4096);
  return packets.map(({ bytes, rtcp }) => {
    const verdict = rtcp ? sender.sealRtcp(load(slot, bytes)) : sender.sealRtp(load(slot, bytes));
    if (verdict !== Verdict.consumed)
      throw new Error(`Hawser does not seal a packet of ${bytes.length} bytes: ${verdict}`);
    return slot.buffer.slice(slot.offset, slot.offset + slot.length);
  });
}

async function protectAll(side: LibsrtpSide, packets: readonly PlainPacket[]): Promise<Uint8Array[]> {
  const sealed: Uint8Array[] = [];
  for (let at = 0; at < packets.length; at += BATCH) {
    const requests = packets.slice(at, at + BATCH).map(({ bytes, rtcp }): Request => ({ op: rtcp ? 'c' : 'p', bytes }));
    for (const { bytes, status } of await side.ask(requests)) {
      if (status !== 0) throw new Error(`libsrtp does not protect packet ${sealed.length}: error ${status}`);
      sealed.push(bytes);
    }
  }
  return sealed;
}

async function deliverToLibsrtp(
  side: LibsrtpSide,
  plain: readonly PlainPacket[],
  sealed: readonly Uint8Array[],
  order: readonly Arrival[],
): Promise<Tally> {
  const tally = new Tally();
  for (let at = 0; at < order.length; at += BATCH) {
    const some = order.slice(at, at + BATCH);
    const answers = await side.ask(
      some.map((arrival): Request => {
        const { rtcp } = plain[arrival.number];
        return { op: rtcp ? 'd' : 'u', bytes: arrived(sealed[arrival.number], rtcp, arrival) };
      }),
    );
    answers.forEach(({ bytes, status }, i) => {
      const outcomes: Record<number, string> = { 0: 'opened', [AUTH_FAIL]: 'forged', [REPLAY_FAIL]: 'replayed' };
      tally.take(some[i], plain[some[i].number], outcomes[status] ?? `error ${status}`, bytes);
    });
  }
  return tally;
}

function deliverToHawser(
  receiver: SrtpContext,
  plain: readonly PlainPacket[],
  sealed: readonly Uint8Array[],
  order: readonly Arrival[],
): Tally {
  const tally = new Tally();
  const slot = createSlot(4096);
  for (const arrival of order) {
    const packet = plain[arrival.number];
    load(slot, arrived(sealed[arrival.number], packet.rtcp, arrival));
    const verdict = packet.rtcp ? receiver.openRtcp(slot) : receiver.openRtp(slot);
    const outcomes: Record<number, string> = {
      [Verdict.consumed]: 'opened',
      [Verdict.unauthenticated]: 'forged',
      [Verdict.replayed]: 'replayed',
    };
    const bytes = slot.buffer.subarray(slot.offset, slot.offset + slot.length);
    tally.take(arrival, packet, outcomes[verdict] ?? `verdict ${verdict}`, bytes);
  }
  return tally;
}

/** The packet, or a copy with a bit turned: in RTP of marker and payload type, in RTCP of the length. */
function arrived(bytes: Uint8Array, rtcp: boolean, { isForged, number }: Arrival): Uint8Array {
  if (!isForged) return bytes;
  const forged = Uint8Array.from(bytes);
  forged[rtcp ? 3 : 1] ^= 1 << (number % 8);
  return forged;
}
