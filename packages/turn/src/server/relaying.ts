import { AttributeType, isStun, StunMethod, StunReader, TransportAddress } from '@hawser/stun';
import { type FlowId, type Instant, NO_FLOW, PacketClass, type Slot, Verdict } from '@hawser/wire';
import { SERVER_ATTRIBUTES } from '../attributes.ts';
import {
  CHANNEL_DATA_HEADER_BYTES,
  channelDataLength,
  channelNumber,
  isChannelData,
  startsChannelData,
  wrapChannelData,
} from '../channel-data.ts';
import { wrapIndication } from '../indication.ts';
import type { ServerAllocation } from './allocation.ts';
import type { ServerContext } from './context.ts';

/** The second byte of a Send indication's message type, 0x0016. */
const SEND_INDICATION = 0x16;

/** The way of the data, in place (RFC 8656 11 and 12): a packet comes in a slot and leaves in it, by another flow. */
export class Relaying {
  readonly #context: ServerContext;
  readonly #reader = new StunReader(SERVER_ATTRIBUTES);
  readonly #peer = new TransportAddress();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Whether the bytes are data, whoever sent them: everything from a peer, ChannelData and Send indications of clients. */
  isData(from: FlowId, bytes: Uint8Array, offset: number, length: number): boolean {
    const { flows, relays } = this.#context;
    return (
      relays.has(flows.base(from)) ||
      startsChannelData(bytes, offset, length) ||
      (isStun(bytes, offset, length) && bytes[offset] === 0 && bytes[offset + 1] === SEND_INDICATION)
    );
  }

  /** `consumed`: the slot holds what is to be sent, on its `flow`. Anything else: to be dropped, and the slot is as it was. */
  relay(now: Instant, from: FlowId, slot: Slot): Verdict {
    const { allocations, flows, relays } = this.#context;
    const relay = relays.get(flows.base(from));
    if (relay !== undefined) return this.#toClient(now, relay.allocation, from, slot);
    const allocation = allocations.get(from);
    if (allocation === undefined) return Verdict.unexpected;
    if (startsChannelData(slot.buffer, slot.offset, slot.length)) return this.#fromChannel(now, allocation, slot);
    return this.#fromIndication(now, allocation, slot);
  }

  #toClient(now: Instant, allocation: ServerAllocation, from: FlowId, slot: Slot): Verdict {
    const { counters, env, flows } = this.#context;
    const address = flows.address(from);
    if (!allocation.isPermitted(now, address)) return this.#notPermitted();
    if (slot.length > MOST_PAYLOAD_BYTES) return Verdict.overLimit;
    if (!allocation.mayRelay(now, slot.length)) return this.#overRate();
    const bytes = slot.length;
    const channel = allocation.channelsByFlow.get(from);
    if (channel !== undefined && now < channel.expiresAt) {
      wrapChannelData(slot, channel.number, allocation.isStream);
    } else {
      this.#peer.set(address, flows.port(from));
      wrapIndication(slot, StunMethod.data, this.#peer, env.secure, false);
    }
    slot.flow = allocation.client;
    slot.cls = PacketClass.data;
    allocation.bytesToClient += bytes;
    counters.packetsToClients++;
    counters.bytesToClients += bytes;
    return Verdict.consumed;
  }

  #fromChannel(now: Instant, allocation: ServerAllocation, slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (!isChannelData(buffer, offset, length)) return Verdict.malformed;
    const channel = allocation.channelsByNumber.get(channelNumber(buffer, offset));
    if (channel === undefined || now >= channel.expiresAt) return Verdict.unexpected;
    if (!allocation.isPermitted(now, channel.peerText)) return this.#notPermitted();
    const bytes = channelDataLength(buffer, offset);
    return this.#toPeer(now, allocation, slot, offset + CHANNEL_DATA_HEADER_BYTES, bytes, channel.flow);
  }

  #fromIndication(now: Instant, allocation: ServerAllocation, slot: Slot): Verdict {
    const { flows } = this.#context;
    const reader = this.#reader;
    const peer = this.#peer;
    const verdict = reader.parse(slot.buffer, slot.offset, slot.length);
    if (verdict !== Verdict.consumed) return verdict;
    // DONT-FRAGMENT is among them: such an indication is discarded (RFC 8656 11.2).
    if (reader.unknownRequiredCount > 0) return Verdict.unsupported;
    if (!reader.find(AttributeType.xorPeerAddress) || !reader.xorAddress(peer)) return Verdict.malformed;
    if (!reader.find(AttributeType.data)) return Verdict.malformed;
    const address = peer.text();
    if (peer.port === 0 || !allocation.isPermitted(now, address)) return this.#notPermitted();
    const relay = allocation.relayOf(peer.length);
    const flow = relay === undefined ? NO_FLOW : flows.intern(relay.base, address, peer.port);
    if (flow === NO_FLOW) return Verdict.overLimit;
    return this.#toPeer(now, allocation, slot, reader.valueOffset, reader.valueLength, flow);
  }

  #toPeer(now: Instant, allocation: ServerAllocation, slot: Slot, at: number, bytes: number, flow: FlowId): Verdict {
    const { counters } = this.#context;
    if (!allocation.mayRelay(now, bytes)) return this.#overRate();
    slot.offset = at;
    slot.length = bytes;
    slot.flow = flow;
    slot.cls = PacketClass.data;
    allocation.bytesToPeers += bytes;
    counters.packetsToPeers++;
    counters.bytesToPeers += bytes;
    return Verdict.consumed;
  }

  #notPermitted(): Verdict {
    this.#context.counters.notPermitted++;
    return Verdict.unexpected;
  }

  #overRate(): Verdict {
    this.#context.counters.overRate++;
    return Verdict.overLimit;
  }
}

/** With the header of a Data indication still a STUN message, and a datagram. */
const MOST_PAYLOAD_BYTES = 65_400;
