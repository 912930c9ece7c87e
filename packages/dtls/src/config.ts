import type { DtlsCertificate } from './certificate.ts';
import { nodeCrypto } from './crypto.ts';
import type { AeadAlgorithm, DtlsCrypto } from './dtls-crypto.ts';
import { DtlsError } from './errors.ts';
import { type CertificateFingerprint, parseFingerprints, type StrongestFingerprints } from './fingerprint.ts';
import type { DtlsVersion } from './protocol.ts';

/** Configuration of a {@link DtlsConnection}. */
export interface DtlsConfig {
  /** `a=setup:active` is the client, `a=setup:passive` the server (RFC 8842 5). */
  readonly role: 'client' | 'server';
  /** Our certificate; its fingerprint is what we signal. */
  readonly certificate: DtlsCertificate;
  /**
   * The peer's `a=fingerprint` lines. Of those whose hash we know, only the ones with the strongest hash count, and the
   * peer's certificate must match one of them (RFC 8122 5). At least one is required.
   */
  readonly remoteFingerprints: readonly CertificateFingerprint[];
  /**
   * Versions that may be spoken; the highest that both have is (RFC 8446 4.2.1). Default `['1.3', '1.2']`.
   */
  readonly versions?: readonly DtlsVersion[];
  /**
   * Ciphers of records that may be agreed on, best first; a server's order decides. Default AES-128-GCM, ChaCha20-Poly1305,
   * AES-256-GCM. Where ChaCha20-Poly1305 has been measured to be the fastest here, put it first.
   */
  readonly cipherPreference?: readonly AeadAlgorithm[];
  /** SRTP protection profiles, best first (RFC 5764 4.1.2). Default `[1]`, AES128_CM_HMAC_SHA1_80; `[]` = no use_srtp. */
  readonly srtpProfiles?: readonly number[];
  /** Largest UDP payload of our handshake packets, bytes, 256 to 16 384. Default 1 200, as browsers assume. */
  readonly mtuBytes?: number;
  /**
   * Server: ask for a cookie first (RFC 6347 4.2.1). Default false: behind ICE the peer's address has been proved by a
   * connectivity check, so the extra round trip buys nothing.
   */
  readonly requireCookie?: boolean;
  /**
   * Server: the address that datagrams come from is the peer's, as behind ICE, where a connectivity check has proved it.
   * Default true. With false, at most three times as many bytes leave as came (RFC 9147 5.1), until a cookie, a Finished
   * or with DTLS 1.3 any record under keys shows that the peer gets what is sent. Ask for a cookie beside it where packets get
   * lost: three times a hello of DTLS 1.2 is a part of a flight, and the rest waits for the hello to be repeated.
   */
  readonly addressValidated?: boolean;
  /**
   * First retransmission timeout, ms, 10 to 60 000. Default 100, doubled each time up to 60 000. RFC 6347 4.2.4.1 suggests
   * 1 000 for hosts that know nothing of each other; here ICE has just measured the path, a handshake is a few kilobytes,
   * and every lost flight costs the user this long. As soon as `handlePath` reports a round-trip time, that decides.
   */
  readonly initialRtoMs?: number;
  /** Handshake not complete after this long: `timeout`. ms, 1 000 to 600 000. Default 30 000. */
  readonly handshakeTimeoutMs?: number;
  /** Records by which one may come late and still be taken; 64 to 65 536. Default 8 192: unequal paths reorder deeply. */
  readonly replayWindow?: number;
  /**
   * Our connection id, 0 to 32 bytes: what the peer shall put into its protected records (RFC 9146, RFC 9147 9). Empty = none
   * is wanted, but the peer's is sent. Default: neither is offered, for ICE tells connections apart. With an id,
   * `recordLength` must be told its length.
   */
  readonly connectionId?: Uint8Array;
  /**
   * DTLS 1.3: records sealed under one key before it is replaced (RFC 9147 8), 100 to 2^23. Default 2^23 for AES-GCM, well
   * before the 2^24.5 of RFC 8446 5.5; 2^36 for ChaCha20-Poly1305.
   */
  readonly rekeyAfterRecords?: number;
  /** All cryptography. Default `nodeCrypto`. */
  readonly crypto?: DtlsCrypto;
}

