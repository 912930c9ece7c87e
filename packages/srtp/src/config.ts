import { defaultCrypto, type SrtpCrypto } from './crypto.ts';
import { SrtpError } from './errors.ts';
import { profileSizes, type SrtpProfile } from './profile.ts';

/** What a context is made of. */
export interface SrtpConfig {
  readonly profile: SrtpProfile;
  /** Master key: 16 bytes for profile 1. Copied. */
  readonly key: Uint8Array;
  /** Master salt: 14 bytes for profile 1. Copied. */
  readonly salt: Uint8Array;
  /**
   * Packets per SSRC among which a duplicate is told, and how far one path may lag behind another; a power of two, 64 to
   * 32 768. Default 8 192, against RFC 3711 3.3.2's least of 64: at 10 000 packets per second paths may then differ by 0.8 s.
   * One bit each.
   */
  readonly replayWindow?: number;
  /** SSRCs kept at once, 1 to 65 536. Default 256, with default windows 256 × 2 × 1 KiB = 512 KiB when all are used. */
  readonly maxSsrcs?: number;
  /**
   * Whether the context seals or opens. Left out, the first call decides. One context never does both: under one key, two
   * sides that use one SSRC would use one keystream twice (RFC 3711 9.1).
   */
  readonly direction?: 'send' | 'receive';
  /** Default: `node:crypto` for AES, `@hawser/wire` for HMAC-SHA1. */
  readonly crypto?: SrtpCrypto;
}

/** Fills in the defaults and validates once. */
export function resolveConfig(config: SrtpConfig): Required<Omit<SrtpConfig, 'direction'>> {
  const sizes = profileSizes(config.profile);
  const { profile, key, salt, replayWindow = 8192, maxSsrcs = 256, crypto = defaultCrypto } = config;
  if (key.length !== sizes.keyBytes) {
    throw new SrtpError('bad-key-length', `master key of ${key.length} bytes, profile wants ${sizes.keyBytes}`);
  }
  if (salt.length !== sizes.saltBytes) {
    throw new SrtpError('bad-key-length', `master salt of ${salt.length} bytes, profile wants ${sizes.saltBytes}`);
  }
  if (!Number.isInteger(Math.log2(replayWindow)) || replayWindow < 64 || replayWindow > 32768) {
    throw new SrtpError('out-of-range', `replayWindow ${replayWindow} is not a power of two from 64 to 32768`);
  }
  if (!Number.isInteger(maxSsrcs) || maxSsrcs < 1 || maxSsrcs > 65536) {
    throw new SrtpError('out-of-range', `maxSsrcs ${maxSsrcs} is not a whole number from 1 to 65536`);
  }
  return { profile, key, salt, replayWindow, maxSsrcs, crypto };
}
