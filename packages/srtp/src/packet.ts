import type { StreamKeystream } from './kernel/keystream.ts';

/** A packet on its way through a transform: one object per context, filled anew for each. */
export class Packet {
  bytes: Uint8Array = NO_BYTES;
  /** Where the packet begins. */
  offset = 0;
  /** Bytes in the clear in front of the body: the RTP header, or the first 8 bytes of RTCP. */
  headerBytes = 0;
  /** Bytes that are encrypted. */
  bodyBytes = 0;
  /** As a signed number: small to V8. */
  ssrc = 0;
  index = 0;
  /** Keystream made ahead for this stream; undefined where there is none to make. */
  keystream: StreamKeystream | undefined = undefined;
}

/**
 * What protects one kind of packets under one set of session keys.
 *
 * Behind the body of a packet comes its tail, by the text of RFC 3711 3.1 and 3.4, or of RFC 7714 8 and 9:
 *
 * ```
 *  AES-CM, NULL  RTP  | MKI | tag |           RTCP  | E, index | MKI | tag |
 *  AES-GCM       RTP  | tag | MKI |           RTCP  | tag | E, index | MKI |
 * ```
 */
export interface PacketTransform {
  /** Bytes of the tail. */
  readonly tailBytes: number;
  /** Encrypts the body in place and writes the tail behind it, for which there is room. */
  seal(packet: Packet): void;
  /**
   * Whether the tail behind the body is right; then the body has been decrypted in place. Otherwise nothing has changed. The
   * MKI and the index of an SRTCP packet have been read from it by the caller.
   */
  open(packet: Packet): boolean;
  /** 32 bits of the last `seal`'s tag, before it was shortened. The two together tell other bytes under the same index. */
  readonly print0: number;
  readonly print1: number;
}

const NO_BYTES = new Uint8Array(0);
