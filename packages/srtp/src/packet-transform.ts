import { equalBytes } from '@hawser/wire';
import type { Authenticator, CounterMode, SrtpCrypto } from './crypto.ts';
import type { SessionKeys } from './key-derivation.ts';

/**
 * AES in counter mode and HMAC-SHA1 on one packet (RFC 3711 4.1.1, 4.2.1), under one set of session keys. No state but the
 * keys; nothing is allocated per packet.
 */
export class PacketTransform {
  readonly #cipher: CounterMode;
  readonly #authenticator: Authenticator;
  readonly #salt: Uint8Array;
  readonly #tagBytes: number;
  readonly #counter = new Uint8Array(16);
  readonly #rollover = new Uint8Array(4);
  readonly #digest = new Uint8Array(20);

  constructor(crypto: SrtpCrypto, keys: SessionKeys, tagBytes: number) {
    this.#cipher = crypto.counterMode(keys.cipherKey);
    this.#authenticator = crypto.authenticator(keys.authKey);
    this.#salt = keys.cipherSalt;
    this.#tagBytes = tagBytes;
  }

  /**
   * Enciphers or deciphers `length` bytes in place. The SSRC may be signed or unsigned: its bits count.
   *
   * ```
   * IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)      RFC 3711 4.1.1
   *
   *  byte  0        4        8              14  16
   *        |  salt  |  salt  |     salt     | 0 |
   *                 |  SSRC  |    index     |
   * ```
   */
  apply(ssrc: number, index: number, bytes: Uint8Array, offset: number, length: number): void {
    const counter = this.#counter;
    const salt = this.#salt;
    for (let i = 0; i < 14; i++) counter[i] = salt[i];
    // The index has up to 48 bits: its upper 16 are cut off by division, the rest by integer operations.
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    counter[4] ^= ssrc >>> 24;
    counter[5] ^= ssrc >>> 16;
    counter[6] ^= ssrc >>> 8;
    counter[7] ^= ssrc;
    counter[8] ^= high >>> 8;
    counter[9] ^= high;
    counter[10] ^= low >>> 24;
    counter[11] ^= low >>> 16;
    counter[12] ^= low >>> 8;
    counter[13] ^= low;
    this.#cipher.apply(counter, bytes, offset, length);
  }

  /** Writes the tag of an SRTP packet of `length` bytes right behind it. It covers the rollover counter too (4.2). */
  writeRtpTag(rolloverCounter: number, bytes: Uint8Array, offset: number, length: number): void {
    this.#compute(this.#rolloverBytes(rolloverCounter), bytes, offset, length);
    this.#copyTag(bytes, offset + length);
  }

  /** Whether the tag behind an SRTP packet of `length` bytes is right. */
  isRtpTag(rolloverCounter: number, bytes: Uint8Array, offset: number, length: number): boolean {
    this.#compute(this.#rolloverBytes(rolloverCounter), bytes, offset, length);
    return equalBytes(this.#digest, 0, bytes, offset + length, this.#tagBytes);
  }

  /** Writes the tag of an SRTCP packet, whose `length` bytes include the E flag and the index, right behind it. */
  writeRtcpTag(bytes: Uint8Array, offset: number, length: number): void {
    this.#compute(NOTHING, bytes, offset, length);
    this.#copyTag(bytes, offset + length);
  }

  /** Whether the tag behind an SRTCP packet, whose `length` bytes include the E flag and the index, is right. */
  isRtcpTag(bytes: Uint8Array, offset: number, length: number): boolean {
    this.#compute(NOTHING, bytes, offset, length);
    return equalBytes(this.#digest, 0, bytes, offset + length, this.#tagBytes);
  }

  #compute(trailer: Uint8Array, bytes: Uint8Array, offset: number, length: number): void {
    this.#authenticator.digest(bytes, offset, length, trailer, this.#digest);
  }

  #copyTag(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < this.#tagBytes; i++) bytes[at + i] = this.#digest[i];
  }

  #rolloverBytes(rolloverCounter: number): Uint8Array {
    const out = this.#rollover;
    out[0] = rolloverCounter >>> 24;
    out[1] = rolloverCounter >>> 16;
    out[2] = rolloverCounter >>> 8;
    out[3] = rolloverCounter;
    return out;
  }
}

const NOTHING = new Uint8Array(0);
