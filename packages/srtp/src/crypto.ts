import * as nodeCrypto from 'node:crypto';
import { HmacSha1 } from '@hawser/wire';

/** AES in counter mode under one key, as SRTP uses it: the 16-byte initial counter block comes with every packet. */
export interface CounterMode {
  /**
   * XORs the keystream that starts at `counterBlock` onto `length` bytes of `bytes` at `offset`, in place.
   *
   * @param counterBlock 16 bytes whose last two are zero: they count the blocks (RFC 3711 4.1.1). Borrowed.
   * @param length 0 to 2^20 bytes: more would run out of counter
   */
  apply(counterBlock: Uint8Array, bytes: Uint8Array, offset: number, length: number): void;
}

/** HMAC-SHA1 under one key. */
export interface Authenticator {
  /**
   * Writes to the front of `out` the 20 bytes of the digest of `length` bytes of `bytes` at `offset` followed by the whole
   * of `trailer`. The rollover counter is authenticated but not on the wire (RFC 3711 4.2): it is such a trailer.
   */
  digest(bytes: Uint8Array, offset: number, length: number, trailer: Uint8Array, out: Uint8Array): void;
}

/** AES-GCM under one key, with tags of 16 bytes. */
export interface Aead {
  /** Encrypts `length` bytes of `bytes` at `offset` in place and writes the tag to the front of `tag`. */
  seal(iv: Uint8Array, aad: Uint8Array, bytes: Uint8Array, offset: number, length: number, tag: Uint8Array): void;
  /** Whether the 16 bytes of `tag` are right; then the bytes have been decrypted in place, otherwise they are as they were. */
  open(iv: Uint8Array, aad: Uint8Array, bytes: Uint8Array, offset: number, length: number, tag: Uint8Array): boolean;
}

/** The cryptography a context runs on. Handed in by configuration so that a simulation can put another in its place. */
export interface SrtpCrypto {
  /** @param key 16, 24 or 32 bytes, copied */
  counterMode(key: Uint8Array): CounterMode;
  /** @param key 20 bytes, copied */
  authenticator(key: Uint8Array): Authenticator;
  /** @param key 16 or 32 bytes, copied */
  aead(key: Uint8Array): Aead;
}

/** AES alone, block by block, under one key. */
export interface BlockCipher {
  /** The blocks, each enciphered. @param blocks a multiple of 16 bytes, at least one block. Borrowed. */
  encrypt(blocks: Uint8Array): Uint8Array;
}

/** One long-lived cipher: making a cipher object costs more than enciphering a packet. */
export function createBlockCipher(key: Uint8Array): BlockCipher {
  const ecb = nodeCrypto.createCipheriv(`aes-${8 * key.length}-ecb`, key, null);
  ecb.setAutoPadding(false);
  return { encrypt: (blocks) => ecb.update(blocks) };
}

/** SHA-1 in one call: from the platform, where it has such a call. Answers 20 characters, one per byte. */
export const sha1Text: ((bytes: Uint8Array) => string) | undefined =
  typeof nodeCrypto.hash === 'function' ? (bytes) => nodeCrypto.hash('sha1', bytes, 'latin1' as 'binary') : undefined;

const BLOCK_BYTES = 16;
/** Blocks enciphered by one call into OpenSSL: 2 048 bytes of keystream, more than any packet on an ordinary path. */
const BATCH_BLOCKS = 128;

/**
 * Counter mode made of one long-lived AES-ECB cipher. Counter blocks are laid out as words; the last two bytes of a block
 * count, the other fourteen are equal in all blocks of a packet, so a block is three stores and one XOR.
 */
class EcbCounterMode implements CounterMode {
  readonly #cipher: BlockCipher;
  readonly #blocks = new Uint8Array(BATCH_BLOCKS * BLOCK_BYTES);
  readonly #words = new Uint32Array(this.#blocks.buffer);
  /** The block number where it stands in the last word of a block, whatever the byte order of the machine. */
  readonly #countWords = new Uint32Array(BATCH_BLOCKS);
  /** Views of the first n blocks, made once: a view per packet would be our only allocation. */
  readonly #views: Uint8Array[] = [];
  readonly #first = new Uint8Array(BLOCK_BYTES);
  readonly #firstWords = new Uint32Array(this.#first.buffer);

