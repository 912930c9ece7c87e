import { type HmacSha1, type HmacSha256, Writer } from '@hawser/wire';
import { addressValueBytes, type TransportAddress, writeAddress } from './attributes/address.ts';
import { ERROR_CODE_BYTES, reasonPhrase } from './attributes/error-code.ts';
import { utf8Bytes, writeUtf8 } from './attributes/text.ts';
import { StunError } from './errors.ts';
import { FINGERPRINT_ATTRIBUTE_BYTES, fingerprint } from './fingerprint.ts';
import { HEADER_BYTES, MAGIC_COOKIE, messageType, TRANSACTION_ID_BYTES } from './header.ts';
import { INTEGRITY_ATTRIBUTE_BYTES, integrityInto } from './integrity.ts';
import { INTEGRITY_SHA256_BYTES, integritySha256Into, isIntegritySha256Length } from './integrity-sha256.ts';
import { AttributeType, type StunClass } from './registry.ts';

/** Most bytes of a USERNAME on sending: "fewer than 509" (RFC 8489 14.3). */
export const USERNAME_LIMIT_BYTES = 508;

/** Most characters of REALM, NONCE, SOFTWARE and a reason phrase: "fewer than 128" (RFC 8489 14.8 to 14.14). */
export const TEXT_LIMIT_CHARACTERS = 127;

/**
 * Writes STUN messages into the caller's memory (RFC 8489 5 and 14). One writer is reused; writing allocates nothing.
 *
 * ```ts
 * writer.begin(slot.buffer, slot.offset, slotCapacity(slot), StunClass.request, StunMethod.binding, id, 0);
 * writer.username('remote:local');
 * writer.priority(1_845_501_695);
 * writer.integrity(key);
 * writer.fingerprint();
 * slot.length = writer.finish();
 * ```
 *
 * Attributes appear in the order of the calls; `integrity`, `integritySha256` and `fingerprint` are the last, in this
 * order. What does not fit makes `finish` answer -1.
 *
 * Errors: `wrong-order` for an attribute behind `integrity` or `fingerprint`, `too-long` and `out-of-range` for values
 * that the RFC does not allow.
 */
export class StunWriter {
  readonly #out = new Writer();
  #start = 0;
  #stage = OPEN;

