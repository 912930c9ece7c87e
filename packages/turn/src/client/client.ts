import { AttributeType, isStun, StunClass, StunMethod, StunReader, TransportAddress } from '@hawser/stun';
import { type Env, type FlowId, type Instant, type Machine, Monotonic, type Slot, Verdict } from '@hawser/wire';
import { CLIENT_ATTRIBUTES, readIcmp } from '../attributes.ts';
import {
  CHANNEL_DATA_HEADER_BYTES,
  channelDataLength,
  channelNumber,
  isChannelData,
  startsChannelData,
  wrapChannelData,
} from '../channel-data.ts';
import { TurnError } from '../errors.ts';
import { wrapIndication } from '../indication.ts';
import { Allocation } from './allocation.ts';
import { resolveClientConfig, type TurnClientConfig } from './config.ts';
import { count, newVerdicts, type TurnClientCounters } from './counters.ts';
import type { TurnClientEvent } from './events.ts';
import type { TurnClientState } from './state.ts';

/** What became of {@link TurnClient.wrap}. */
export const WrapStatus = {
  /** The slot now holds what is to be sent to the server. */
  wrapped: 0,
  /** There is no permission for the peer (yet): `permit` it and wait for `permitted`. The slot is as it was. */
  notPermitted: 1,
  /** There is no allocation (yet, or any more). The slot is as it was. */
  notAllocated: 2,
  /** The slot has too little head or tail room. The slot is as it was. */
  noRoom: 3,
} as const;

export type WrapStatus = (typeof WrapStatus)[keyof typeof WrapStatus];

/**
 * One allocation on a TURN server, seen from its client (RFC 8656): allocates, keeps allocation, permissions and channels
 * alive, gives the allocation back; and wraps and unwraps the packets that go by it, in place.
 *
 * A machine without I/O: after any call drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. Give every datagram
 * (over a stream: every message) from the server to {@link unwrap} first, and to `handleDatagram` when that says `notMine`.
 *
 * Errors: TurnError `bad-config`, `bad-peer` (an empty address), `wrong-state` (allocating twice, permitting after the end).
 */
export class TurnClient implements Machine<TurnClientEvent> {
  /** The peer of what {@link unwrap} took last. Lent until the next call. */
  peer: Readonly<TransportAddress> = NO_PEER;
  /** Where its payload starts, in the bytes given. */
  payloadOffset = 0;
  payloadLength = 0;

  readonly #server: FlowId;
  readonly #secure: Env['secure'];
  readonly #isStream: boolean;
  readonly #clock: Monotonic;
  readonly #reader = new StunReader(CLIENT_ATTRIBUTES);
  readonly #indicationPeer = new TransportAddress();
  readonly #allocation: Allocation;
  readonly #verdicts = newVerdicts();

  constructor(config: TurnClientConfig, env: Env) {
    const resolved = resolveClientConfig(config);
    this.#server = resolved.server;
    this.#secure = env.secure;
    this.#isStream = resolved.transport === 'stream';
    this.#clock = new Monotonic(env.now);
    this.#allocation = new Allocation(resolved, env);
  }

  get state(): TurnClientState {
    return this.#allocation.state;
  }

  /** Whether Send indications carry DONT-FRAGMENT: asked for, and the server did not refuse it. */
  get dontFragment(): boolean {
    return this.#allocation.dontFragment;
  }

  /** Asks for the allocation. Ends in `allocated` or `failed`. */
  allocate(now: Instant): void {
    this.#allocation.allocate(this.#clock.advance(now));
  }

  /**
   * Has a permission installed for the address of `peer` (its port counts for nothing) and kept alive. Ends in `permitted`
   * or `permission-failed`; allowed before the allocation is there.
   *
   * @returns false when there are `maxPermissions` already
   */
  permit(now: Instant, peer: Readonly<TransportAddress>): boolean {
    return this.#allocation.permit(this.#clock.advance(now), needPeer(peer));
  }