  constructor(key: Uint8Array) {
    this.#cipher = createBlockCipher(key);
    const counts = new Uint8Array(this.#countWords.buffer);
    for (let i = 0; i < BATCH_BLOCKS; i++) {
      counts[4 * i + 3] = i;
      this.#views.push(this.#blocks.subarray(0, (i + 1) * BLOCK_BYTES));
    }
  }

  apply(counterBlock: Uint8Array, bytes: Uint8Array, offset: number, length: number): void {
    const first = this.#first;
    for (let i = 0; i < 14; i++) first[i] = counterBlock[i];
    const end = offset + length;
    for (let at = offset, block = 0; at < end; at += BATCH_BLOCKS * BLOCK_BYTES, block += BATCH_BLOCKS) {
      // A batch starts at a multiple of 128, and counts in it stay below 128: OR-ing the two never carries.
      first[14] = block >>> 8;
      first[15] = block;
      const batchBytes = Math.min(end - at, BATCH_BLOCKS * BLOCK_BYTES);
      this.#applyBatch(bytes, at, batchBytes);
    }
  }

  #applyBatch(bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#words;
    const counts = this.#countWords;
    const w0 = this.#firstWords[0];
    const w1 = this.#firstWords[1];
    const w2 = this.#firstWords[2];
    const w3 = this.#firstWords[3];
    const blocks = (length + BLOCK_BYTES - 1) >>> 4;
    for (let i = 0, w = 0; i < blocks; i++, w += 4) {
      words[w] = w0;
      words[w + 1] = w1;
      words[w + 2] = w2;
      words[w + 3] = w3 | counts[i];
    }
    const keystream = this.#cipher.encrypt(this.#views[blocks - 1]);
    for (let i = 0; i < length; i++) bytes[offset + i] ^= keystream[i];
  }
}

/** The key's two hash states are kept: a packet costs its own blocks and two more, and no object. */
class Sha1Authenticator implements Authenticator {
  readonly #hmac: HmacSha1;

  constructor(key: Uint8Array) {
    this.#hmac = new HmacSha1(key);
  }

  digest(bytes: Uint8Array, offset: number, length: number, trailer: Uint8Array, out: Uint8Array): void {
    this.#hmac.begin().update(bytes, offset, length).update(trailer, 0, trailer.length).finishInto(out, 0);
  }
}

/** A cipher object per packet: the plain way. */
class CipherAead implements Aead {
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = key.slice();
  }

  seal(iv: Uint8Array, aad: Uint8Array, bytes: Uint8Array, offset: number, length: number, tag: Uint8Array): void {
    const cipher = nodeCrypto.createCipheriv(this.#algorithm, this.#key, iv);
    cipher.setAAD(aad);
    bytes.set(cipher.update(bytes.subarray(offset, offset + length)), offset);
    cipher.final();
    tag.set(cipher.getAuthTag());
  }

  open(iv: Uint8Array, aad: Uint8Array, bytes: Uint8Array, offset: number, length: number, tag: Uint8Array): boolean {
    const decipher = nodeCrypto.createDecipheriv(this.#algorithm, this.#key, iv);
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    const plain = decipher.update(bytes.subarray(offset, offset + length));
    try {
      decipher.final();
    } catch {
      return false;
    }
    bytes.set(plain, offset);
    return true;
  }
}

/** AES from `node:crypto`, HMAC-SHA1 from `@hawser/wire`: what the kernels are compared with and what stands in for them. */
export const defaultCrypto: SrtpCrypto = {
  counterMode: (key) => new EcbCounterMode(key),
  authenticator: (key) => new Sha1Authenticator(key),
  aead: (key) => new CipherAead(key),
};
