import { equalBytes, HmacSha1, HmacSha256, Verdict } from '@hawser/wire';
import { readAddress, type TransportAddress } from './attributes/address.ts';
import { ERROR_CODE_BYTES, readErrorCode } from './attributes/error-code.ts';
import { readUtf8 } from './attributes/text.ts';
import { FINGERPRINT_ATTRIBUTE_BYTES, fingerprint } from './fingerprint.ts';
import { classOf, HEADER_BYTES, isStun, methodOf, TRANSACTION_ID_BYTES } from './header.ts';
import { INTEGRITY_BYTES, integrityMatches } from './integrity.ts';
import { INTEGRITY_SHA256_BYTES, integritySha256Matches, isIntegritySha256Length } from './integrity-sha256.ts';
import { KnownAttributes } from './known-attributes.ts';
import { AttributeType, ICE_ATTRIBUTES, StunClass } from './registry.ts';

/** Most unknown comprehension-required attributes that are listed for a 420 answer. */
export const UNKNOWN_REQUIRED_LIMIT = 16;

/**
 * Reads STUN messages (RFC 8489 5 and 14) where they lie: the bytes are borrowed, nothing is copied, and parsing, walking
 * and checking allocate nothing. One reader is reused for every datagram.
 *
 * `parse` checks the header and the framing of all attributes. After `Verdict.consumed` the header fields hold, and
 * `first`, `next` and `find` move to attributes, whose values the typed readers read. What follows MESSAGE-INTEGRITY is
 * not seen, but for MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 9).
 *
 * Nothing read is to be acted on before {@link verifyIntegrity}, where the usage has credentials.
 *
 * Borrowed: `bytes` until the next `parse`.
 */
export class StunReader {
  /** The memory that holds the message. Borrowed. */
  bytes: Uint8Array = EMPTY;
  /** Index in `bytes` of the message. */
  offset = 0;
  /** Bytes of the message; 0 when there is none. */
  length = 0;
  cls: StunClass = StunClass.request;
  /** 0 to 0xfff; see `StunMethod`. */
  method = 0;

  /** Type of the current attribute, -1 when there is none. */
  type = NONE;
  /** Index in `bytes` of the current attribute's value. */
  valueOffset = 0;
  /** Bytes of the value, without padding; -1 when there is no current attribute. */
  valueLength = NONE;

  /** High word of the value that `u64` read. */
  high = 0;
  /** Low word of the value that `u64` read. */
  low = 0;

  /** Distinct comprehension-required types that are not understood, in order; the first `unknownRequiredCount` are valid. */
  readonly unknownRequired = new Uint16Array(UNKNOWN_REQUIRED_LIMIT);
  /** How many there are, at most 16. Above 0: a request is answered with 420, anything else is dropped (RFC 8489 6.3). */
  unknownRequiredCount = 0;

  readonly #known: KnownAttributes;
  #nextAt = 0;
  #visibleEnd = 0;
  #integrityAt = NONE;
  #sha256At = NONE;
  #fingerprintAt = NONE;

  /** @param understood comprehension-required attribute types that the user acts on; default {@link ICE_ATTRIBUTES} */
  constructor(understood?: readonly number[]) {
    this.#known = understood === undefined ? ICE_KNOWN : new KnownAttributes(understood);
  }

  /**
   * Checks a datagram and makes it the current message.
   *
   * - `consumed`: a well-formed message.
   * - `notMine`: no STUN by its first bits, cookie or length field; another protocol may know it.
   * - `malformed`: STUN by its header, but its length is not the datagram's, an attribute runs past the end, an integrity
   *   or fingerprint attribute has the wrong size, or FINGERPRINT is not the last.
   *
   * After anything but `consumed` there is no current message.
   */
  parse(bytes: Uint8Array, offset: number, length: number): Verdict {
    this.#clear();
    if (!isStun(bytes, offset, length)) return Verdict.notMine;
    if (((bytes[offset + 2] << 8) | bytes[offset + 3]) !== length - HEADER_BYTES) return Verdict.malformed;
    if (!this.#scan(bytes, offset, offset + length)) {
      this.#clear();
      return Verdict.malformed;
    }
    const type = (bytes[offset] << 8) | bytes[offset + 1];
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.cls = classOf(type);
    this.method = methodOf(type);
    this.#nextAt = offset + HEADER_BYTES;
    return Verdict.consumed;
  }

  /** Index in `bytes` of the 12 bytes of the transaction id. */
  get transactionIdOffset(): number {
    return this.offset + 8;
  }

