import type { SrtpCrypto } from './crypto.ts';
import type { ProfileSizes } from './profile.ts';

/** Session keys from a master key, RFC 3711 4.3. */
export interface SessionKeys {
  /** 16, 24 or 32 bytes, as the master key. */
  readonly cipherKey: Uint8Array;
  /** 14 bytes; 12 for AES-GCM (RFC 7714 11). */
  readonly cipherSalt: Uint8Array;
  /** 20 bytes; empty for AES-GCM, which has no separate authentication. */
  readonly authKey: Uint8Array;
}

/** Labels of RFC 3711 4.3.1 and 4.3.2, and RFC 6904 3. */
export const KeyLabel = {
  rtpEncryption: 0x00,
  rtpAuthentication: 0x01,
  rtpSalt: 0x02,
  rtcpEncryption: 0x03,
  rtcpAuthentication: 0x04,
  rtcpSalt: 0x05,
  headerEncryption: 0x06,
  headerSalt: 0x07,
} as const;

export type KeyLabel = (typeof KeyLabel)[keyof typeof KeyLabel];

/**
 * One derived key. The PRF is AES in counter mode under the master key (4.3.3; RFC 6188 3 with its longer keys); its initial
 * counter is the master salt, zeros behind it, with key_id XORed in: the label into the seventh byte and behind it r, the
 * packet index divided by the key derivation rate, 48 bits. SRTCP's index is 31 bits long; its label stands where SRTP's does,
 * as every implementation has it.
 *
 * @param r 0 to 2^48 - 1; 0 when there is no key derivation rate
 * @param bytes length of the result, 1 to 2^20
 */
export function deriveKey(
  crypto: SrtpCrypto,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: KeyLabel,
  bytes: number,
  r = 0,
): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(masterSalt);
  counter[7] ^= label;
  for (let i = 0, rest = r; i < 6; i++, rest = Math.floor(rest / 256)) counter[13 - i] ^= rest % 256;
  const derived = new Uint8Array(bytes);
  crypto.counterMode(masterKey).apply(counter, derived, 0, bytes);
  return derived;
}

/** The session keys of SRTP packets, or of SRTCP packets. */
export function deriveSessionKeys(
  crypto: SrtpCrypto,
  sizes: ProfileSizes,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  kind: 'rtp' | 'rtcp',
  r = 0,
): SessionKeys {
  const derive = (label: KeyLabel, bytes: number) => deriveKey(crypto, masterKey, masterSalt, label, bytes, r);
  const isRtp = kind === 'rtp';
  return {
    cipherKey: derive(isRtp ? KeyLabel.rtpEncryption : KeyLabel.rtcpEncryption, sizes.keyBytes),
    cipherSalt: derive(isRtp ? KeyLabel.rtpSalt : KeyLabel.rtcpSalt, sizes.saltBytes),
    authKey:
      sizes.cipher === 'aes-gcm'
        ? NO_BYTES
        : derive(isRtp ? KeyLabel.rtpAuthentication : KeyLabel.rtcpAuthentication, 20),
  };
}

const NO_BYTES = new Uint8Array(0);
