import type { Aead, SrtpCrypto } from '../crypto.ts';
import { writeGcmIv } from '../initial-vector.ts';
import type { SessionKeys } from '../key-derivation.ts';
import type { Packet, PacketTransform } from '../packet.ts';
import type { Tail } from '../tail.ts';
import { readI32, writeI32 } from '../words.ts';

/** AES-GCM (RFC 7714) on the cryptography of a configuration: the plain way. No state but the key. */
export class PlainGcmTransform implements PacketTransform {
  readonly tailBytes: number;
  print0 = 0;
  print1 = 0;
  readonly #tail: Tail;
  readonly #aead: Aead;
  readonly #salt: Uint8Array;
  readonly #isRtcp: boolean;
  readonly #iv = new Uint8Array(12);
  readonly #tag = new Uint8Array(16);

  constructor(crypto: SrtpCrypto, keys: SessionKeys, tail: Tail, kind: 'rtp' | 'rtcp') {
    this.tailBytes = tail.bytes;
    this.#tail = tail;
    this.#aead = crypto.aead(keys.cipherKey);
    this.#salt = keys.cipherSalt;
    this.#isRtcp = kind === 'rtcp';
  }

  seal(packet: Packet): void {
    const { bytes, bodyBytes, headerBytes, index, offset } = packet;
    const bodyAt = offset + headerBytes;
    writeGcmIv(this.#iv, this.#salt, packet.ssrc, index);
    this.#aead.seal(this.#iv, this.#associated(packet), bytes, bodyAt, bodyBytes, this.#tag);
    this.#tail.write(bytes, bodyAt + bodyBytes, index, this.#tag, 0);
    this.print0 = readI32(this.#tag, 0);
    this.print1 = readI32(this.#tag, 4);
  }

  open(packet: Packet): boolean {
    const { bytes, bodyBytes, headerBytes, offset } = packet;
    const bodyAt = offset + headerBytes;
    const tagAt = bodyAt + bodyBytes + this.#tail.tagAt;
    writeGcmIv(this.#iv, this.#salt, packet.ssrc, packet.index);
    this.#tag.set(bytes.subarray(tagAt, tagAt + this.#tail.tagBytes));
    return this.#aead.open(this.#iv, this.#associated(packet), bytes, bodyAt, bodyBytes, this.#tag);
  }

  /** The header; in SRTCP behind it E flag and index (RFC 7714 9.2). */
  #associated({ bytes, headerBytes, index, offset }: Packet): Uint8Array {
    const header = bytes.subarray(offset, offset + headerBytes);
    if (!this.#isRtcp) return header;
    const associated = new Uint8Array(headerBytes + 4);
    associated.set(header);
    writeI32(associated, headerBytes, this.#tail.word(index));
    return associated;
  }
}
