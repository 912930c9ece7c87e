import { readI32, writeI32 } from './words.ts';

/** Where the parts of a tail are, counted from the end of the body. */
export class Tail {
  readonly bytes: number;
  readonly tagBytes: number;
  readonly tagAt: number;
  readonly mki: Uint8Array;
  readonly #mkiAt: number;
  /** Of E flag and SRTCP index; -1 in SRTP. */
  readonly #indexAt: number;
  readonly #encryptedFlag: number;

  constructor(kind: 'rtp' | 'rtcp', cipher: 'aes-cm' | 'aes-gcm' | 'null', tagBytes: number, mki: Uint8Array) {
    const indexBytes = kind === 'rtcp' ? INDEX_BYTES : 0;
    const isAead = cipher === 'aes-gcm';
    this.bytes = indexBytes + mki.length + tagBytes;
    this.tagBytes = tagBytes;
    this.mki = mki;
    this.tagAt = isAead ? 0 : indexBytes + mki.length;
    this.#mkiAt = isAead ? tagBytes + indexBytes : indexBytes;
    this.#indexAt = kind === 'rtp' ? -1 : isAead ? tagBytes : 0;
    this.#encryptedFlag = cipher === 'null' ? 0 : E_FLAG;
  }

  /**
   * The four bytes, as a number, that are authenticated behind the packet: the rollover counter of an SRTP packet, which is not
   * sent (RFC 3711 4.2), or E flag and index of an SRTCP packet.
   */
  word(index: number): number {
    return this.#indexAt < 0 ? Math.floor(index / 0x10000) | 0 : this.#encryptedFlag | index;
  }

  /** Writes the tail behind a body that ends at `end`, with the tag that stands at `tagFrom` of `tags`. */
  write(bytes: Uint8Array, end: number, index: number, tags: Uint8Array, tagFrom: number): void {
    if (this.#indexAt >= 0) writeI32(bytes, end + this.#indexAt, this.#encryptedFlag | index);
    const { mki } = this;
    for (let i = 0, at = end + this.#mkiAt; i < mki.length; i++) bytes[at + i] = mki[i];
    for (let i = 0, at = end + this.tagAt; i < this.tagBytes; i++) bytes[at + i] = tags[tagFrom + i];
  }

  /** Whether the tail behind a body that ends at `end` has this MKI: not a secret. */
  hasMki(bytes: Uint8Array, end: number): boolean {
    const { mki } = this;
    for (let i = 0, at = end + this.#mkiAt; i < mki.length; i++) if (bytes[at + i] !== mki[i]) return false;
    return true;
  }

  /** E flag and index of the SRTCP packet whose body ends at `end`. */
  indexWord(bytes: Uint8Array, end: number): number {
    return readI32(bytes, end + this.#indexAt);
  }
}

/** The packet is encrypted: the bit in front of the SRTCP index. */
export const E_FLAG = 0x80000000 | 0;
const INDEX_BYTES = 4;