/** {@link DtlsConfig} with every default filled in and every number checked. */
export interface ResolvedConfig {
  readonly role: 'client' | 'server';
  readonly certificate: DtlsCertificate;
  readonly fingerprints: StrongestFingerprints;
  readonly versions: readonly DtlsVersion[];
  readonly cipherPreference: readonly AeadAlgorithm[];
  readonly srtpProfiles: readonly number[];
  readonly mtuBytes: number;
  readonly requireCookie: boolean;
  readonly addressValidated: boolean;
  readonly initialRtoMs: number;
  readonly handshakeTimeoutMs: number;
  readonly replayWindow: number;
  readonly connectionId: Uint8Array | undefined;
  readonly rekeyAfterRecords: number | undefined;
  readonly crypto: DtlsCrypto;
}

/** Fills in the defaults. Errors: `bad-config`. */
export function resolveConfig(config: DtlsConfig): ResolvedConfig {
  if (config.role !== 'client' && config.role !== 'server') throw new DtlsError('bad-config', 'role: client or server');
  const srtpProfiles = config.srtpProfiles ?? [1];
  for (const profile of srtpProfiles) inRange('srtpProfiles', profile, 0, 0xffff);
  if (config.connectionId !== undefined) inRange('connectionId.length', config.connectionId.length, 0, 32);
  if (config.rekeyAfterRecords !== undefined) inRange('rekeyAfterRecords', config.rekeyAfterRecords, 100, 2 ** 23);
  if (srtpProfiles.length > 32) throw new DtlsError('bad-config', 'srtpProfiles: at most 32');
  return {
    role: config.role,
    certificate: config.certificate,
    fingerprints: parseFingerprints(config.remoteFingerprints),
    versions: resolveVersions(config.versions ?? ['1.3', '1.2']),
    cipherPreference: resolveCiphers(config.cipherPreference ?? CIPHERS),
    srtpProfiles: [...srtpProfiles],
    mtuBytes: inRange('mtuBytes', config.mtuBytes ?? 1200, 256, 16_384),
    requireCookie: config.requireCookie ?? false,
    addressValidated: config.addressValidated ?? true,
    initialRtoMs: inRange('initialRtoMs', config.initialRtoMs ?? 100, 10, 60_000),
    handshakeTimeoutMs: inRange('handshakeTimeoutMs', config.handshakeTimeoutMs ?? 30_000, 1_000, 600_000),
    replayWindow: inRange('replayWindow', config.replayWindow ?? 8192, 64, 65_536),
    connectionId: config.connectionId?.slice(),
    rekeyAfterRecords: config.rekeyAfterRecords,
    crypto: config.crypto ?? nodeCrypto,
  };
}

function resolveVersions(versions: readonly DtlsVersion[]): readonly DtlsVersion[] {
  const isKnown = versions.length > 0 && versions.every((version) => version === '1.2' || version === '1.3');
  if (!isKnown) throw new DtlsError('bad-config', "versions: '1.2', '1.3' or both");
  return [...versions];
}

function resolveCiphers(ciphers: readonly AeadAlgorithm[]): readonly AeadAlgorithm[] {
  const isKnown = ciphers.length > 0 && ciphers.every((cipher) => CIPHERS.includes(cipher));
  if (!isKnown) throw new DtlsError('bad-config', `cipherPreference: of ${CIPHERS.join(', ')}`);
  return [...new Set(ciphers)];
}

function inRange(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new DtlsError('bad-config', `${name}: an integer from ${low} to ${high}, not ${value}`);
}

/** Every endpoint has the first (RFC 8827 6.5); of equal strength, less is more. */
const CIPHERS: readonly AeadAlgorithm[] = ['aes-128-gcm', 'chacha20-poly1305', 'aes-256-gcm'];
