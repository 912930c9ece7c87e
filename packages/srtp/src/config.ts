import { defaultCrypto, type SrtpCrypto } from './crypto.ts';
import { SrtpError } from './errors.ts';
import { type ProfileSizes, profileSizes, type SrtpProfile } from './profile.ts';
import type { SrtpState } from './state.ts';

/** A master key of several, with the name that packets call it by. */
export interface NamedMasterKey {
  /** 1 to 128 bytes, all of one length (RFC 3711 3.1). Copied. */
  readonly mki: Uint8Array;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** What a context is made of. */
export interface SrtpConfig {
  readonly profile: SrtpProfile;
  /** Master key: 16, 24 or 32 bytes, as the profile says. Copied. */
  readonly key: Uint8Array;
  /** Master salt: 14 bytes; 12 for AES-GCM. Copied. */
  readonly salt: Uint8Array;
  /** Master key identifier: 1 to 128 bytes that every packet carries (RFC 3711 3.1). Default: none. Copied. */
  readonly mki?: Uint8Array;
  /** Further master keys, by which packets are opened too and to which `useMasterKey` changes. Needs `mki`. Default: none. */
  readonly otherKeys?: readonly NamedMasterKey[];
  /**
   * After how many packets session keys are derived anew: a power of two up to 2^24, for SRTP and SRTCP (RFC 3711 4.3.1).
   * Default 0, never, as in DTLS-SRTP. Above 0 a forged packet of a far index may cost the derivation of a set of keys.
   */
  readonly keyDerivationRate?: number;
  /** Ids of the header extensions that are encrypted (RFC 6904), 1 to 255. Both sides must have the same. Default: none. */
  readonly encryptedExtensions?: readonly number[];
  /** Needed for the profiles that do not encrypt: everybody on the path reads the packets. For debugging. */
  readonly allowNullCipher?: boolean;
  /**
   * Packets per SSRC among which a duplicate is told, and how far one path may lag behind another; a power of two, 64 to
   * 32 768. Default 8 192, against RFC 3711 3.3.2's least of 64: at 10 000 packets per second paths may then differ by 0.8 s.
   * One bit each.
   */
  readonly replayWindow?: number;
  /**
   * Packets per SSRC that a sender knows again: the same bytes under the same index are sealed once more, others are refused.
   * A power of two up to 8 192, or 0: every index once. Default 512. 12 bytes each.
   */
  readonly repeatWindow?: number;
  /** SSRCs kept at once, 1 to 65 536. Default 256, with default windows 256 × 2 × 1 KiB = 512 KiB when all are used. */
  readonly maxSsrcs?: number;
  /**
   * Whether the context seals or opens. Left out, the first call decides. One context never does both: under one key, two
   * sides that use one SSRC would use one keystream twice (RFC 3711 9.1).
   */
  readonly direction?: 'send' | 'receive';
  /** Where another context under the same keys left off: what its `handOver` answered. Default: nowhere. */
  readonly state?: SrtpState;
  /**
   * The cryptography. Left out: WebAssembly and AES of `node:crypto` in batches, or `defaultCrypto` where there is no
   * WebAssembly. Given, it is used as it is: `defaultCrypto` is the plain way.
   */
  readonly crypto?: SrtpCrypto;
}

/** A checked configuration. */
export interface ResolvedConfig {
  readonly sizes: ProfileSizes;
  /** The first is the one to seal with. */
  readonly masterKeys: readonly NamedMasterKey[];
  readonly keyDerivationRate: number;
  readonly encryptedExtensions: readonly number[];
  readonly replayWindow: number;
  readonly repeatWindow: number;
  readonly maxSsrcs: number;
  readonly crypto: SrtpCrypto;
  readonly useKernel: boolean;
}

/** Fills in the defaults and validates once. */
export function resolveConfig(config: SrtpConfig): ResolvedConfig {
  const sizes = profileSizes(config.profile);
  if (sizes.cipher === 'null' && config.allowNullCipher !== true) {
    throw new SrtpError('unsupported-profile', `profile ${config.profile} does not encrypt: allowNullCipher is needed`);
  }
  const { keyDerivationRate = 0, encryptedExtensions = [], replayWindow = 8192, maxSsrcs = 256 } = config;
  const { repeatWindow = 512 } = config;
  const masterKeys = resolveKeys(config, sizes);
  if (keyDerivationRate !== 0) powerOfTwo('keyDerivationRate', keyDerivationRate, 1, 2 ** 24);
  powerOfTwo('replayWindow', replayWindow, 64, 32768);
  if (repeatWindow !== 0) powerOfTwo('repeatWindow', repeatWindow, 1, 8192);
  for (const id of encryptedExtensions) wholeNumber('id of an encrypted extension', id, 1, 255);
  wholeNumber('maxSsrcs', maxSsrcs, 1, 65536);
  return {
    sizes,
    masterKeys,
    keyDerivationRate,
    encryptedExtensions,
    replayWindow,
    repeatWindow,
    maxSsrcs,
    crypto: config.crypto ?? defaultCrypto,
    useKernel: config.crypto === undefined,
  };
}

function resolveKeys(config: SrtpConfig, sizes: ProfileSizes): NamedMasterKey[] {
  const { key, salt, mki = NO_BYTES, otherKeys = [] } = config;
  if (config.mki !== undefined || otherKeys.length > 0) wholeNumber('length of an MKI', mki.length, 1, 128);
  const keys = [{ key, salt, mki }, ...otherKeys];
  for (const one of keys) {
    checkLength('master key', one.key, sizes.keyBytes);
    checkLength('master salt', one.salt, sizes.saltBytes);
    checkLength('MKI', one.mki, mki.length);
  }
  return keys.map((one) => ({ key: one.key.slice(), salt: one.salt.slice(), mki: one.mki.slice() }));
}

function checkLength(what: string, bytes: Uint8Array, wanted: number): void {
  if (bytes.length !== wanted) {
    throw new SrtpError('bad-key-length', `${what} of ${bytes.length} bytes, not ${wanted}`);
  }
}

function powerOfTwo(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(Math.log2(value)) || value < least || value > most) {
    throw new SrtpError('out-of-range', `${what} ${value} is not a power of two from ${least} to ${most}`);
  }
}

function wholeNumber(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new SrtpError('out-of-range', `${what} ${value} is not a whole number from ${least} to ${most}`);
  }
}

const NO_BYTES = new Uint8Array(0);