  /**
   * Starts a message of at most `capacity` bytes in `buffer` at `offset`; drops one that was begun.
   *
   * @param transactionId holds the 12 bytes of the transaction id at `transactionIdOffset`; may be the
   * place in `buffer` where it is going to stand
   */
  begin(
    buffer: Uint8Array,
    offset: number,
    capacity: number,
    cls: StunClass,
    method: number,
    transactionId: Uint8Array,
    transactionIdOffset: number,
  ): this {
    if (transactionIdOffset < 0 || transactionIdOffset + TRANSACTION_ID_BYTES > transactionId.length) {
      throw new StunError('out-of-range', 'transaction id outside its array');
    }
    const out = this.#out.reset(buffer, offset, capacity);
    this.#start = offset;
    this.#stage = OPEN;
    const at = out.reserve(HEADER_BYTES);
    if (at < 0) return this;
    out.patchU16(at, messageType(cls, method));
    out.patchU16(at + 2, 0);
    out.patchU32(at + 4, MAGIC_COOKIE);
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) buffer[at + 8 + i] = transactionId[transactionIdOffset + i];
    return this;
  }

  /** Any attribute, from `length` bytes of `value` at `valueOffset`. */
  attribute(type: number, value: Uint8Array, valueOffset = 0, length = value.length - valueOffset): void {
    if (valueOffset < 0 || valueOffset + length > value.length) {
      throw new StunError('out-of-range', 'attribute value outside its array');
    }
    const at = this.#open(type, length);
    const buffer = this.#out.buffer;
    if (at >= 0) for (let i = 0; i < length; i++) buffer[at + i] = value[valueOffset + i];
  }

  /** An attribute without a value. */
  flag(type: number): void {
    this.#open(type, 0);
  }

  /** An attribute of one unsigned 32-bit integer. */
  u32(type: number, value: number): void {
    const at = this.#open(type, 4);
    if (at >= 0) this.#out.patchU32(at, value);
  }

  /** An attribute of one unsigned 64-bit integer in two words. */
  u64(type: number, high: number, low: number): void {
    const at = this.#open(type, 8);
    if (at < 0) return;
    this.#out.patchU32(at, high);
    this.#out.patchU32(at + 4, low);
  }

  /** An attribute of UTF-8 text. */
  text(type: number, text: string): void {
    this.#text(type, text, utf8Bytes(text));
  }

  /** An address attribute in its exclusive-ored form (RFC 8489 14.2); `address` must not be empty. */
  xorAddress(type: number, address: Readonly<TransportAddress>): void {
    this.#address(type, this.#start + 4, address);
  }

  /** An address attribute in its plain form (RFC 8489 14.1); `address` must not be empty. */
  address(type: number, address: Readonly<TransportAddress>): void {
    this.#address(type, -1, address);
  }

  /** USERNAME (RFC 8489 14.3); in ICE the peer's fragment, a colon, our own (RFC 8445 7.2.2). At most 508 bytes. */
  username(username: string): void {
    const bytes = utf8Bytes(username);
    if (bytes > USERNAME_LIMIT_BYTES) throw new StunError('too-long', 'a user name has at most 508 bytes');
    this.#text(AttributeType.username, username, bytes);
  }

  /** PRIORITY (RFC 8445 7.1.1): what a peer-reflexive candidate would have, 1 to 2^31 - 1. */
  priority(priority: number): void {
    this.u32(AttributeType.priority, priority);
  }

  /** ICE-CONTROLLED with the tie-breaker in two words (RFC 8445 7.1.3). */
  iceControlled(tieBreakerHigh: number, tieBreakerLow: number): void {
    this.u64(AttributeType.iceControlled, tieBreakerHigh, tieBreakerLow);
  }

  /** ICE-CONTROLLING with the tie-breaker in two words (RFC 8445 7.1.3). */
  iceControlling(tieBreakerHigh: number, tieBreakerLow: number): void {
    this.u64(AttributeType.iceControlling, tieBreakerHigh, tieBreakerLow);
  }

  /** USE-CANDIDATE (RFC 8445 7.1.2). */
  useCandidate(): void {
    this.flag(AttributeType.useCandidate);
  }

  /** NOMINATION as Chromium reads it: the highest value nominates. 0 to 2^32 - 1. */
  nomination(value: number): void {
    this.u32(AttributeType.nomination, value);
  }

  /** GOOG-NETWORK-INFO: two 16-bit numbers, the network's id and its cost (0 to 999). */
  googNetworkInfo(networkId: number, cost: number): void {
    this.u32(AttributeType.googNetworkInfo, ((networkId << 16) | (cost & 0xffff)) >>> 0);
  }

  /** Our own attribute, see {@link AttributeType.hawser}. */
  hawser(value: Uint8Array, valueOffset = 0, length = value.length - valueOffset): void {
    this.attribute(AttributeType.hawser, value, valueOffset, length);
  }

  /** XOR-MAPPED-ADDRESS (RFC 8489 14.2). */
  xorMappedAddress(address: Readonly<TransportAddress>): void {
    this.xorAddress(AttributeType.xorMappedAddress, address);
  }

  /** ERROR-CODE (RFC 8489 14.8). `code` 300 to 699; the recommended reason phrase unless another is given. */
  errorCode(code: number, reason: string = reasonPhrase(code)): void {
    if (!Number.isInteger(code) || code < 300 || code > 699) {
      throw new StunError('out-of-range', `an error code is 300 to 699, not ${code}`);
    }
    limitText(reason);
    const at = this.#open(AttributeType.errorCode, ERROR_CODE_BYTES + utf8Bytes(reason));
    if (at < 0) return;
    this.#out.patchU32(at, (Math.floor(code / 100) << 8) | (code % 100));
    writeUtf8(reason, this.#out.buffer, at + ERROR_CODE_BYTES);
  }

  /** UNKNOWN-ATTRIBUTES (RFC 8489 14.13): the first `count` of `types`, as `StunReader.unknownRequired` has them. */
  unknownAttributes(types: Uint16Array, count = types.length): void {
    if (count > types.length) throw new StunError('out-of-range', 'more types than there are');
    const at = this.#open(AttributeType.unknownAttributes, 2 * count);
    if (at >= 0) for (let i = 0; i < count; i++) this.#out.patchU16(at + 2 * i, types[i]);
  }

  /** SOFTWARE (RFC 8489 14.14), at most 127 characters. */
  software(description: string): void {
    limitText(description);
    this.text(AttributeType.software, description);
  }

  /** REALM (RFC 8489 14.9), at most 127 characters. */
  realm(realm: string): void {
    limitText(realm);
    this.text(AttributeType.realm, realm);
  }

  /**
   * PASSWORD-ALGORITHMS (RFC 8489 14.11), the best first, each without parameters: the known ones have none. See
   * `PasswordAlgorithm`.
   */
  passwordAlgorithms(algorithms: readonly number[]): void {
    const at = this.#open(AttributeType.passwordAlgorithms, 4 * algorithms.length);
    if (at >= 0) algorithms.forEach((algorithm, i) => void this.#out.patchU32(at + 4 * i, (algorithm << 16) >>> 0));
  }

  /** PASSWORD-ALGORITHM (RFC 8489 14.12), without parameters. */
  passwordAlgorithm(algorithm: number): void {
    this.u32(AttributeType.passwordAlgorithm, (algorithm << 16) >>> 0);
  }

  /** NONCE (RFC 8489 14.10), as the server gave it. */
  nonce(value: Uint8Array, valueOffset = 0, length = value.length - valueOffset): void {
    this.attribute(AttributeType.nonce, value, valueOffset, length);
  }

  /** MESSAGE-INTEGRITY (RFC 8489 14.5) over all that was written. Behind it only `integritySha256` and `fingerprint`. */
  integrity(key: HmacSha1): void {
    const at = this.#open(AttributeType.messageIntegrity, INTEGRITY_ATTRIBUTE_BYTES - 4);
    this.#stage = SEALED;
    if (at >= 0) integrityInto(key, this.#out.buffer, this.#start, at - 4, this.#out.buffer, at);
  }

  /**
   * MESSAGE-INTEGRITY-SHA256 (RFC 8489 14.6) over all that was written, `integrity` included. Behind it only `fingerprint`.
   *
   * @param tagBytes 16 to 32, a multiple of four; less than 32 only where the usage allows it
   */
  integritySha256(key: HmacSha256, tagBytes = INTEGRITY_SHA256_BYTES): void {
    if (!isIntegritySha256Length(tagBytes)) {
      throw new StunError('out-of-range', 'a tag has 16 to 32 bytes, a multiple of four');
    }
    if (this.#stage === SEALED) this.#stage = OPEN;
    const at = this.#open(AttributeType.messageIntegritySha256, tagBytes);
    this.#stage = SEALED_SHA256;
    if (at >= 0) integritySha256Into(key, this.#out.buffer, this.#start, at - 4, tagBytes, this.#out.buffer, at);
  }

  /** FINGERPRINT (RFC 8489 14.7). Behind it nothing. */
  fingerprint(): void {
    if (this.#stage === SEALED || this.#stage === SEALED_SHA256) this.#stage = OPEN;
    const at = this.#open(AttributeType.fingerprint, FINGERPRINT_ATTRIBUTE_BYTES - 4);
    this.#stage = CLOSED;
    if (at < 0) return;
    this.#patchLength();
    this.#out.patchU32(at, fingerprint(this.#out.buffer, this.#start, at - 4 - this.#start));
  }

  /** Completes the header; returns the bytes of the message, or -1 when it did not fit. */
  finish(): number {
    const length = this.#out.finish();
    if (length < 0 || length - HEADER_BYTES > 0xffff) return -1;
    this.#patchLength();
    return length;
  }

  /** Writes an attribute's header and padding; returns where the value goes, or -1 when it does not fit. */
  #open(type: number, length: number): number {
    if (this.#stage !== OPEN) throw new StunError('wrong-order', 'no attribute may follow, but FINGERPRINT once');
    if (length < 0 || length > 0xffff) throw new StunError('too-long', `an attribute has at most 65 535 bytes`);
    const out = this.#out;
    const padding = -length & 3;
    const at = out.reserve(4 + length + padding);
    if (at < 0) return -1;
    out.patchU16(at, type);
    out.patchU16(at + 2, length);
    // "The padding bits MUST be set to zero on sending" (RFC 8489 14).
    for (let i = 0; i < padding; i++) out.buffer[at + 4 + length + i] = 0;
    return at + 4;
  }

  #text(type: number, text: string, bytes: number): void {
    const at = this.#open(type, bytes);
    if (at >= 0) writeUtf8(text, this.#out.buffer, at);
  }

  #address(type: number, maskAt: number, address: Readonly<TransportAddress>): void {
    if (address.length === 0) throw new StunError('out-of-range', 'the address is empty');
    const at = this.#open(type, addressValueBytes(address.length));
    if (at >= 0) writeAddress(this.#out.buffer, at, maskAt, address);
  }

  #patchLength(): void {
    this.#out.patchU16(this.#start + 2, this.#out.length - HEADER_BYTES);
  }
}

function limitText(text: string): void {
  // Characters are code points here; their count is at most that of UTF-16 units.
  if (text.length > TEXT_LIMIT_CHARACTERS && [...text].length > TEXT_LIMIT_CHARACTERS) {
    throw new StunError('too-long', `at most ${TEXT_LIMIT_CHARACTERS} characters`);
  }
}

/** Attributes may be added. */
const OPEN = 0;
/** MESSAGE-INTEGRITY is written: only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT may follow. */
const SEALED = 1;
/** MESSAGE-INTEGRITY-SHA256 is written: only FINGERPRINT may follow. */
const SEALED_SHA256 = 2;
/** FINGERPRINT is written: nothing may follow. */
const CLOSED = 3;
