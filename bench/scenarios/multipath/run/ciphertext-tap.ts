import type { Datagram, Pipe } from '@hawser/netsim';

/** First content type of DTLS, and the first after the last (RFC 7983 7). */
const DTLS_FIRST = 20;
const DTLS_END = 64;
/** RTP and RTCP (RFC 7983 7). */
const RTP_FIRST = 128;
const RTP_END = 192;
/** Records of application data (RFC 5246 6.2.1). */
const APPLICATION_DATA = 23;
/** Above every record number. */
const RTP_KEYS = 2 ** 48;

/**
 * Counts what leaves by the paths of one end, and tells first copies from others by what the ciphertext shows to anybody:
 * the DTLS record number, or SSRC and sequence number.
 */
export class CiphertextTap {
  /** UDP payload of everything, checks included. */
  bytes = 0;
  /** Of DTLS application data and RTP: each ciphertext once. */
  firstBytes = 0;
  /** Of the same ciphertext again. */
  repeatedBytes = 0;
  packets = 0;
  /** Hears of every packet of data as it is given to a path. */
  onData: ((path: number) => void) | undefined;
  readonly #seen = new Set<number>();

  /** Watches everything that is given to `pipe`, the link of the path of that index. */
  watch(pipe: Pipe<Datagram>, path: number): void {
    pipe.passes = ({ bytes }) => {
      this.#note(bytes, path);
      return true;
    };
  }

  #note(bytes: Uint8Array, path: number): void {
    this.packets++;
    this.bytes += bytes.length;
    const key = identity(bytes);
    if (key < 0) return;
    this.onData?.(path);
    if (this.#seen.has(key)) this.repeatedBytes += bytes.length;
    else {
      this.firstBytes += bytes.length;
      this.#seen.add(key);
    }
  }
}

/** A number of its own for every record of data and every RTP packet; -1 for all else. */
function identity(bytes: Uint8Array): number {
  const first = bytes[0];
  if (first === APPLICATION_DATA) return uint(bytes, 5, 6);
  if (first >= DTLS_FIRST && first < DTLS_END) return -1;
  // RTCP has packet types 192 to 223 where RTP has marker and payload type (RFC 5761 4).
  if (first < RTP_FIRST || first >= RTP_END || (bytes[1] >= 192 && bytes[1] < 224)) return -1;
  // Timestamp and sequence number: one stream, no wrap of both at once.
  return RTP_KEYS + uint(bytes, 4, 4) * 0x1_0000 + uint(bytes, 2, 2);
}

function uint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[offset + i];
  return value;
}
