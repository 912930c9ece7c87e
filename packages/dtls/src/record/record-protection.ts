/**
 * AES-128-GCM on records of epoch 1, RFC 5288 3 and RFC 5246 6.2.3.3.
 *
 * nonce = 4 bytes of salt from the key block, 8 bytes explicit. The explicit part is epoch and sequence number, which are
 * never used twice with one key. Additional data = epoch and sequence number (8), type (1), version (2), plaintext
 * length (2).
 */
import type { Aead, DtlsCrypto } from '../dtls-crypto.ts';
import { EXPLICIT_NONCE_LENGTH, RECORD_HEADER_LENGTH, TAG_LENGTH, writeRecordHeader } from './record.ts';

/** Protection of one direction: one key, one salt. Reuses its buffers; allocates nothing of its own per record. */
export class RecordProtection {
  readonly #aead: Aead;
  readonly #nonce = new Uint8Array(12);
  readonly #aad = new Uint8Array(13);

  /**
   * @param key 16 bytes
   * @param salt 4 bytes
   */
  constructor(crypto: DtlsCrypto, key: Uint8Array, salt: Uint8Array) {
    this.#aead = crypto.createAead('aes-128-gcm', key);
    this.#nonce.set(salt, 0);
  }

  /**
   * Makes a record around `length` bytes of payload at `payload`: header and explicit nonce in the 21 bytes before, tag in
   * the 16 behind.
   */
  seal(
    buffer: Uint8Array,
    payload: number,
    length: number,
    type: number,
    version: number,
    epoch: number,
    number: number,
  ): void {
    const nonceAt = payload - EXPLICIT_NONCE_LENGTH;
    const headerAt = nonceAt - RECORD_HEADER_LENGTH;
    writeRecordHeader(buffer, headerAt, type, version, epoch, number, EXPLICIT_NONCE_LENGTH + length + TAG_LENGTH);
    for (let i = 0; i < EXPLICIT_NONCE_LENGTH; i++) buffer[nonceAt + i] = buffer[headerAt + 3 + i];
    this.#prepare(buffer, headerAt, length);
    this.#aead.seal(this.#nonce, this.#aad, buffer, payload, length);
  }

  /**
   * Checks and decrypts in place the whole record of `recordLength` bytes at `offset`.
   *
   * @returns length of the plaintext, which stands 21 bytes behind `offset`; -1 when it is too short to be one, -2 when the
   *   tag does not match: then nothing was changed
   */
  open(buffer: Uint8Array, offset: number, recordLength: number): number {
    const length = recordLength - RECORD_HEADER_LENGTH - EXPLICIT_NONCE_LENGTH - TAG_LENGTH;
    if (length < 0) return -1;
    this.#prepare(buffer, offset, length);
    const payload = offset + RECORD_HEADER_LENGTH + EXPLICIT_NONCE_LENGTH;
    return this.#aead.open(this.#nonce, this.#aad, buffer, payload, length) ? length : -2;
  }

  #prepare(buffer: Uint8Array, headerAt: number, plaintextLength: number): void {
    const nonce = this.#nonce;
    const aad = this.#aad;
    for (let i = 0; i < 8; i++) {
      aad[i] = buffer[headerAt + 3 + i];
      nonce[4 + i] = buffer[headerAt + RECORD_HEADER_LENGTH + i];
    }
    aad[8] = buffer[headerAt];
    aad[9] = buffer[headerAt + 1];
    aad[10] = buffer[headerAt + 2];
    aad[11] = plaintextLength >>> 8;
    aad[12] = plaintextLength;
  }
}