  /** Whether the transaction id is the 12 bytes of `id` at `idOffset`. */
  transactionIdEquals(id: Uint8Array, idOffset: number): boolean {
    return this.length > 0 && equalBytes(this.bytes, this.offset + 8, id, idOffset, TRANSACTION_ID_BYTES);
  }

  /** Whether the message carries a MESSAGE-INTEGRITY that could be checked. */
  get hasIntegrity(): boolean {
    return this.#integrityAt >= 0;
  }

  /** Whether the message carries a MESSAGE-INTEGRITY-SHA256. */
  get hasIntegritySha256(): boolean {
    return this.#sha256At >= 0;
  }

  get hasFingerprint(): boolean {
    return this.#fingerprintAt >= 0;
  }

  /** Moves to the first attribute; false when there is none. */
  first(): boolean {
    this.#nextAt = this.offset + HEADER_BYTES;
    return this.next();
  }

  /** Moves to the next attribute; false behind the last, and then there is no current one. */
  next(): boolean {
    let at = this.#nextAt;
    if (at >= this.#visibleEnd) {
      // Of what follows the integrity attribute only these two exist for us (RFC 8489 9).
      if (this.#sha256At >= at) at = this.#sha256At;
      else if (this.#fingerprintAt >= at) at = this.#fingerprintAt;
      else return this.#leave();
    }
    const bytes = this.bytes;
    this.type = (bytes[at] << 8) | bytes[at + 1];
    this.valueOffset = at + 4;
    this.valueLength = (bytes[at + 2] << 8) | bytes[at + 3];
    this.#nextAt = at + 4 + ((this.valueLength + 3) & ~3);
    return true;
  }

  /** Moves to the first attribute of `type`; duplicates count for nothing (RFC 8489 14). False when there is none. */
  find(type: number): boolean {
    for (let found = this.first(); found; found = this.next()) if (this.type === type) return true;
    return false;
  }

  /** The value as an unsigned 32-bit integer; -1 when it is not 4 bytes long. */
  u32(): number {
    if (this.valueLength !== 4) return -1;
    return this.#word(this.valueOffset) >>> 0;
  }

  /** Reads a value of 8 bytes into {@link high} and {@link low}; false when it is not 8 bytes long. */
  u64(): boolean {
    if (this.valueLength !== 8) return false;
    this.high = this.#word(this.valueOffset) >>> 0;
    this.low = this.#word(this.valueOffset + 4) >>> 0;
    return true;
  }

  /**
   * Reads an XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS or XOR-RELAYED-ADDRESS (RFC 8489 14.2). False when its family is unknown
   * or its length is not the family's; `into` is then empty.
   */
  xorAddress(into: TransportAddress): boolean {
    return readAddress(this.bytes, this.valueOffset, this.valueLength, this.offset + 4, into);
  }

  /** Reads a MAPPED-ADDRESS or ALTERNATE-SERVER (RFC 8489 14.1); false as for {@link xorAddress}. */
  address(into: TransportAddress): boolean {
    return readAddress(this.bytes, this.valueOffset, this.valueLength, NONE, into);
  }

  /** The code of an ERROR-CODE, 300 to 699; -1 when it is not well-formed (RFC 8489 14.8). */
  errorCode(): number {
    return readErrorCode(this.bytes, this.valueOffset, this.valueLength);
  }

  /** The reason phrase of an ERROR-CODE. Allocates; not to be trusted, for diagnosis only. */
  reason(): string {
    if (this.valueLength < ERROR_CODE_BYTES) return '';
    return readUtf8(this.bytes, this.valueOffset + ERROR_CODE_BYTES, this.valueLength - ERROR_CODE_BYTES);
  }

  /**
   * Reads the types of an UNKNOWN-ATTRIBUTES (RFC 8489 14.13) into `into`, as many as fit; returns how many the attribute
   * lists, or -1 when it is not a list of 16-bit numbers.
   */
  unknownAttributes(into: Uint16Array): number {
    if (this.valueLength < 0 || (this.valueLength & 1) !== 0) return -1;
    const count = this.valueLength >> 1;
    for (let i = 0, at = this.valueOffset; i < count && i < into.length; i++, at += 2) {
      into[i] = (this.bytes[at] << 8) | this.bytes[at + 1];
    }
    return count;
  }

  /** The value as UTF-8 text. Allocates; USERNAME is better compared with {@link valueEquals}. */
  text(): string {
    return this.valueLength <= 0 ? '' : readUtf8(this.bytes, this.valueOffset, this.valueLength);
  }

  /** Whether the value is the `length` bytes of `other` at `otherOffset`. Takes the same time wherever they differ. */
  valueEquals(other: Uint8Array, otherOffset = 0, length = other.length - otherOffset): boolean {
    return this.valueLength === length && equalBytes(this.bytes, this.valueOffset, other, otherOffset, length);
  }

  /**
   * Whether MESSAGE-INTEGRITY is there and right under `key` (RFC 8489 14.5). Hashes the bytes where they lie and compares
   * in constant time. A key of bytes is hashed anew at every call: keep an `HmacSha1` (see `shortTermKey`).
   */
  verifyIntegrity(key: HmacSha1 | Uint8Array): boolean {
    if (this.#integrityAt < 0) return false;
    const hmac = key instanceof HmacSha1 ? key : new HmacSha1(key);
    return integrityMatches(hmac, this.bytes, this.offset, this.#integrityAt);
  }

  /**
   * Whether MESSAGE-INTEGRITY-SHA256 is there and right under `key` (RFC 8489 14.6), as {@link verifyIntegrity}.
   *
   * @param leastBytes shortest tag that is taken, 16 to 32; "the full 32 bytes unless the STUN Usage explicitly specifies
   * that truncation is allowed"
   */
  verifyIntegritySha256(key: HmacSha256 | Uint8Array, leastBytes = INTEGRITY_SHA256_BYTES): boolean {
    const at = this.#sha256At;
    if (at < 0) return false;
    const tagBytes = (this.bytes[at + 2] << 8) | this.bytes[at + 3];
    if (tagBytes < leastBytes) return false;
    const hmac = key instanceof HmacSha256 ? key : new HmacSha256(key);
    return integritySha256Matches(hmac, this.bytes, this.offset, at, tagBytes);
  }

  /** Whether FINGERPRINT is there and right (RFC 8489 14.7). It tells STUN from other protocols; it proves nothing. */
  verifyFingerprint(): boolean {
    const at = this.#fingerprintAt;
    return at >= 0 && fingerprint(this.bytes, this.offset, at - this.offset) === this.#word(at + 4);
  }

  /** One pass over all attributes: framing, and where those lie that have a meaning for the message as a whole. */
  #scan(bytes: Uint8Array, offset: number, end: number): boolean {
    let visible = true;
    this.#visibleEnd = end;
    for (let at = offset + HEADER_BYTES; at < end; ) {
      // Lengths are multiples of four throughout, so an attribute header is never cut.
      const type = (bytes[at] << 8) | bytes[at + 1];
      const length = (bytes[at + 2] << 8) | bytes[at + 3];
      const next = at + 4 + ((length + 3) & ~3);
      if (next > end) return false;
      if (type === AttributeType.fingerprint) {
        // 14.7: MUST be the last attribute.
        if (length !== 4 || at + FINGERPRINT_ATTRIBUTE_BYTES !== end) return false;
        this.#fingerprintAt = at;
      } else if (type === AttributeType.messageIntegrity) {
        if (length !== INTEGRITY_BYTES) return false;
        if (visible) {
          this.#integrityAt = at;
          this.#visibleEnd = next;
          visible = false;
        }
      } else if (type === AttributeType.messageIntegritySha256) {
        if (!isIntegritySha256Length(length)) return false;
        if (this.#sha256At < 0) this.#sha256At = at;
        if (visible) {
          this.#noteUnknown(type);
          this.#visibleEnd = next;
          visible = false;
        }
      } else if (visible) {
        this.#noteUnknown(type);
      }
      at = next;
    }
    return true;
  }

  #noteUnknown(type: number): void {
    if (this.#known.allows(type)) return;
    const count = this.unknownRequiredCount;
    if (count === UNKNOWN_REQUIRED_LIMIT) return;
    for (let i = 0; i < count; i++) if (this.unknownRequired[i] === type) return;
    this.unknownRequired[count] = type;
    this.unknownRequiredCount = count + 1;
  }

  /** Four bytes as a signed integer: see `fingerprint` for why not unsigned. */
  #word(at: number): number {
    const bytes = this.bytes;
    return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }

  #leave(): boolean {
    this.type = NONE;
    this.valueLength = NONE;
    return false;
  }

  #clear(): void {
    this.bytes = EMPTY;
    this.offset = 0;
    this.length = 0;
    this.type = NONE;
    this.valueLength = NONE;
    this.unknownRequiredCount = 0;
    this.#nextAt = 0;
    this.#visibleEnd = 0;
    this.#integrityAt = NONE;
    this.#sha256At = NONE;
    this.#fingerprintAt = NONE;
  }
}

const NONE = -1;
const EMPTY = new Uint8Array(0);
const ICE_KNOWN = new KnownAttributes(ICE_ATTRIBUTES);
