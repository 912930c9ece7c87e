import type { SrtpCrypto } from './crypto.ts';

/**
 * Session keys from a master key, RFC 3711 4.3, with a key derivation rate of 0: every key is derived once, at index 0,
 * as DTLS-SRTP does (RFC 5764 4.1.2).
 */
export interface SessionKeys {
  /** 16 bytes. */
  readonly cipherKey: Uint8Array;
  /** 14 bytes. */
  readonly cipherSalt: Uint8Array;
  /** 20 bytes. */
  readonly authKey: Uint8Array;
}

/** Labels of RFC 3711 4.3.1 and 4.3.2. */
export const KeyLabel = {
  rtpEncryption: 0x00,
  rtpAuthentication: 0x01,
  rtpSalt: 0x02,
  rtcpEncryption: 0x03,
  rtcpAuthentication: 0x04,
  rtcpSalt: 0x05,
} as const;

export type KeyLabel = (typeof KeyLabel)[keyof typeof KeyLabel];

/**
 * One derived key. The PRF is AES in counter mode under the master key (4.3.3); its initial counter is the master salt
 * with the label XORed into the seventh byte: key_id = label || r is 56 bits long and r is 0.
 *
 * @param bytes length of the result, 1 to 2^20
 */
export function deriveKey(
  crypto: SrtpCrypto,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: KeyLabel,
  bytes: number,
): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(masterSalt);
  counter[7] ^= label;
  const derived = new Uint8Array(bytes);
  crypto.counterMode(masterKey).apply(counter, derived, 0, bytes);
  return derived;
}

/** The session keys of SRTP packets. */
export function deriveRtpKeys(crypto: SrtpCrypto, masterKey: Uint8Array, masterSalt: Uint8Array): SessionKeys {
  return {
    cipherKey: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtpEncryption, 16),
    cipherSalt: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtpSalt, 14),
    authKey: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtpAuthentication, 20),
  };
}

/** The session keys of SRTCP packets. */
export function deriveRtcpKeys(crypto: SrtpCrypto, masterKey: Uint8Array, masterSalt: Uint8Array): SessionKeys {
  return {
    cipherKey: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtcpEncryption, 16),
    cipherSalt: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtcpSalt, 14),
    authKey: deriveKey(crypto, masterKey, masterSalt, KeyLabel.rtcpAuthentication, 20),
  };
}
