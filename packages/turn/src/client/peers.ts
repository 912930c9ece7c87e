import { AttributeType, ErrorCode, StunMethod, type StunWriter, type TransportAddress } from '@hawser/stun';
import { type Instant, NEVER } from '@hawser/wire';
import { writeChannelNumber } from '../attributes.ts';
import { CHANNEL_LIFETIME_MS, CHANNEL_REST_MS, type ClientChannel, ClientChannels } from './channels.ts';
import type { ResolvedClientConfig } from './config.ts';
import type { TurnClientEvent } from './events.ts';
import { type ClientPermission, ClientPermissions, PERMISSION_LIFETIME_MS } from './permissions.ts';
import type { Requests } from './requests.ts';

/** Requests about peers. */
export type PeerRequest =
  | { readonly kind: 'permit'; readonly permissions: readonly ClientPermission[] }
  | { readonly kind: 'bind'; readonly channel: ClientChannel };

/** Most addresses in one CreatePermission: the request stays well under 1 200 bytes. */
const MOST_PER_REQUEST = 8;

/** Before a refused or unanswered refresh is tried again. */
const RETRY_MS = 5000;

/** The permissions and channels of an allocation: asked for, refreshed, and let run out (RFC 8656 9, 10 and 12). */
export class Peers {
  readonly permissions: ClientPermissions;
  readonly channels: ClientChannels;
  readonly #config: ResolvedClientConfig;
  readonly #requests: Requests<PeerRequest | { readonly kind: 'allocate' | 'refresh' | 'release' }>;
  readonly #emit: (event: TurnClientEvent) => void;

  constructor(
    config: ResolvedClientConfig,
    requests: Requests<PeerRequest | { readonly kind: 'allocate' | 'refresh' | 'release' }>,
    emit: (event: TurnClientEvent) => void,
  ) {
    this.#config = config;
    this.#requests = requests;
    this.#emit = emit;
    this.permissions = new ClientPermissions(config.maxPermissions);
    this.channels = new ClientChannels(config.maxChannels);
  }

  permit(now: Instant, peer: Readonly<TransportAddress>): boolean {
    return this.#want(now, peer) !== undefined;
  }

  bind(now: Instant, peer: Readonly<TransportAddress>): boolean {
    if (this.#want(now, peer) === undefined) return false;
    const known = this.channels.find(peer);
    const channel = known ?? this.channels.add(now, peer);
    if (channel === undefined) return false;
    if (known !== undefined && !known.wanted) {
      // The same number to the same peer: no need to wait (RFC 8656 12).
      known.wanted = true;
      known.refreshAt = now;
    }
    return true;
  }

  forget(now: Instant, peer: Readonly<TransportAddress>): void {
    for (const channel of this.channels.all()) {
      if (sameAddress(channel.peer, peer)) channel.wanted = false;
      // Never asked for: nothing to wait for.
      if (!channel.wanted && channel.expiresAt === NEVER && !channel.requested) this.channels.remove(channel);
    }
    const permission = this.permissions.find(peer);
    if (permission === undefined) return;
    permission.refreshAt = NEVER;
    if (!permission.installed && !permission.requested) this.permissions.remove(permission);
    else if (!permission.installed) permission.expiresAt = now + PERMISSION_LIFETIME_MS;
  }

  handleTimeout(now: Instant): void {
    for (const channel of this.channels.all()) {
      if (channel.bound && now >= channel.expiresAt) channel.bound = false;
      if (!channel.wanted && !channel.requested && now >= channel.expiresAt + CHANNEL_REST_MS) {
        this.channels.remove(channel);
      }
    }
    for (const permission of this.permissions.all()) {
      if (!permission.installed || now < permission.expiresAt) continue;
      permission.installed = false;
      // Nobody refreshed it: it was forgotten, or its refreshes were not answered.
      if (permission.refreshAt === NEVER && !permission.requested) this.permissions.remove(permission);
      else this.#emit({ type: 'permission-failed', address: permission.address.text(), code: 0 });
    }
    this.flush(now);
  }

  /** Asks for what is due, as far as there is room for requests. */
  flush(now: Instant): void {
    for (const channel of this.channels.all()) {
      if (!this.#requests.hasRoom) return;
      if (channel.wanted && !channel.requested && now >= channel.refreshAt) {
        this.start(now, { kind: 'bind', channel }, 0);
      }
    }
    while (this.#requests.hasRoom) {
      const permissions = this.#duePermissions(now);
      if (permissions.length === 0) return;
      this.start(now, { kind: 'permit', permissions }, 0);
    }
  }

  start(now: Instant, item: PeerRequest, attempts: number): void {
    if (item.kind === 'bind') {
      const { channel } = item;
      channel.requested = true;
      // Until we know better the server may have bound it just before it forgets our request.
      channel.expiresAt = Math.max(channel.expiresAt === NEVER ? 0 : channel.expiresAt, now + CHANNEL_LIFETIME_MS);
      const write = (writer: StunWriter): void => {
        writeChannelNumber(writer, channel.number);
        writer.xorAddress(AttributeType.xorPeerAddress, channel.peer);
      };
      this.#requests.start(now, StunMethod.channelBind, item, write, attempts);
      return;
    }
    for (const permission of item.permissions) permission.requested = true;
    const write = (writer: StunWriter): void => {
      for (const { address } of item.permissions) writer.xorAddress(AttributeType.xorPeerAddress, address);
    };
    this.#requests.start(now, StunMethod.createPermission, item, write, attempts);
  }

  handleSuccess(now: Instant, item: PeerRequest): void {
    if (item.kind === 'permit') {
      for (const permission of item.permissions) {
        permission.requested = false;
        this.#install(now, permission);
      }
      return;
    }
    const { channel } = item;
    channel.requested = false;
    channel.refreshAt = now + this.#config.channelRefreshMs;
    channel.expiresAt = now + CHANNEL_LIFETIME_MS;
    // "also installs or refreshes a permission for the IP address" (RFC 8656 12.2).
    const permission = this.permissions.find(channel.peer);
    if (permission !== undefined) this.#install(now, permission);
    if (channel.bound) return;
    channel.bound = true;
    this.#emit({
      type: 'bound',
      peer: { address: channel.peer.text(), port: channel.peer.port },
      channel: channel.number,
    });
  }

