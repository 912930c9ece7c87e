/**
 * Authenticated encryption of records of epoch 1, RFC 5246 6.2.3.3.
 *
 * AES-GCM (RFC 5288 3): nonce = 4 bytes of salt from the key block, 8 bytes explicit, which stand before the ciphertext.
 * ChaCha20-Poly1305 (RFC 7905 2): nonce = 12 bytes from the key block, the last 8 exclusive-or'ed; nothing is sent of it.
 * Either way the 8 bytes are epoch and sequence number, which are never used twice with one key.
 *
 * Additional data = epoch and sequence number (8), type (1), version (2), plaintext length (2). With a connection id
 * (RFC 9146 5.3): eight bytes of ones, 25, length of the id, 25, version (2), epoch and sequence number (8), the id, length of
 * the inner plaintext (2), which is the plaintext, its type (1) and zeros.
 */
import type { Aead, AeadAlgorithm, DtlsCrypto } from '../dtls-crypto.ts';
import { ContentType, MAX_PLAINTEXT_LENGTH, RECORD_HEADER_LENGTH, TAG_LENGTH, writeRecordHeader } from './record.ts';

const NO_ID = new Uint8Array(0);

/** Protection of one direction: one key, one salt, one connection id. Allocates nothing of its own per record. */
export class RecordProtection {
  readonly #aead: Aead;
  readonly #explicitNonceLength: number;
  /** What the key block gives of the nonce: the salt of AES-GCM with zeros behind, or all of it. */
  readonly #iv = new Uint8Array(12);
  readonly #nonce = new Uint8Array(12);
  readonly #connectionId: Uint8Array;
  readonly #aad: Uint8Array;
  /** Bytes of a record before its payload: 21 for AES-GCM, 13 for ChaCha20-Poly1305, and the connection id. */
  readonly prefixLength: number;
  /** Bytes of a record behind its payload: the tag, and with a connection id the type. */
  readonly suffixLength: number;
  /** The type of the record that `open` took last. */
  openedType = 0;

  /**
   * @param iv 4 bytes for AES-GCM, 12 for ChaCha20-Poly1305
   * @param connectionId what stands in records of this direction; empty = none
   */
  constructor(
    crypto: DtlsCrypto,
    algorithm: AeadAlgorithm,
    key: Uint8Array,
    iv: Uint8Array,
    connectionId: Uint8Array = NO_ID,
  ) {
    this.#aead = crypto.createAead(algorithm, key);
    this.#iv.set(iv);
    this.#nonce.set(iv);
    this.#explicitNonceLength = 12 - iv.length;
    this.#connectionId = connectionId;
    const idLength = connectionId.length;
    this.prefixLength = RECORD_HEADER_LENGTH + idLength + this.#explicitNonceLength;
    this.suffixLength = TAG_LENGTH + (idLength > 0 ? 1 : 0);
    this.#aad = new Uint8Array(idLength > 0 ? 23 + idLength : 13);
    if (idLength === 0) return;
    this.#aad.fill(0xff, 0, 8);
    this.#aad.set([ContentType.tls12Cid, idLength, ContentType.tls12Cid], 8);
    this.#aad.set(connectionId, 21);
  }

  /**
   * Makes a record around `length` bytes of payload at `payload`: header and explicit nonce in the bytes before, tag in the
   * 16 behind, and before the tag with a connection id the type.
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
    const headerAt = payload - this.prefixLength;
    const id = this.#connectionId;
    const hasId = id.length > 0;
    const inner = hasId ? length + 1 : length;
    const outerType = hasId ? ContentType.tls12Cid : type;
    writeRecordHeader(buffer, headerAt, outerType, version, epoch, number, nonceLength + inner + TAG_LENGTH);
    if (hasId) {
      buffer[payload + length] = type;
      // The length moves behind the id; its last byte first, since the id may be shorter than it.
      const lengthAt = headerAt + RECORD_HEADER_LENGTH - 2;
      for (let i = 1; i >= 0; i--) buffer[lengthAt + id.length + i] = buffer[lengthAt + i];
      for (let i = 0; i < id.length; i++) buffer[lengthAt + i] = id[i];
    }
    for (let i = 0; i < nonceLength; i++) buffer[payload - nonceLength + i] = buffer[headerAt + 3 + i];
    this.#prepare(buffer, headerAt, inner);
    this.#aead.seal(this.#nonce, this.#aad, buffer, payload, inner);
  }

  /**
   * Checks and decrypts in place the whole record of `recordLength` bytes at `offset`; its type is `openedType` then.
   *
   * @returns length of the plaintext, which stands `prefixLength` behind `offset`; -1 when it cannot be one of this direction,
   *   or has more plaintext than 2^14 bytes, with a connection id counted as RFC 9146 5.3 does;
   *   -2 when id or tag do not match: then nothing was changed
   */
  open(buffer: Uint8Array, offset: number, recordLength: number): number {
    const id = this.#connectionId;
    const hasId = id.length > 0;
    const length = recordLength - this.prefixLength - TAG_LENGTH;
    if (
      length < (hasId ? 1 : 0) ||
      length > MAX_PLAINTEXT_LENGTH ||
      (buffer[offset] === ContentType.tls12Cid) !== hasId
    )
      return -1;
    for (let i = 0; i < id.length; i++) if (buffer[offset + RECORD_HEADER_LENGTH - 2 + i] !== id[i]) return -2;
    this.#prepare(buffer, offset, length);
    const payload = offset + this.prefixLength;
    if (!this.#aead.open(this.#nonce, this.#aad, buffer, payload, length)) return -2;
    this.openedType = buffer[offset];
    return hasId ? this.#unwrap(buffer, payload, length) : length;
  }

  /** RFC 9146 4: the type is the last byte that is not zero. Nothing but zeros is no record of ours: type 0 says so. */
  #unwrap(buffer: Uint8Array, payload: number, inner: number): number {
    let end = payload + inner - 1;
    while (end > payload && buffer[end] === 0) end--;
    this.openedType = buffer[end];
    return end - payload;
  }

  #prepare(buffer: Uint8Array, headerAt: number, plaintextLength: number): void {
    const nonce = this.#nonce;
    const aad = this.#aad;
    const iv = this.#iv;
    const idLength = this.#connectionId.length;
    // Of AES-GCM what stands in the record counts, whatever made it; of ChaCha20-Poly1305 the record's number.
    const nonceAt = this.#explicitNonceLength > 0 ? headerAt + RECORD_HEADER_LENGTH + idLength : headerAt + 3;
    const numberAt = idLength > 0 ? 13 : 0;
    for (let i = 0; i < 8; i++) {
      aad[numberAt + i] = buffer[headerAt + 3 + i];
      nonce[4 + i] = iv[4 + i] ^ buffer[nonceAt + i];
    }
    const versionAt = idLength > 0 ? 11 : 9;
    if (idLength === 0) aad[8] = buffer[headerAt];
    aad[versionAt] = buffer[headerAt + 1];
    aad[versionAt + 1] = buffer[headerAt + 2];
    aad[aad.length - 2] = plaintextLength >>> 8;
    aad[aad.length - 1] = plaintextLength;
  }
}
