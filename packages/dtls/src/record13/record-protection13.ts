import type { Aead, DtlsCrypto, RecordNumberMask } from '../dtls-crypto.ts';
import type { TrafficKeys } from '../handshake13/key-schedule.ts';
import type { Suite13 } from '../handshake13/suites.ts';
import { MAX_PLAINTEXT_LENGTH, TAG_LENGTH } from '../record/record.ts';
import {
  CONNECTION_ID_BIT,
  EPOCH_BITS,
  LONG_NUMBER_BIT,
  OUR_FLAGS,
  OUR_HEADER_LENGTH,
  reconstructNumber,
  unifiedHeaderLength,
} from './unified-header.ts';

/** Most bytes of plaintext, content type and padding (RFC 8446 5.4). */
const MAX_INNER_LENGTH = MAX_PLAINTEXT_LENGTH + 1;
/** What `seal` puts behind a payload: its content type and the tag (RFC 8446 5.2). */
export const SUFFIX_LENGTH_13 = 1 + TAG_LENGTH;

/**
 * Protection of one direction in one epoch, RFC 9147 4 and RFC 8446 5.2, 5.3.
 *
 * nonce = iv XOR record number; additional data = the header before its number is encrypted. Reuses its buffers; allocates
 * nothing of its own per record.
 */
export class RecordProtection13 {
  readonly #aead: Aead;
  readonly #mask: RecordNumberMask;
  readonly #iv: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  /** Additional data by its length, made when first needed: a cipher takes the whole of an array. */
  readonly #aads: Uint8Array[] = [];
  /** [0] the full number of the record that `open` saw last. In an array, where a double costs no object. */
  readonly #opened = new Float64Array(1);

  /** @param keys overwritten */
  constructor(crypto: DtlsCrypto, suite: Suite13, keys: TrafficKeys) {
    this.#aead = crypto.createAead(suite.aead, keys.key);
    this.#mask = crypto.createRecordNumberMask(suite.aead, keys.sn);
    this.#iv = keys.iv.slice();
    this.#nonce.set(this.#iv);
    for (const bytes of [keys.key, keys.iv, keys.sn]) bytes.fill(0);
  }

  /** The full number of the record that `open` was given last. */
  get openedNumber(): number {
    return this.#opened[0];
  }

  /**
   * Makes a record around `length` bytes at `payload`: the header in the 5 bytes and those of the connection id before it,
   * content type and tag in the 17 behind it.
   */
  seal(
    buffer: Uint8Array,
    payload: number,
    length: number,
    type: number,
    epoch: number,
    number: number,
    connectionId: Uint8Array,
  ): void {
    const idLength = connectionId.length;
    const headerLength = OUR_HEADER_LENGTH + idLength;
    const at = payload - headerLength;
    const protectedLength = length + SUFFIX_LENGTH_13;
    const numberAt = at + 1 + idLength;
    buffer[payload + length] = type;
    buffer[at] = OUR_FLAGS | (idLength > 0 ? CONNECTION_ID_BIT : 0) | (epoch & EPOCH_BITS);
    for (let i = 0; i < idLength; i++) buffer[at + 1 + i] = connectionId[i];
    const low = number % 0x1_0000;
    buffer[numberAt] = low >>> 8;
    buffer[numberAt + 1] = low;
    buffer[numberAt + 2] = protectedLength >>> 8;
    buffer[numberAt + 3] = protectedLength;
    this.#setNonce(number);
    this.#aead.seal(this.#nonce, this.#header(buffer, at, headerLength), buffer, payload, length + 1);
    const mask = this.#mask.mask(buffer, payload);
    buffer[numberAt] ^= mask >>> 8;
    buffer[numberAt + 1] ^= mask;
  }

  /**
   * Checks and decrypts in place the whole record of `recordLength` bytes at `offset`.
   *
   * @param expected one more than the highest number that was opened in the epoch
   * @returns bytes from behind the header that are plaintext, content type and padding included; -1 when it is too short or
   *   too long to be a record, -2 when the tag does not match: then nothing was changed
   */
  open(buffer: Uint8Array, offset: number, recordLength: number, idLength: number, expected: number): number {
    const flags = buffer[offset];
    const headerLength = unifiedHeaderLength(flags, idLength);
    const length = recordLength - headerLength - TAG_LENGTH;
    if (length < 1 || length > MAX_INNER_LENGTH) return -1;
    const payload = offset + headerLength;
    const aad = this.#header(buffer, offset, headerLength);
    const numberAt = 1 + ((flags & CONNECTION_ID_BIT) === 0 ? 0 : idLength);
    const mask = this.#mask.mask(buffer, payload);
    aad[numberAt] ^= mask >>> 8;
    let low = aad[numberAt];
    let span = 0x100;
    if ((flags & LONG_NUMBER_BIT) !== 0) {
      aad[numberAt + 1] ^= mask;
      low = (low << 8) | aad[numberAt + 1];
      span = 0x1_0000;
    }
    const number = reconstructNumber(low, span, expected);
    this.#opened[0] = number;
    this.#setNonce(number);
    return this.#aead.open(this.#nonce, aad, buffer, payload, length) ? length : -2;
  }

  /** RFC 8446 5.3: the number, padded to the left, XOR the iv. */
  #setNonce(number: number): void {
    const nonce = this.#nonce;
    const iv = this.#iv;
    const high = Math.floor(number / 0x1_0000_0000);
    const low = number >>> 0;
    nonce[6] = iv[6] ^ (high >>> 8);
    nonce[7] = iv[7] ^ high;
    nonce[8] = iv[8] ^ (low >>> 24);
    nonce[9] = iv[9] ^ (low >>> 16);
    nonce[10] = iv[10] ^ (low >>> 8);
    nonce[11] = iv[11] ^ low;
  }

  #header(buffer: Uint8Array, at: number, length: number): Uint8Array {
    let aad = this.#aads[length];
    if (aad === undefined) {
      aad = new Uint8Array(length);
      this.#aads[length] = aad;
    }
    for (let i = 0; i < length; i++) aad[i] = buffer[at + i];
    return aad;
  }
}
