/**
 * Authenticated encryption of records of epoch 1, RFC 5246 6.2.3.3.
 *
 * AES-GCM (RFC 5288 3): nonce = 4 bytes of salt from the key block, 8 bytes explicit, which stand before the ciphertext.
 * ChaCha20-Poly1305 (RFC 7905 2): nonce = 12 bytes from the key block, the last 8 exclusive-or'ed; nothing is sent of it.
 * Either way the 8 bytes are epoch and sequence number, which are never used twice with one key. Additional data = epoch
 * and sequence number (8), type (1), version (2), plaintext length (2).
 */
import type { Aead, AeadAlgorithm, DtlsCrypto } from '../dtls-crypto.ts';
import { RECORD_HEADER_LENGTH, TAG_LENGTH, writeRecordHeader } from './record.ts';

/** Protection of one direction: one key, one salt. Reuses its buffers; allocates nothing of its own per record. */
export class RecordProtection {
  readonly #aead: Aead;
  readonly #explicitNonceLength: number;
  /** What the key block gives of the nonce: the salt of AES-GCM with zeros behind, or all of it. */
  readonly #iv = new Uint8Array(12);
  readonly #nonce = new Uint8Array(12);
  readonly #aad = new Uint8Array(13);

  /**
   * @param iv 4 bytes for AES-GCM, 12 for ChaCha20-Poly1305
   */
  constructor(crypto: DtlsCrypto, algorithm: AeadAlgorithm, key: Uint8Array, iv: Uint8Array) {
    this.#aead = crypto.createAead(algorithm, key);
    this.#iv.set(iv);
    this.#nonce.set(iv);
    this.#explicitNonceLength = 12 - iv.length;
  }

  /** Bytes of a record before its payload: 21 for AES-GCM, 13 for ChaCha20-Poly1305. */
  get prefixLength(): number {
    return RECORD_HEADER_LENGTH + this.#explicitNonceLength;
  }

  /**
   * Makes a record around `length` bytes of payload at `payload`: header and explicit nonce in the bytes before, tag in
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
    const nonceLength = this.#explicitNonceLength;
    const nonceAt = payload - nonceLength;
    const headerAt = nonceAt - RECORD_HEADER_LENGTH;
    writeRecordHeader(buffer, headerAt, type, version, epoch, number, nonceLength + length + TAG_LENGTH);
    for (let i = 0; i < nonceLength; i++) buffer[nonceAt + i] = buffer[headerAt + 3 + i];
    this.#prepare(buffer, headerAt, length);
    this.#aead.seal(this.#nonce, this.#aad, buffer, payload, length);
  }

  /**
   * Checks and decrypts in place the whole record of `recordLength` bytes at `offset`.
   *
   * @returns length of the plaintext, which stands `prefixLength` behind `offset`; -1 when it is too short to be one, -2 when the
   *   tag does not match: then nothing was changed
   */
  open(buffer: Uint8Array, offset: number, recordLength: number): number {
    const length = recordLength - this.prefixLength - TAG_LENGTH;
    if (length < 0) return -1;
    this.#prepare(buffer, offset, length);
    const payload = offset + this.prefixLength;
    return this.#aead.open(this.#nonce, this.#aad, buffer, payload, length) ? length : -2;
  }

  #prepare(buffer: Uint8Array, headerAt: number, plaintextLength: number): void {
    const nonce = this.#nonce;
    const aad = this.#aad;
    const iv = this.#iv;
    // Of AES-GCM what stands in the record counts, whatever made it; of ChaCha20-Poly1305 the record's number.
    const nonceAt = this.#explicitNonceLength > 0 ? headerAt + RECORD_HEADER_LENGTH : headerAt + 3;
    for (let i = 0; i < 8; i++) {
      aad[i] = buffer[headerAt + 3 + i];
      nonce[4 + i] = iv[4 + i] ^ buffer[nonceAt + i];
    }
    aad[8] = buffer[headerAt];
    aad[9] = buffer[headerAt + 1];
    aad[10] = buffer[headerAt + 2];
    aad[11] = plaintextLength >>> 8;
    aad[12] = plaintextLength;
  }
}
