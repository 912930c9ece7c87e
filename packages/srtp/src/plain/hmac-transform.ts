import { equalBytes } from '@hawser/wire';
import type { Authenticator, CounterMode, SrtpCrypto } from '../crypto.ts';
import { writeCounterModeIv } from '../initial-vector.ts';
import type { SessionKeys } from '../key-derivation.ts';
import type { Packet, PacketTransform } from '../packet.ts';
import type { Tail } from '../tail.ts';
import { readI32, writeI32 } from '../words.ts';

/**
 * AES-CM, or no encryption at all, and HMAC-SHA1 (RFC 3711 4.1.1, 4.2.1), on the cryptography of a configuration: the plain
 * way. No state but the keys.
 */
export class PlainHmacTransform implements PacketTransform {
  readonly tailBytes: number;
  print0 = 0;
  print1 = 0;
  readonly #tail: Tail;
  readonly #cipher: CounterMode | undefined;
  readonly #authenticator: Authenticator;
  readonly #salt: Uint8Array;
  readonly #counter = new Uint8Array(16);
  readonly #word = new Uint8Array(4);
  readonly #digest = new Uint8Array(20);

  constructor(crypto: SrtpCrypto, keys: SessionKeys, tail: Tail, isEncrypting: boolean) {
    this.tailBytes = tail.bytes;
    this.#tail = tail;
    this.#cipher = isEncrypting ? crypto.counterMode(keys.cipherKey) : undefined;
    this.#authenticator = crypto.authenticator(keys.authKey);
    this.#salt = keys.cipherSalt;
  }

  seal(packet: Packet): void {
    this.#apply(packet);
    this.#authenticate(packet);
    const digest = this.#digest;
    this.#tail.write(packet.bytes, packet.offset + packet.headerBytes + packet.bodyBytes, packet.index, digest, 0);
    this.print0 = readI32(digest, 0);
    this.print1 = readI32(digest, 4);
  }

  open(packet: Packet): boolean {
    this.#authenticate(packet);
    const tagAt = packet.offset + packet.headerBytes + packet.bodyBytes + this.#tail.tagAt;
    if (!equalBytes(this.#digest, 0, packet.bytes, tagAt, this.#tail.tagBytes)) return false;
    this.#apply(packet);
    return true;
  }

  #authenticate(packet: Packet): void {
    const length = packet.headerBytes + packet.bodyBytes;
    writeI32(this.#word, 0, this.#tail.word(packet.index));
    this.#authenticator.digest(packet.bytes, packet.offset, length, this.#word, this.#digest);
  }

  #apply(packet: Packet): void {
    if (this.#cipher === undefined) return;
    writeCounterModeIv(this.#counter, this.#salt, packet.ssrc, packet.index);
    this.#cipher.apply(this.#counter, packet.bytes, packet.offset + packet.headerBytes, packet.bodyBytes);
  }
}
