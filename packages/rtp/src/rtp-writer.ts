import { Writer } from '@hawser/wire';
import { ONE_BYTE_PROFILE, TWO_BYTE_PROFILE } from './rtp-reader.ts';

/**
 * Writes one RTP packet into the caller's memory, in the order of the packet: `header`, `csrc`s, `extension`s, `payload`,
 * `padding`, then `finish`. One writer is reused; writing allocates nothing. Sticky: what does not fit makes `finish`
 * answer -1.
 *
 * RFC: 3550 5.1; 8285 4.
 */
export class RtpWriter {
  readonly #writer = new Writer();
  #start = 0;
  #extensionAt = -1;
  #twoByteForm = false;

  /**
   * Starts a packet at `offset` of `buffer`, at most `capacity` bytes long.
   *
   * @param payloadType 0 to 127
   * @param twoByteForm writes extensions in the two-byte form, for ids above 14 and data of 0 or more than 16 bytes
   */
  header(
    buffer: Uint8Array,
    offset: number,
    capacity: number,
    payloadType: number,
    marker: boolean,
    sequence: number,
    timestamp: number,
    ssrc: number,
    twoByteForm = false,
  ): this {
    const writer = this.#writer.reset(buffer, offset, capacity);
    this.#start = offset;
    this.#extensionAt = -1;
    this.#twoByteForm = twoByteForm;
    writer.u8(0x80);
    writer.u8((marker ? 0x80 : 0) | (payloadType & 0x7f));
    writer.u16(sequence);
    writer.u32(timestamp);
    writer.u32(ssrc);
    return this;
  }

  /** Adds a contributing source; at most 15, and before any extension: else the packet fails. */
  csrc(ssrc: number): this {
    const writer = this.#writer;
    const count = writer.failed ? 0 : writer.buffer[this.#start] & 0x0f;
    if (count === 15 || this.#extensionAt >= 0) writer.failed = true;
    writer.u32(ssrc);
    if (!writer.failed) writer.buffer[this.#start]++;
    return this;
  }

  /**
   * Adds an extension element whose `length` bytes the caller fills in, now or later; the id and the length must suit the
   * form, else the packet fails.
   *
   * @returns the index in the buffer of the first byte of the data, or -1
   */
  reserveExtension(id: number, length: number): number {
    const writer = this.#writer;
    const legal = this.#twoByteForm
      ? id >= 1 && id <= 255 && length >= 0 && length <= 255
      : id >= 1 && id <= 14 && length >= 1 && length <= 16;
    if (!legal) writer.failed = true;
    if (this.#extensionAt < 0) {
      this.#extensionAt = writer.reserve(4);
      writer.patchU16(this.#extensionAt, this.#twoByteForm ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    }
    if (this.#twoByteForm) writer.u16((id << 8) | length);
    else writer.u8((id << 4) | (length - 1));
    return writer.reserve(length);
  }

  /** Adds an extension element with a copy of `length` bytes of `data` at `offset`. */
  extension(id: number, data: Uint8Array, offset = 0, length = data.length - offset): this {
    const at = this.reserveExtension(id, length);
    if (at >= 0) for (let i = 0; i < length; i++) this.#writer.buffer[at + i] = data[offset + i];
    return this;
  }

  /** Ends the header and leaves room for a payload of `length` bytes; returns the index of its first, or -1. */
  reservePayload(length: number): number {
    this.#endExtension();
    return this.#writer.reserve(length);
  }

  /** Ends the header and adds a copy of `length` bytes of `payload` at `offset`. */
  payload(payload: Uint8Array, offset = 0, length = payload.length - offset): this {
    this.#endExtension();
    this.#writer.bytes(payload, offset, length);
    return this;
  }

  /** Adds `count` bytes of padding behind the payload, the last of which says so. @param count 1 to 255 */
  padding(count: number): this {
    const writer = this.#writer;
    this.#endExtension();
    if (count < 1 || count > 255) writer.failed = true;
    writer.zeros(count - 1);
    writer.u8(count);
    if (!writer.failed) writer.buffer[this.#start] |= 0x20;
    return this;
  }

  /** Bytes of the packet, or -1 when something did not fit or was not legal. */
  finish(): number {
    this.#endExtension();
    return this.#writer.finish();
  }

  #endExtension(): void {
    const writer = this.#writer;
    if (this.#extensionAt < 0 || writer.failed) return;
    const dataAt = this.#extensionAt + 4;
    writer.zeros(-(writer.position - dataAt) & 3);
    if (writer.failed) return;
    writer.patchU16(dataAt - 2, (writer.position - dataAt) >>> 2);
    writer.buffer[this.#start] |= 0x10;
    this.#extensionAt = -1;
  }
}