  /** @param code 0 when there was no answer */
  handleFailure(now: Instant, item: PeerRequest, code: number): void {
    if (item.kind === 'bind') this.#handleBindFailure(now, item.channel, code);
    else if (item.permissions.length > 1 && isOfOne(code)) {
      // One of them is refused, and nobody says which.
      for (const permission of item.permissions) {
        permission.requested = false;
        permission.alone = true;
        // It was forgotten meanwhile: nobody asks for it again.
        if (permission.refreshAt === NEVER && !permission.installed) this.permissions.remove(permission);
      }
    } else {
      for (const permission of item.permissions) this.#handlePermissionFailure(now, permission, code);
    }
  }

  nextDeadline(): Instant {
    const next = Math.min(this.permissions.nextDeadline(), this.channels.nextDeadline());
    // A refresh that waits for room waits for the end of a request; what runs out is looked at again then.
    return this.#requests.hasRoom ? next : NEVER;
  }

  /** The permission for an address, refreshed from now on; `undefined` when there is no room. */
  #want(now: Instant, peer: Readonly<TransportAddress>): ClientPermission | undefined {
    const known = this.permissions.find(peer);
    if (known === undefined) return this.permissions.add(now, peer);
    // It was forgotten, and is wanted again before it ran out.
    if (known.refreshAt === NEVER) known.refreshAt = now;
    return known;
  }

  #duePermissions(now: Instant): ClientPermission[] {
    const due: ClientPermission[] = [];
    for (const permission of this.permissions.all()) {
      if (permission.requested || now < permission.refreshAt) continue;
      if (permission.alone) {
        if (due.length > 0) continue;
        return [permission];
      }
      due.push(permission);
      if (due.length === MOST_PER_REQUEST) break;
    }
    return due;
  }

  #install(now: Instant, permission: ClientPermission): void {
    permission.expiresAt = now + PERMISSION_LIFETIME_MS;
    // One that was forgotten meanwhile is not refreshed.
    if (permission.refreshAt !== NEVER) permission.refreshAt = now + this.#config.permissionRefreshMs;
    if (permission.installed) return;
    permission.installed = true;
    this.#emit({ type: 'permitted', address: permission.address.text() });
  }

  #handlePermissionFailure(now: Instant, permission: ClientPermission, code: number): void {
    permission.requested = false;
    if (permission.installed && permission.refreshAt !== NEVER) {
      // It still holds for a while: another try may succeed.
      permission.refreshAt = now + RETRY_MS;
      return;
    }
    this.permissions.remove(permission);
    this.#emit({ type: 'permission-failed', address: permission.address.text(), code });
  }

  #handleBindFailure(now: Instant, channel: ClientChannel, code: number): void {
    channel.requested = false;
    if (channel.bound) {
      channel.refreshAt = now + RETRY_MS;
      return;
    }
    channel.wanted = false;
    // No answer: the server may have bound it all the same, and the number has to rest. A refusal bound nothing.
    if (code !== 0) this.channels.remove(channel);
    const peer = { address: channel.peer.text(), port: channel.peer.port };
    this.#emit({ type: 'bind-failed', peer, channel: channel.number, code });
  }
}

/** A refusal of the whole request for one address in it (RFC 8656 9.2): forbidden, or of a family that is not lent. */
function isOfOne(code: number): boolean {
  return code === ErrorCode.forbidden || code === ErrorCode.peerAddressFamilyMismatch;
}

function sameAddress(a: Readonly<TransportAddress>, b: Readonly<TransportAddress>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.bytes[i] !== b.bytes[i]) return false;
  return true;
}
