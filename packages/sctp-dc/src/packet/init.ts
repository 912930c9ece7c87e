import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType, ParameterType, ZERO_CHECKSUM_DTLS } from './chunk-types.ts';
import { RecordWalk } from './walk.ts';

/** What INIT and INIT ACK say of their sender. */
export interface InitFields {
  tag: number;
  windowBytes: number;
  outboundStreams: number;
  inboundStreams: number;
  initialTsn: number;
  /** Takes packets without checksum, as they are inside DTLS (RFC 9653). */
  zeroChecksum: boolean;
  /** Takes I-DATA and I-FORWARD-TSN (RFC 8260 2.2.1, 2.3.1). */
  interleaving: boolean;
}

/**
 * An INIT or INIT ACK chunk as received (RFC 9260 3.3.2, 3.3.3). Reused; `bytes` is borrowed.
 *
 * ```
 * |   Type = 1/2  |  Chunk Flags  |      Chunk Length             |
 * |                         Initiate Tag                          |
 * |           Advertised Receiver Window Credit (a_rwnd)          |
 * |  Number of Outbound Streams   |   Number of Inbound Streams   |
 * |                          Initial TSN                          |
 * \              Optional/Variable-Length Parameters              /
 * ```
 */
export class InitChunk implements InitFields {
  tag = 0;
  windowBytes = 0;
  outboundStreams = 0;
  inboundStreams = 0;
  initialTsn = 0;
  /** It was refused because it has no tag, or no streams (RFC 9260 3.3.2, 3.3.3). */
  isNull = false;
  /** The peer takes FORWARD-TSN (RFC 3758 3.1). */
  forwardTsn = false;
  /** The peer takes RE-CONFIG (RFC 6525 3.1 by way of RFC 5061 4.2.7). */
  reConfig = false;
  zeroChecksum = false;
  interleaving = false;
  /** The peer takes I-FORWARD-TSN. */
  iForwardTsn = false;
  bytes: Uint8Array = EMPTY;
  /** The State Cookie's value; length 0 when there is none. */
  cookieAt = 0;
  cookieLength = 0;
  /** Pairs of (index, bytes with header) of parameters to be reported as unrecognized (RFC 9260 3.2.1), at most 8. */
  readonly unrecognized: number[] = [];
  readonly #cursor = new Cursor();
  readonly #walk = new RecordWalk();

  /** Reads the value of a chunk. False when it is short, a parameter's length lies, or a fixed field is illegal. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.tag = c.u32();
    this.windowBytes = c.u32();
    this.outboundStreams = c.u16();
    this.inboundStreams = c.u16();
    this.initialTsn = c.u32();
    this.bytes = bytes;
    this.forwardTsn = false;
    this.reConfig = false;
    this.zeroChecksum = false;
    this.interleaving = false;
    this.iForwardTsn = false;
    this.cookieLength = 0;
    this.unrecognized.length = 0;
    this.isNull = !c.failed && (this.tag === 0 || this.outboundStreams === 0 || this.inboundStreams === 0);
    if (c.failed || this.isNull) return false;
    return this.#parameters(bytes, c.position, c.remaining);
  }

  #parameters(bytes: Uint8Array, at: number, length: number): boolean {
    const walk = this.#walk.parameters(bytes, at, length);
    let heeded = true;
    while (walk.next()) if (heeded) heeded = this.#parameter(walk);
    return !walk.malformed;
  }

  /** Takes one parameter; false when those behind it are not to be looked at (RFC 9260 3.2.1, highest bit 0). */
  #parameter(walk: RecordWalk): boolean {
    switch (walk.type) {
      case ParameterType.stateCookie:
        this.cookieAt = walk.valueAt;
        this.cookieLength = walk.valueLength;
        return true;
      case ParameterType.forwardTsnSupported:
        this.forwardTsn = true;
        return true;
      case ParameterType.zeroChecksum:
        // Other methods than ours are as good as none.
        if (walk.valueLength === 4 && this.#cursor.reset(this.bytes, walk.valueAt, 4).u32() === ZERO_CHECKSUM_DTLS) {
          this.zeroChecksum = true;
        }
        return true;
      case ParameterType.supportedExtensions:
        for (let i = 0; i < walk.valueLength; i++) {
          const type = this.bytes[walk.valueAt + i];
          if (type === ChunkType.reConfig) this.reConfig = true;
          else if (type === ChunkType.forwardTsn) this.forwardTsn = true;
          else if (type === ChunkType.iData) this.interleaving = true;
          else if (type === ChunkType.iForwardTsn) this.iForwardTsn = true;
        }
        return true;
      default:
        if (KNOWN_AND_UNUSED.has(walk.type)) return true;
        if ((walk.type & 0x4000) !== 0 && this.unrecognized.length < 16) {
          this.unrecognized.push(walk.at, walk.valueLength + 4);
        }
        return (walk.type & 0x8000) !== 0;
    }
  }
}

/** Writes the head of INIT or INIT ACK and our parameters; returns where the chunk's length must be patched. */
export function writeInit(w: Writer, type: number, fields: InitFields): number {
  w.u8(type);
  w.u8(0);
  const lengthAt = w.reserve(2);
  w.u32(fields.tag);
  w.u32(fields.windowBytes);
  w.u16(fields.outboundStreams);
  w.u16(fields.inboundStreams);
  w.u32(fields.initialTsn);
  w.u16(ParameterType.forwardTsnSupported);
  w.u16(4);
  w.u16(ParameterType.supportedExtensions);
  w.u16(fields.interleaving ? 8 : 6);
  w.u8(ChunkType.forwardTsn);
  w.u8(ChunkType.reConfig);
  w.u8(fields.interleaving ? ChunkType.iData : 0);
  w.u8(fields.interleaving ? ChunkType.iForwardTsn : 0);
  if (fields.zeroChecksum) {
    w.u16(ParameterType.zeroChecksum);
    w.u16(8);
    w.u32(ZERO_CHECKSUM_DTLS);
  }
  return lengthAt;
}

const EMPTY = new Uint8Array(0);

/**
 * Parameters that WebRTC peers send and that change nothing here: addresses (paths belong to ICE, RFC 8261 6.1), cookie
 * preservative, supported address types, ECN, authentication (RFC 4895), padding, adaptation.
 */
const KNOWN_AND_UNUSED = new Set([5, 6, 8, 9, 11, 12, 0x8000, 0x8002, 0x8003, 0x8004, 0x8005, 0xc006]);
