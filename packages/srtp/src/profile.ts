import { SrtpError } from './errors.ts';

/** DTLS-SRTP protection profiles by their IANA numbers (RFC 5764 4.1.2). */
export const SrtpProfile = {
  /** SRTP_AES128_CM_HMAC_SHA1_80, the one every WebRTC endpoint must have (RFC 8827 6.5). */
  aes128CmHmacSha1_80: 1,
} as const;

export type SrtpProfile = (typeof SrtpProfile)[keyof typeof SrtpProfile];

/** Lengths that follow from a profile, bytes. */
export interface ProfileSizes {
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** Authentication tag of an SRTP packet. */
  readonly rtpTagBytes: number;
  /** Authentication tag of an SRTCP packet. */
  readonly rtcpTagBytes: number;
}

const sizes: Readonly<Record<number, ProfileSizes>> = {
  [SrtpProfile.aes128CmHmacSha1_80]: { keyBytes: 16, saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 },
};

/**
 * The lengths of `profile`.
 *
 * Errors: `unsupported-profile`. RFC: 5764 4.1.2.
 */
export function profileSizes(profile: SrtpProfile): ProfileSizes {
  const known = sizes[profile];
  if (known === undefined) throw new SrtpError('unsupported-profile', `SRTP profile ${profile} is not implemented`);
  return known;
}
