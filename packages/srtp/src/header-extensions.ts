import type { CounterMode } from './crypto.ts';
import { writeCounterModeIv } from './initial-vector.ts';

/**
 * Encryption of header extension elements (RFC 6904): a keystream as long as the extension, of which those bytes are used that
 * stand in an encrypted element. Ids, lengths and padding stay in the clear, so both sides find the same bytes. AES-GCM uses
 * AES-CM for it as well (RFC 7714 8.3).
 */
export class HeaderExtensions {
  readonly #cipher: CounterMode;
  readonly #salt: Uint8Array;
  readonly #isEncrypted = new Uint8Array(256);
  readonly #counter = new Uint8Array(16);
  #keystream = new Uint8Array(64);

  constructor(cipher: CounterMode, salt: Uint8Array, ids: readonly number[]) {
    this.#cipher = cipher;
    this.#salt = salt;
    for (const id of ids) this.#isEncrypted[id] = 1;
  }

  /**
   * Encrypts or decrypts in place. The header has been checked: its extension, if it has one, ends with it.
   *
   * ```
   *  12 + 4 × CC   2            2        4 × length
   *  | ......... | profile    | length | elements |
   *  one-byte form: 0xBEDE, id 4 bits, length - 1 4 bits; two-byte form: 0x100 and 4 bits, id 8 bits, length 8 bits (RFC 8285)
   * ```
   */
  apply(bytes: Uint8Array, offset: number, headerBytes: number, ssrc: number, index: number): void {
    if ((bytes[offset] & 0x10) === 0) return;
    const extensionAt = offset + 12 + 4 * (bytes[offset] & 0x0f);
    const profile = (bytes[extensionAt] << 8) | bytes[extensionAt + 1];
    const isOneByte = profile === 0xbede;
    if (!isOneByte && profile >>> 4 !== 0x100) return;
    const start = extensionAt + 4;
    const end = offset + headerBytes;
    let isMade = false;
    for (let at = start; at < end; ) {
      const id = isOneByte ? bytes[at] >>> 4 : bytes[at];
      // Padding is a byte of its own; id 15 ends a list of the one-byte form (RFC 8285 4.2).
      if (id === 0) {
        at++;
        continue;
      }
      if (isOneByte && id === 15) return;
      const length = isOneByte ? (bytes[at] & 0x0f) + 1 : bytes[at + 1];
      const valueAt = at + (isOneByte ? 1 : 2);
      if (valueAt + length > end) return;
      if (this.#isEncrypted[id] !== 0) {
        if (!isMade) this.#makeKeystream(end - start, ssrc, index);
        isMade = true;
        for (let i = valueAt; i < valueAt + length; i++) bytes[i] ^= this.#keystream[i - start];
      }
      at = valueAt + length;
    }
  }

  /** The initialization vector is the packet's, key and salt are not (RFC 6904 3.2). */
  #makeKeystream(length: number, ssrc: number, index: number): void {
    if (this.#keystream.length < length) this.#keystream = new Uint8Array(2 * length);
    this.#keystream.fill(0, 0, length);
    writeCounterModeIv(this.#counter, this.#salt, ssrc, index);
    this.#cipher.apply(this.#counter, this.#keystream, 0, length);
  }
}
