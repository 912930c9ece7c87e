import { equalBytes, SHA1_BLOCK_BYTES, Sha1 } from '@hawser/wire';
import { type BlockCipher, createBlockCipher, sha1Text } from '../crypto.ts';
import type { SessionKeys } from '../key-derivation.ts';
import type { Packet, PacketTransform } from '../packet.ts';
import type { Tail } from '../tail.ts';
import { BODY, DIGEST, fits, INNER_DIGEST, type Kernel, KernelKey } from './kernel.ts';
import type { KeystreamCache, KeystreamSource } from './keystream.ts';

/** AES-CM and HMAC-SHA1 (RFC 3711 4.1.1, 4.2.1) on keystream made ahead and on the kernels. */
export class KernelHmacTransform implements PacketTransform, KeystreamSource {
  readonly tailBytes: number;
  readonly cipher: BlockCipher;
  readonly salt: Uint8Array;
  readonly mode = 'counter';
  print0 = 0;
  print1 = 0;
  readonly #kernel: Kernel;
  readonly #keystreams: KeystreamCache;
  readonly #tail: Tail;
  readonly #hmacKey: KernelKey;
  readonly #plain: PacketTransform;

  /** @param plain does what the kernels do not take */
  constructor(keystreams: KeystreamCache, keys: SessionKeys, tail: Tail, plain: PacketTransform) {
    this.tailBytes = tail.bytes;
    this.cipher = createBlockCipher(keys.cipherKey);
    this.salt = keys.cipherSalt;
    this.#kernel = keystreams.kernel;
    this.#keystreams = keystreams;
    this.#tail = tail;
    this.#hmacKey = new KernelKey(hmacStates(keys.authKey));
    this.#plain = plain;
  }

  seal(packet: Packet): void {
    const { bodyBytes, bytes, headerBytes, index, keystream, offset } = packet;
    const kernel = this.#kernel;
    if (keystream === undefined || !fits(headerBytes, bodyBytes)) {
      this.#plain.seal(packet);
      this.print0 = this.#plain.print0;
      this.print1 = this.#plain.print1;
      return;
    }
    const blocks = (bodyBytes + 15) >>> 4;
    const from = blocks > 0 ? this.#keystreams.find(keystream, this, packet.ssrc, index, blocks) : 0;
    kernel.load(bytes, offset, headerBytes, bodyBytes);
    kernel.counterMode.xor(BODY, from, bodyBytes);
    kernel.putWord(BODY + bodyBytes, this.#tail.word(index));
    this.#authenticate(headerBytes, bodyBytes + 4);
    const bodyAt = offset + headerBytes;
    kernel.storeBody(bytes, bodyAt, bodyBytes);
    this.#tail.write(bytes, bodyAt + bodyBytes, index, kernel.bytes, DIGEST);
    this.print0 = kernel.word(DIGEST);
    this.print1 = kernel.word(DIGEST + 4);
  }

  open(packet: Packet): boolean {
    const { bodyBytes, bytes, headerBytes, index, keystream, offset } = packet;
    const kernel = this.#kernel;
    if (keystream === undefined || !fits(headerBytes, bodyBytes)) return this.#plain.open(packet);
    kernel.load(bytes, offset, headerBytes, bodyBytes);
    kernel.putWord(BODY + bodyBytes, this.#tail.word(index));
    this.#authenticate(headerBytes, bodyBytes + 4);
    const bodyAt = offset + headerBytes;
    const tagAt = bodyAt + bodyBytes + this.#tail.tagAt;
    if (!equalBytes(kernel.bytes, DIGEST, bytes, tagAt, this.#tail.tagBytes)) return false;
    const blocks = (bodyBytes + 15) >>> 4;
    if (blocks === 0) return true;
    kernel.counterMode.xor(BODY, this.#keystreams.find(keystream, this, packet.ssrc, index, blocks), bodyBytes);
    kernel.storeBody(bytes, bodyAt, bodyBytes);
    return true;
  }

  /** The digest of the header before BODY and the bytes from there on. */
  #authenticate(headerBytes: number, bytesBehind: number): void {
    const kernel = this.#kernel;
    const key = kernel.place(this.#hmacKey);
    const length = headerBytes + bytesBehind;
    if (length < PLATFORM_BYTES || sha1Text === undefined) {
      kernel.hmacSha1.hmac(key, BODY - headerBytes, BODY + bytesBehind, DIGEST);
      return;
    }
    // The inner hash as the platform does it, of its whole input: key XOR ipad, and the message.
    const before = headerBytes + SHA1_BLOCK_BYTES;
    kernel.bytes.copyWithin(BODY - before, key + INNER_BLOCK, key + INNER_BLOCK + SHA1_BLOCK_BYTES);
    const digest = sha1Text(kernel.message(before, SHA1_BLOCK_BYTES + length));
    for (let i = 0; i < 20; i++) kernel.bytes[INNER_DIGEST + i] = digest.charCodeAt(i);
    kernel.hmacSha1.hmacOuter(key, DIGEST);
  }
}

/**
 * What `hmac-sha1.wat` wants of a key: the state behind its inner block, and 32 bytes on that behind its outer one; and the
 * inner block itself.
 */
function hmacStates(key: Uint8Array): Uint8Array {
  const states = new Uint8Array(INNER_BLOCK + SHA1_BLOCK_BYTES);
  const block = new Uint8Array(SHA1_BLOCK_BYTES);
  const state = new Int32Array(5);
  [0x36, 0x5c].forEach((pad, i) => {
    block.fill(pad);
    for (let at = 0; at < key.length; at++) block[at] ^= key[at];
    if (i === 0) states.set(block, INNER_BLOCK);
    new Sha1().update(block, 0, SHA1_BLOCK_BYTES).saveState(state);
    const words = new DataView(states.buffer, 32 * i);
    for (let word = 0; word < 5; word++) words.setInt32(4 * word, state[word], true);
  });
  block.fill(0);
  return states;
}

const INNER_BLOCK = 64;

/**
 * From how many bytes on a call of the platform's SHA-1, which uses the processor's instructions for it, costs less than the
 * kernel in spite of what the call costs. Measured: about 500.
 */
const PLATFORM_BYTES = 512;
