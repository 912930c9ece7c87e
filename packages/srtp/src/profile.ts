import { SrtpError } from './errors.ts';

/**
 * Protection profiles. Those below 2^16 are numbers of IANA's registry and can be negotiated by `use_srtp` (RFC 5764 4.1.2,
 * RFC 7714 14.2); the larger ones are this package's own, for transforms that have no number there (RFC 6188): both sides
 * have to know by other means.
 */
export const SrtpProfile = {
  /** SRTP_AES128_CM_HMAC_SHA1_80, the one every WebRTC endpoint must have (RFC 8827 6.5). */
  aes128CmHmacSha1_80: 1,
  /** SRTP_AES128_CM_HMAC_SHA1_32: SRTP tags of 4 bytes; SRTCP keeps 10. */
  aes128CmHmacSha1_32: 2,
  /** SRTP_NULL_HMAC_SHA1_80: authenticated, NOT encrypted. Needs `allowNullCipher`. */
  nullHmacSha1_80: 5,
  /** SRTP_NULL_HMAC_SHA1_32: authenticated, NOT encrypted. Needs `allowNullCipher`. */
  nullHmacSha1_32: 6,
  /** SRTP_AEAD_AES_128_GCM (RFC 7714). */
  aeadAes128Gcm: 7,
  /** SRTP_AEAD_AES_256_GCM (RFC 7714). */
  aeadAes256Gcm: 8,
  /** AES_192_CM_HMAC_SHA1_80 (RFC 6188). */
  aes192CmHmacSha1_80: 0x10001,
  /** AES_192_CM_HMAC_SHA1_32 (RFC 6188). */
  aes192CmHmacSha1_32: 0x10002,
  /** AES_256_CM_HMAC_SHA1_80 (RFC 6188). */
  aes256CmHmacSha1_80: 0x10003,
  /** AES_256_CM_HMAC_SHA1_32 (RFC 6188). */
  aes256CmHmacSha1_32: 0x10004,
} as const;

export type SrtpProfile = (typeof SrtpProfile)[keyof typeof SrtpProfile];

/**
 * The profiles to offer by `use_srtp`, best first: AES-GCM protects with longer tags and costs less here; 80-bit HMAC-SHA1 is
 * the one that everybody has; the 32-bit tags last. Those that do not encrypt are not in it.
 */
export const DTLS_SRTP_PROFILES: readonly SrtpProfile[] = [
  SrtpProfile.aeadAes128Gcm,
  SrtpProfile.aeadAes256Gcm,
  SrtpProfile.aes128CmHmacSha1_80,
  SrtpProfile.aes128CmHmacSha1_32,
];

/** What follows from a profile; lengths in bytes. */
export interface ProfileSizes {
  readonly cipher: 'aes-cm' | 'aes-gcm' | 'null';
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** Authentication tag of an SRTP packet. */
  readonly rtpTagBytes: number;
  /** Authentication tag of an SRTCP packet: never shortened (RFC 5764 4.1.2). */
  readonly rtcpTagBytes: number;
}

function hmacSha1(cipher: 'aes-cm' | 'null', keyBytes: number, rtpTagBytes: number): ProfileSizes {
  return { cipher, keyBytes, saltBytes: 14, rtpTagBytes, rtcpTagBytes: 10 };
}

function gcm(keyBytes: number): ProfileSizes {
  return { cipher: 'aes-gcm', keyBytes, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 };
}

const sizes: Readonly<Record<number, ProfileSizes>> = {
  [SrtpProfile.aes128CmHmacSha1_80]: hmacSha1('aes-cm', 16, 10),
  [SrtpProfile.aes128CmHmacSha1_32]: hmacSha1('aes-cm', 16, 4),
  [SrtpProfile.nullHmacSha1_80]: hmacSha1('null', 16, 10),
  [SrtpProfile.nullHmacSha1_32]: hmacSha1('null', 16, 4),
  [SrtpProfile.aeadAes128Gcm]: gcm(16),
  [SrtpProfile.aeadAes256Gcm]: gcm(32),
  [SrtpProfile.aes192CmHmacSha1_80]: hmacSha1('aes-cm', 24, 10),
  [SrtpProfile.aes192CmHmacSha1_32]: hmacSha1('aes-cm', 24, 4),
  [SrtpProfile.aes256CmHmacSha1_80]: hmacSha1('aes-cm', 32, 10),
  [SrtpProfile.aes256CmHmacSha1_32]: hmacSha1('aes-cm', 32, 4),
};

/**
 * The lengths of `profile`.
 *
 * Errors: `unsupported-profile`. RFC: 5764 4.1.2, 6188 3, 7714 12.
 */
export function profileSizes(profile: SrtpProfile): ProfileSizes {
  const known = sizes[profile];
  if (known === undefined) throw new SrtpError('unsupported-profile', `SRTP profile ${profile} is not implemented`);
  return known;
}
