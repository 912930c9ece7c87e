import { nodeCrypto, type StunCrypto, TEXT_LIMIT_CHARACTERS, USERNAME_LIMIT_BYTES } from '@hawser/stun';
import { type FlowId, utf8Bytes } from '@hawser/wire';
import { RESERVATION_TOKEN_BYTES } from '../attributes.ts';
import { TurnError } from '../errors.ts';

/** What a {@link TurnClient} is told. Only the server and the credentials have no default. */
export interface TurnClientConfig {
  /** The flow to the server, from the base that the allocation is for. */
  readonly server: FlowId;
  /** At most 508 bytes of UTF-8 (RFC 8489 14.3). */
  readonly username: string;
  /** Not empty. */
  readonly password: string;
  /** `stream` over TCP and TLS: nothing is sent twice, ChannelData is padded. Default `datagram`. */
  readonly transport?: 'datagram' | 'stream';
  /**
   * Which relayed addresses. `ipv4` names no family, as RFC 5766 servers like it; `ipv6` asks with REQUESTED-ADDRESS-FAMILY,
   * `dual` with ADDITIONAL-ADDRESS-FAMILY. Default `ipv4`.
   */
  readonly family?: 'ipv4' | 'ipv6' | 'dual';
  /** EVEN-PORT: an even relayed port, and with `even-and-reserve` the next one kept for a token. */
  readonly evenPort?: 'even' | 'even-and-reserve';
  /** RESERVATION-TOKEN: the 8 bytes of an earlier `allocated` event. Not with `evenPort` or a family (RFC 8656 7.1). */
  readonly reservationToken?: Uint8Array;
  /** LIFETIME asked for, seconds; left out by default, and the server's is 600 (RFC 8656 7.2). */
  readonly lifetimeSeconds?: number;
  /** Asks for DONT-FRAGMENT and puts it in Send indications where the server can. Default false. */
  readonly dontFragment?: boolean;
  /** First retransmission interval, 1 to 60 000 ms; default 500 (RFC 8489 6.2.1). */
  readonly rtoMs?: number;
  /** SOFTWARE of our requests; left out by default. */
  readonly software?: string;
  /** Most peer addresses with a permission, 1 to 4 096; default 256. */
  readonly maxPermissions?: number;
  /** Most channels, 1 to 4 096; default 256. */
  readonly maxChannels?: number;
  /** A permission is refreshed so long after it was installed, 1 000 to 300 000 ms; default 240 000 of its 300 000. */
  readonly permissionRefreshMs?: number;
  /** A channel is rebound so long after it was bound, 1 000 to 600 000 ms; default 540 000 of its 600 000. */
  readonly channelRefreshMs?: number;
  /** How MD5 is had, for servers that offer nothing better. Default that of `@hawser/stun`. */
  readonly crypto?: StunCrypto;
}

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The configuration with every default filled in. */
export interface ResolvedClientConfig
  extends Omit<Complete<TurnClientConfig>, 'evenPort' | 'reservationToken' | 'lifetimeSeconds' | 'software'> {
  readonly evenPort: TurnClientConfig['evenPort'];
  readonly reservationToken: Uint8Array | undefined;
  readonly lifetimeSeconds: number | undefined;
  readonly software: string | undefined;
}

/** @throws TurnError `bad-config` naming the field */
export function resolveClientConfig(config: TurnClientConfig): ResolvedClientConfig {
  if (config.password === '') bad('password', 'is empty');
  if (utf8Bytes(config.username).length > USERNAME_LIMIT_BYTES) bad('username', 'has more than 508 bytes');
  const family = config.family ?? 'ipv4';
  if (config.reservationToken !== undefined) {
    if (config.reservationToken.length !== RESERVATION_TOKEN_BYTES) bad('reservationToken', 'has not 8 bytes');
    if (config.evenPort !== undefined || family !== 'ipv4') bad('reservationToken', 'goes with no family or even port');
  }
  if (config.evenPort === 'even-and-reserve' && family === 'dual') bad('evenPort', 'reserves nothing when dual');
  if (config.software !== undefined && config.software.length > TEXT_LIMIT_CHARACTERS) bad('software', 'is too long');
  return {
    server: config.server,
    username: config.username,
    password: config.password,
    transport: config.transport ?? 'datagram',
    family,
    evenPort: config.evenPort,
    reservationToken: config.reservationToken?.slice(),
    lifetimeSeconds:
      config.lifetimeSeconds === undefined
        ? undefined
        : whole('lifetimeSeconds', config.lifetimeSeconds, 1, 0xffffffff),
    dontFragment: config.dontFragment ?? false,
    rtoMs: whole('rtoMs', config.rtoMs ?? 500, 1, 60_000),
    software: config.software,
    maxPermissions: whole('maxPermissions', config.maxPermissions ?? 256, 1, 4096),
    maxChannels: whole('maxChannels', config.maxChannels ?? 256, 1, 4096),
    permissionRefreshMs: whole('permissionRefreshMs', config.permissionRefreshMs ?? 240_000, 1000, 300_000),
    channelRefreshMs: whole('channelRefreshMs', config.channelRefreshMs ?? 540_000, 1000, 600_000),
    crypto: config.crypto ?? nodeCrypto,
  };
}

function whole(field: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) bad(field, `is a whole number, ${least} to ${most}`);
  return value;
}

function bad(field: string, why: string): never {
  throw new TurnError('bad-config', `${field} ${why}`);
}
