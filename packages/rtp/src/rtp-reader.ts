import { Verdict } from '@hawser/wire';
import { readU16, readU32 } from './bytes.ts';

/**
 * Reads one RTP packet from borrowed bytes. One reader is reused for many packets; reading allocates nothing.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |                             SSRC                              |
 * |                      CSRCs, CC of them                        |
 * |     defined by profile        |        words of extension     |  when X
 * |                       header extension                        |
 * ```
 *
 * Borrowed: `bytes`, until the next `parse`. RFC: 3550 5.1, 5.3.1; 8285 4.
 */
export class RtpReader {
  bytes: Uint8Array = EMPTY;
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** Contributing sources, 0 to 15. */
  csrcCount = 0;
  /** The 16 bits "defined by profile": 0xBEDE one-byte form, 0x1000 to 0x100F two-byte form; -1 without an extension. */
  extensionProfile = -1;
  /** Index in `bytes` of the extension's data, and its length. */
  extensionDataOffset = 0;
  extensionDataLength = 0;
  /** Header with CSRCs and extension. */
  headerBytes = 0;
  payloadOffset = 0;
  payloadLength = 0;
  /** Bytes of padding at the end, the count itself included; 0 without. */
  paddingBytes = 0;
  /** The element that `nextExtension` or `findExtension` stands on. */
  extensionId = 0;
  extensionOffset = 0;
  extensionLength = 0;
  #csrcOffset = 0;
  #walk = 0;
  #walkEnd = 0;

  /**
   * Reads the header and checks everything that has a length: CSRCs, extension, each extension element, padding.
   *
   * `malformed`: too short, another version, or a length that lies. Fields are then meaningless.
   */
  parse(bytes: Uint8Array, offset: number, length: number): Verdict {
    const end = offset + length;
    if (length < FIXED_BYTES || offset < 0 || end > bytes.length || bytes[offset] >>> 6 !== 2) return Verdict.malformed;
    this.bytes = bytes;
    const first = bytes[offset];
    this.csrcCount = first & 0x0f;
    this.#csrcOffset = offset + FIXED_BYTES;
    let at = this.#csrcOffset + 4 * this.csrcCount;
    this.extensionProfile = -1;
    this.extensionDataLength = 0;
    if ((first & EXTENSION_BIT) !== 0) {
      if (end - at < 4) return Verdict.malformed;
      this.extensionProfile = readU16(bytes, at);
      this.extensionDataLength = 4 * readU16(bytes, at + 2);
      at += 4;
      this.extensionDataOffset = at;
      at += this.extensionDataLength;
    }
    if (at > end) return Verdict.malformed;
    this.paddingBytes = 0;
    if ((first & PADDING_BIT) !== 0) {
      this.paddingBytes = at === end ? 0 : bytes[end - 1];
      if (this.paddingBytes === 0 || this.paddingBytes > end - at) return Verdict.malformed;
    }
    this.marker = (bytes[offset + 1] & 0x80) !== 0;
    this.payloadType = bytes[offset + 1] & 0x7f;
    this.sequence = readU16(bytes, offset + 2);
    this.timestamp = readU32(bytes, offset + 4);
    this.ssrc = readU32(bytes, offset + 8);
    this.headerBytes = at - offset;
    this.payloadOffset = at;
    this.payloadLength = end - at - this.paddingBytes;
    return this.#checkExtension() ? Verdict.consumed : Verdict.malformed;
  }

  /** The contributing source of index `i`, `0 <= i < csrcCount`. */
  csrc(i: number): number {
    return readU32(this.bytes, this.#csrcOffset + 4 * i);
  }

  /** Starts over the extension elements: `nextExtension` then stands on the first. */
  rewindExtensions(): void {
    this.#walk = this.extensionDataOffset;
    this.#walkEnd = this.extensionDataOffset + this.extensionDataLength;
  }

  /**
   * Moves to the next extension element, in either form, and answers whether there is one: `extensionId`,
   * `extensionOffset` and `extensionLength` then describe it. RFC: 8285 4.2, 4.3.
   */
  nextExtension(): boolean {
    if (this.extensionProfile === ONE_BYTE_PROFILE) return this.#nextOneByte();
    if ((this.extensionProfile & 0xfff0) === TWO_BYTE_PROFILE) return this.#nextTwoByte();
    return false;
  }

  /**
   * Stands on the element of `id` and answers the index in `bytes` of its data, `extensionLength` long; -1 when the packet
   * has none.
   */
  findExtension(id: number): number {
    this.rewindExtensions();
    while (this.nextExtension()) if (this.extensionId === id) return this.extensionOffset;
    return -1;
  }

  /** One-byte form: 4 bits of id, 4 bits of length minus one. Id 15 ends it, and so does id 0 with a length (8285 4.2). */
  #nextOneByte(): boolean {
    const bytes = this.bytes;
    while (this.#walk < this.#walkEnd && bytes[this.#walk] === 0) this.#walk++;
    if (this.#walk >= this.#walkEnd) return false;
    const id = bytes[this.#walk] >>> 4;
    if (id === 0 || id === 15) {
      this.#walk = this.#walkEnd;
      return false;
    }
    return this.#stand(id, this.#walk + 1, (bytes[this.#walk] & 0x0f) + 1);
  }

  /** Two-byte form: 8 bits of id, 8 bits of length; id 0 is one byte of padding (8285 4.3). */
  #nextTwoByte(): boolean {
    const bytes = this.bytes;
    while (this.#walk < this.#walkEnd && bytes[this.#walk] === 0) this.#walk++;
    if (this.#walk >= this.#walkEnd) return false;
    if (this.#walk + 2 > this.#walkEnd) return this.#overrun();
    return this.#stand(bytes[this.#walk], this.#walk + 2, bytes[this.#walk + 1]);
  }

  #stand(id: number, offset: number, length: number): boolean {
    if (offset + length > this.#walkEnd) return this.#overrun();
    this.extensionId = id;
    this.extensionOffset = offset;
    this.extensionLength = length;
    this.#walk = offset + length;
    return true;
  }

  /** An element that says more than there is: `parse` sees the walk end beyond its end. */
  #overrun(): boolean {
    this.#walk = this.#walkEnd + 1;
    return false;
  }

  #checkExtension(): boolean {
    this.rewindExtensions();
    while (this.nextExtension());
    return this.#walk <= this.#walkEnd;
  }
}

const EMPTY = new Uint8Array(0);
const FIXED_BYTES = 12;
const PADDING_BIT = 0x20;
const EXTENSION_BIT = 0x10;
export const ONE_BYTE_PROFILE = 0xbede;
export const TWO_BYTE_PROFILE = 0x1000;