  /**
   * Has a channel bound to `peer` and kept alive, and with it a permission for its address. Ends in `bound` or
   * `bind-failed`; allowed before the allocation is there.
   *
   * @returns false when there are `maxChannels` or `maxPermissions` already
   */
  bind(now: Instant, peer: Readonly<TransportAddress>): boolean {
    return this.#allocation.bind(this.#clock.advance(now), needPeer(peer));
  }

  /** Lets the permission for the address of `peer` and every channel to it run out. */
  forget(now: Instant, peer: Readonly<TransportAddress>): void {
    this.#allocation.forget(this.#clock.advance(now), needPeer(peer));
  }

  /** Gives the allocation back (Refresh with lifetime 0). Ends in `released`, also without an answer. */
  release(now: Instant): void {
    this.#allocation.release(this.#clock.advance(now));
  }

  /**
   * Makes the slot's payload a packet for the server to relay to `peer`: ChannelData where a channel is bound, else a Send
   * indication, in the head room (4 bytes; 36 over IPv4, 48 over IPv6, 4 more with DONT-FRAGMENT) and the tail room (0 to
   * 3). Sets `slot.flow`. A look-up and a few stores: allocates nothing.
   */
  wrap(slot: Slot, peer: Readonly<TransportAddress>): WrapStatus {
    const allocation = this.#allocation;
    if (allocation.state !== 'allocated') return WrapStatus.notAllocated;
    const permission = allocation.permissions.find(peer);
    if (permission === undefined || !permission.installed) return WrapStatus.notPermitted;
    const channel = allocation.channels.find(peer);
    const tail = slot.buffer.length - slot.offset - slot.length;
    if (tail < 3 || slot.offset < MOST_HEAD_BYTES) return WrapStatus.noRoom;
    if (channel?.bound === true) wrapChannelData(slot, channel.number, this.#isStream);
    else wrapIndication(slot, StunMethod.send, peer, this.#secure, allocation.dontFragment);
    slot.flow = this.#server;
    return WrapStatus.wrapped;
  }

  /**
   * Takes a packet of a peer out of a message from the server: {@link peer}, {@link payloadOffset} and
   * {@link payloadLength} then tell whose it is and where. Copies and allocates nothing.
   *
   * - `consumed`: there is a payload, perhaps an empty one.
   * - `notMine`: no ChannelData and no Data indication with data: for `handleDatagram`.
   * - `malformed`, `unexpected` (an unbound channel, a peer without permission, no allocation): to be dropped.
   *
   * Nothing in it is authenticated (RFC 8656 3.4): what the peer sent has to prove itself.
   */
  unwrap(bytes: Uint8Array, offset: number, length: number): Verdict {
    const verdict = this.#unwrap(bytes, offset, length);
    // What is not ours here is counted where it goes next.
    return verdict === Verdict.notMine ? verdict : count(this.#verdicts, verdict);
  }

  handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    return count(this.#verdicts, this.#handle(this.#clock.advance(now), from, bytes, offset, length));
  }

  handleTimeout(now: Instant): void {
    this.#allocation.handleTimeout(this.#clock.advance(now));
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    this.#clock.advance(now);
    return this.#allocation.requests.pollTransmit(slot);
  }

  pollEvent(): TurnClientEvent | undefined {
    return this.#allocation.pollEvent();
  }

  pollTimeout(): Instant {
    return this.#allocation.nextDeadline();
  }

  /** The counters, copied. */
  stats(): TurnClientCounters {
    return {
      verdicts: { ...this.#verdicts },
      staleNonces: this.#allocation.staleNonces,
      eventsDropped: this.#allocation.eventsDropped,
      retransmitted: this.#allocation.requests.retransmitted,
      steppedBack: this.#clock.steppedBack,
    };
  }

  #unwrap(bytes: Uint8Array, offset: number, length: number): Verdict {
    if (startsChannelData(bytes, offset, length)) {
      if (!isChannelData(bytes, offset, length)) return Verdict.malformed;
      const channel = this.#allocation.channels.withNumber(channelNumber(bytes, offset));
      // Before the answer to ChannelBind comes, data may (RFC 8656 12).
      if (channel === undefined || !(channel.bound || channel.requested)) return Verdict.unexpected;
      if (!this.#isOpenTo(channel.peer)) return Verdict.unexpected;
      return this.#give(channel.peer, offset + CHANNEL_DATA_HEADER_BYTES, channelDataLength(bytes, offset));
    }
    if (!isStun(bytes, offset, length) || bytes[offset] !== 0x00 || bytes[offset + 1] !== DATA_INDICATION) {
      return Verdict.notMine;
    }
    const reader = this.#reader;
    const verdict = reader.parse(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    if (reader.unknownRequiredCount > 0) return Verdict.unsupported;
    if (!reader.find(AttributeType.xorPeerAddress) || !reader.xorAddress(this.#indicationPeer)) {
      return Verdict.malformed;
    }
    if (!reader.find(AttributeType.data)) {
      return reader.find(AttributeType.icmp) ? Verdict.notMine : Verdict.malformed;
    }
    if (!this.#isOpenTo(this.#indicationPeer)) return Verdict.unexpected;
    return this.#give(this.#indicationPeer, reader.valueOffset, reader.valueLength);
  }

  /** "RECOMMENDED that the client discard ... if the client believes there is no active permission" (RFC 8656 12.6). */
  #isOpenTo(peer: Readonly<TransportAddress>): boolean {
    const permission = this.#allocation.permissions.find(peer);
    return permission !== undefined && (permission.installed || permission.requested);
  }

  #give(peer: Readonly<TransportAddress>, payloadOffset: number, payloadLength: number): Verdict {
    if (this.#allocation.state !== 'allocated') return Verdict.unexpected;
    this.peer = peer;
    this.payloadOffset = payloadOffset;
    this.payloadLength = payloadLength;
    return Verdict.consumed;
  }

  #handle(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    if (from !== this.#server) return Verdict.notMine;
    const reader = this.#reader;
    const verdict = reader.parse(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    if (reader.hasFingerprint && !reader.verifyFingerprint()) return Verdict.malformed;
    if (reader.cls === StunClass.indication) return this.#handleIndication();
    if (reader.cls === StunClass.request) return Verdict.unexpected;
    return this.#allocation.handleResponse(now, reader, readErrorCode(reader));
  }

  /** A Data indication with an ICMP attribute (RFC 8656 11.6); one with data is for `unwrap`. */
  #handleIndication(): Verdict {
    const reader = this.#reader;
    if (reader.method !== StunMethod.data) return Verdict.unexpected;
    if (reader.unknownRequiredCount > 0) return Verdict.unsupported;
    if (reader.find(AttributeType.data)) return Verdict.notMine;
    const peer = this.#indicationPeer;
    if (!reader.find(AttributeType.xorPeerAddress) || !reader.xorAddress(peer)) return Verdict.malformed;
    const icmp = reader.find(AttributeType.icmp) ? readIcmp(reader) : -1;
    if (icmp < 0) return Verdict.malformed;
    if (!this.#isOpenTo(peer)) return Verdict.unexpected;
    return this.#allocation.reportIcmp(peer, icmp >>> 9, icmp & 0x1ff) ? Verdict.consumed : Verdict.overLimit;
  }
}

/** The code of an error response, 0 of a success, -1 of an error that has none. */
function readErrorCode(reader: StunReader): number {
  if (reader.cls === StunClass.success) return 0;
  return reader.find(AttributeType.errorCode) ? reader.errorCode() : -1;
}

function needPeer(peer: Readonly<TransportAddress>): Readonly<TransportAddress> {
  if (peer.length === 0) throw new TurnError('bad-peer', 'the address is empty');
  return peer;
}

const NO_PEER = new TransportAddress();

/** The second byte of a Data indication's message type, 0x0017. */
const DATA_INDICATION = 0x17;

/** A Send indication over IPv6 with DONT-FRAGMENT. */
const MOST_HEAD_BYTES = 52;
