import { type PasswordAlgorithm, type StunCrypto, TEXT_LIMIT_CHARACTERS } from '@hawser/stun';
import type { FlowTable } from '@hawser/wire';
import { TurnError } from '../errors.ts';
import type { PeerPolicyConfig } from './peer-policy.ts';

/** What a {@link TurnServer} is told. Only flows, realm and some users have no default. */
export interface TurnServerConfig {
  /** Shared with the runtime: clients on listening bases, peers on relay bases. Room for both. */
  readonly flows: FlowTable;
  /** REALM, at most 127 characters; by recommendation a domain name. */
  readonly realm: string;
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Secret of time-limited credentials: see `timeLimitedCredentials`. */
  readonly sharedSecret?: string;
  /** Families of relayed addresses; default `['ipv4']`. Others are answered with 440. */
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  /** Which peers may be reached. Own addresses, private ones and the like are refused unless allowed: 403. */
  readonly peers?: PeerPolicyConfig;
  /** Lifetime of an allocation whose client asks for nothing or less, 1 to 3 600 s; default 600 (RFC 8656 7.2). */
  readonly defaultLifetimeSeconds?: number;
  /** Longest lifetime granted, at least the default one, to 86 400 s; default 3 600 (RFC 8656 7.2). */
  readonly maxLifetimeSeconds?: number;
  /** How long a nonce is valid, 1 to 3 600 s; default 600. "at least once every hour" (RFC 8656 5). */
  readonly nonceLifetimeSeconds?: number;
  /** Password algorithms offered, the best first; default SHA-256, then MD5. Empty: none, as before RFC 8489. */
  readonly passwordAlgorithms?: readonly PasswordAlgorithm[];
  /** Most allocations at once, 1 to 65 536; default 1 024. Beyond: 508. */
  readonly maxAllocations?: number;
  /** Most of one user, 1 to 65 536; default 32. Beyond: 486. */
  readonly maxAllocationsPerUser?: number;
  /** Most permissions of one allocation, 1 to 4 096; default 256. Beyond: 508. */
  readonly maxPermissions?: number;
  /** Most channels of one allocation, 1 to 4 096; default 256. Beyond: 508. */
  readonly maxChannels?: number;
  /**
   * Most channels of all allocations of a user, 1 to 65 536; default an eighth of the table's flows, and at least 1. Each
   * keeps a flow. Beyond: 508, and so for everybody when three quarters of all flows are kept.
   */
  readonly maxChannelsPerUser?: number;
  /** Payload relayed for one allocation, both ways together, bytes per second; default no limit. More is dropped. */
  readonly allocationBytesPerSecond?: number;
  /** The same for all allocations of a user. */
  readonly userBytesPerSecond?: number;
  /**
   * By how much all answers to datagrams that are not authenticated may together exceed them, bytes per second and at once;
   * default 0: no source ever gets more bytes than came from it, and a request that is too short for its answer is answered
   * when it has been sent again. A source gets at most 64 bytes of it.
   */
  readonly unauthenticatedAdvanceBytesPerSecond?: number;
  /** Every authenticated Allocate request is answered with 300 and this server. */
  readonly alternateServer?: { readonly address: string; readonly port: number };
  /** SOFTWARE of answers to authenticated requests; left out by default. */
  readonly software?: string;
  readonly crypto?: StunCrypto;
}

/** The numbers with their defaults filled in. */
export interface ServerLimits {
  readonly defaultLifetimeSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly nonceLifetimeMs: number;
  readonly maxAllocations: number;
  readonly maxAllocationsPerUser: number;
  readonly maxPermissions: number;
  readonly maxChannels: number;
  readonly allocationBytesPerSecond: number;
  readonly userBytesPerSecond: number;
  readonly maxChannelsPerUser: number;
  readonly unauthenticatedAdvanceBytesPerSecond: number;
}

/** @throws TurnError `bad-config` naming the field */
export function resolveLimits(config: TurnServerConfig): ServerLimits {
  if (config.realm === '' || config.realm.length > TEXT_LIMIT_CHARACTERS) bad('realm', 'has 1 to 127 characters');
  if (config.families?.length === 0) bad('families', 'is empty');
  if (config.sharedSecret === '') bad('sharedSecret', 'is empty');
  if ((config.software?.length ?? 0) > TEXT_LIMIT_CHARACTERS) bad('software', 'is too long');
  const defaultLifetimeSeconds = whole('defaultLifetimeSeconds', config.defaultLifetimeSeconds ?? 600, 1, 3600);
  return {
    defaultLifetimeSeconds,
    maxLifetimeSeconds: whole(
      'maxLifetimeSeconds',
      config.maxLifetimeSeconds ?? Math.max(3600, defaultLifetimeSeconds),
      defaultLifetimeSeconds,
      86_400,
    ),
    nonceLifetimeMs: 1000 * whole('nonceLifetimeSeconds', config.nonceLifetimeSeconds ?? 600, 1, 3600),
    maxAllocations: whole('maxAllocations', config.maxAllocations ?? 1024, 1, 65_536),
    maxAllocationsPerUser: whole('maxAllocationsPerUser', config.maxAllocationsPerUser ?? 32, 1, 65_536),
    maxPermissions: whole('maxPermissions', config.maxPermissions ?? 256, 1, 4096),
    maxChannels: whole('maxChannels', config.maxChannels ?? 256, 1, 4096),
    allocationBytesPerSecond: rate('allocationBytesPerSecond', config.allocationBytesPerSecond),
    userBytesPerSecond: rate('userBytesPerSecond', config.userBytesPerSecond),
    maxChannelsPerUser: whole(
      'maxChannelsPerUser',
      config.maxChannelsPerUser ?? Math.max(1, config.flows.capacity >> 3),
      1,
      65_536,
    ),
    unauthenticatedAdvanceBytesPerSecond: rate(
      'unauthenticatedAdvanceBytesPerSecond',
      config.unauthenticatedAdvanceBytesPerSecond ?? 0,
    ),
  };
}

function whole(field: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) bad(field, `is a whole number, ${least} to ${most}`);
  return value;
}

function rate(field: string, value = Number.POSITIVE_INFINITY): number {
  if (!(value >= 0)) bad(field, 'is 0 or more');
  return value;
}

function bad(field: string, why: string): never {
  throw new TurnError('bad-config', `${field} ${why}`);
}
