import { AttributeType, ErrorCode, type StunReader, TransportAddress } from '@hawser/stun';
import type { Instant } from '@hawser/wire';
import { readChannelNumber, readFirstByte } from '../attributes.ts';
import { FIRST_CHANNEL, LAST_CHANNEL } from '../channel-data.ts';
import { desiredLifetimeMs } from './allocate.ts';
import type { ServerAllocation } from './allocation.ts';
import type { Answers } from './answers.ts';
import type { ServerContext } from './context.ts';
import type { Registry } from './registry.ts';

/** "The Permission Lifetime MUST be 300 seconds" (RFC 8656 9). */
const PERMISSION_MS = 300_000;

/** A channel binding lasts 10 minutes (RFC 8656 12). */
const CHANNEL_MS = 600_000;

/** How much of the table channels may keep: clients that come must find room. */
const MOST_PINNED = 0.75;

/** Requests on an allocation that is there: Refresh, CreatePermission, ChannelBind (RFC 8656 8, 10 and 12). */
export class PeerRequests {
  readonly #context: ServerContext;
  readonly #registry: Registry;
  readonly #answers: Answers;
  readonly #peer = new TransportAddress();

  constructor(context: ServerContext, registry: Registry, answers: Answers) {
    this.#context = context;
    this.#registry = registry;
    this.#answers = answers;
  }

  refresh(now: Instant, allocation: ServerAllocation, reader: StunReader): void {
    const { limits, source, spent } = this.#context;
    const isDelete = reader.find(AttributeType.lifetime) && reader.u32() === 0;
    const lifetimeMs = isDelete
      ? 0
      : desiredLifetimeMs(reader, limits.defaultLifetimeSeconds, limits.maxLifetimeSeconds);
    const wanted = reader.find(AttributeType.requestedAddressFamily) ? readFirstByte(reader) : 0;
    const relays = allocation.relays.filter(({ family }) => wanted === 0 || (family === 'ipv4' ? 1 : 2) === wanted);
    if (relays.length === 0) {
      this.#answers.error(allocation.client, reader, ErrorCode.peerAddressFamilyMismatch);
      return;
    }
    if (isDelete) spent.note(source, reader.bytes, reader.transactionIdOffset);
    if (isDelete && relays.length < allocation.relays.length) {
      allocation.noteHalfEnded(reader.bytes, reader.transactionIdOffset);
    }
    this.#answers.success(allocation.client, reader, (writer) => writer.u32(AttributeType.lifetime, lifetimeMs / 1000));
    for (const relay of relays) {
      if (isDelete) this.#registry.removeRelay(allocation, relay, 'released');
      else this.#registry.setExpiry(relay, now + lifetimeMs);
    }
  }

  createPermission(now: Instant, allocation: ServerAllocation, reader: StunReader): void {
    const { limits } = this.#context;
    const addresses: string[] = [];
    let code = 0;
    for (let more = reader.first(); more && code === 0; more = reader.next()) {
      if (reader.type !== AttributeType.xorPeerAddress) continue;
      code = reader.xorAddress(this.#peer) ? this.#judge(allocation) : ErrorCode.badRequest;
      addresses.push(this.#peer.text());
    }
    if (code === 0 && addresses.length === 0) code = ErrorCode.badRequest;
    if (code === 0) {
      allocation.dropExpiredPermissions(now);
      const fresh = new Set(addresses.filter((address) => !allocation.permissions.has(address)));
      if (allocation.permissions.size + fresh.size > limits.maxPermissions) code = ErrorCode.insufficientCapacity;
    }
    if (code !== 0) {
      this.#answers.error(allocation.client, reader, code);
      return;
    }
    for (const address of addresses) allocation.permissions.set(address, now + PERMISSION_MS);
    this.#answers.success(allocation.client, reader);
  }

  channelBind(now: Instant, allocation: ServerAllocation, reader: StunReader): void {
    const code = this.#bind(now, allocation, reader);
    if (code === 0) this.#answers.success(allocation.client, reader);
    else this.#answers.error(allocation.client, reader, code);
  }

  #bind(now: Instant, allocation: ServerAllocation, reader: StunReader): number {
    const { flows, limits } = this.#context;
    const number = reader.find(AttributeType.channelNumber) ? readChannelNumber(reader) : -1;
    const peer = this.#peer;
    if (!reader.find(AttributeType.xorPeerAddress) || !reader.xorAddress(peer)) return ErrorCode.badRequest;
    if (number < FIRST_CHANNEL || number > LAST_CHANNEL) return ErrorCode.badRequest;
    const verdict = this.#judge(allocation);
    if (verdict !== 0) return verdict;
    if (peer.port === 0) return ErrorCode.forbidden;
    this.#dropExpiredChannels(now, allocation);
    const relay = allocation.relayOf(peer.length);
    if (relay === undefined) return ErrorCode.peerAddressFamilyMismatch;
    const peerText = peer.text();
    const bound = allocation.channelsByNumber.get(number);
    const known = flows.find(relay.base, peerText, peer.port);
    const other = allocation.channelsByFlow.get(known);
    // Neither the number nor the peer may be bound to another (RFC 8656 12.2).
    if (bound !== other) return ErrorCode.badRequest;
    allocation.dropExpiredPermissions(now);
    const isNewPermission = !allocation.permissions.has(peerText);
    if (isNewPermission && allocation.permissions.size >= limits.maxPermissions) return ErrorCode.insufficientCapacity;
    if (bound !== undefined) {
      bound.expiresAt = now + CHANNEL_MS;
    } else {
      const { share } = allocation;
      if (allocation.channelsByNumber.size >= limits.maxChannels) return ErrorCode.insufficientCapacity;
      // The flow is kept from everybody else: a user gets a part of the table, and channels not all of it.
      if (share.channels >= limits.maxChannelsPerUser) return ErrorCode.insufficientCapacity;
      if (flows.pinned >= MOST_PINNED * flows.capacity) return ErrorCode.insufficientCapacity;
      const flow = flows.intern(relay.base, peerText, peer.port);
      if (flow < 0) return ErrorCode.insufficientCapacity;
      flows.pin(flow);
      share.channels++;
      const channel = { number, flow, peerText, expiresAt: now + CHANNEL_MS };
      allocation.channelsByNumber.set(number, channel);
      allocation.channelsByFlow.set(flow, channel);
    }
    allocation.permissions.set(peerText, now + PERMISSION_MS);
    return 0;
  }

  /** Whether the peer just read may be reached from this allocation: 0, 403 or 443. */
  #judge(allocation: ServerAllocation): number {
    const { counters, policy } = this.#context;
    if (allocation.relayOf(this.#peer.length) === undefined) return ErrorCode.peerAddressFamilyMismatch;
    if (policy.isAllowed(this.#peer)) return 0;
    counters.peersDenied++;
    return ErrorCode.forbidden;
  }

  #dropExpiredChannels(now: Instant, allocation: ServerAllocation): void {
    for (const channel of allocation.channelsByNumber.values()) {
      if (now < channel.expiresAt) continue;
      allocation.channelsByNumber.delete(channel.number);
      allocation.channelsByFlow.delete(channel.flow);
      this.#context.flows.unpin(channel.flow);
      allocation.share.channels--;
    }
  }
}
