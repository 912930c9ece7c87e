import { Verdict, type Writer } from '@hawser/wire';
import { readU32 } from '../bytes.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/** Item type of the canonical end-point identifier (RFC 3550 6.5.1). */
export const SDES_CNAME = 1;

/**
 * Walks the items of a source description, over all its chunks.
 *
 * ```
 * chunk  | SSRC | type, length, text | type, length, text | 0, and zeros to the next word |
 * ```
 *
 * RFC: 3550 6.5.
 */
export class SourceDescriptionReader {
  /** The item that `next` stands on: whose, of what type, and where in the packet's bytes its UTF-8 text is. */
  ssrc = 0;
  itemType = 0;
  textOffset = 0;
  textLength = 0;
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #at = 0;
  #end = 0;
  #chunks = 0;
  #chunksLeft = 0;
  #inChunk = false;
  #broken = false;

  /** `notMine`: another packet type. `malformed`: a chunk or an item that runs past the end. */
  parse(packet: RtcpReader): Verdict {
    if (packet.type !== RtcpType.sourceDescription) return Verdict.notMine;
    this.#bytes = packet.bytes;
    this.#start = packet.offset + 4;
    this.#end = packet.offset + packet.length;
    this.#chunks = packet.count;
    this.#rewind();
    while (this.next());
    const verdict = this.#broken ? Verdict.malformed : Verdict.consumed;
    this.#rewind();
    return verdict;
  }

  /** Moves to the next item; false behind the last. */
  next(): boolean {
    const bytes = this.#bytes;
    while (!this.#broken) {
      if (!this.#inChunk) {
        if (this.#chunksLeft === 0) return false;
        // A chunk is at least its SSRC and one null octet, padded to a word.
        if (this.#end - this.#at < 8) return this.#fail();
        this.#chunksLeft--;
        this.#inChunk = true;
        this.ssrc = readU32(bytes, this.#at);
        this.#at += 4;
      }
      if (this.#at >= this.#end) return this.#fail();
      if (bytes[this.#at] === 0) {
        this.#at += 4 - ((this.#at - this.#start) & 3);
        this.#inChunk = false;
        if (this.#at > this.#end) return this.#fail();
        continue;
      }
      // The length octet first: it may be the one that is missing.
      const left = this.#end - this.#at;
      if (left < 2 || left < 2 + bytes[this.#at + 1]) return this.#fail();
      this.itemType = bytes[this.#at];
      this.textLength = bytes[this.#at + 1];
      this.textOffset = this.#at + 2;
      this.#at += 2 + this.textLength;
      return true;
    }
    return false;
  }

  #rewind(): void {
    this.#at = this.#start;
    this.#chunksLeft = this.#chunks;
    this.#inChunk = false;
    this.#broken = false;
  }

  #fail(): boolean {
    this.#broken = true;
    return false;
  }
}

/** Writes a source description with one chunk and one item, the CNAME. @param cname UTF-8, at most 255 bytes */
export function writeCname(writer: Writer, ssrc: number, cname: Uint8Array): void {
  const at = beginRtcp(writer, 1, RtcpType.sourceDescription);
  writer.u32(ssrc);
  writer.u8(SDES_CNAME);
  writer.u8(cname.length);
  if (cname.length > 255) writer.failed = true;
  writer.bytes(cname, 0, cname.length);
  // At least one null octet ends the items, and the chunk is padded to a word (RFC 3550 6.5).
  writer.zeros(4 - ((cname.length + 2) & 3));
  endRtcp(writer, at);
}

const EMPTY = new Uint8Array(0);
