import { copyState, putState, SHA1_BLOCK_BYTES, SHA1_BYTES, Sha1 } from './sha1.ts';
import { compress } from './sha1-compress.ts';

/**
 * HMAC-SHA1 (RFC 2104) under one key, which is hashed once at construction: a message then costs its own blocks and two
 * more. Allocates nothing after construction.
 *
 * In one call, or in parts: `begin()`, `update(...)` any number of times, `finishInto(...)`. STUN needs the parts, because
 * the length in the header that MESSAGE-INTEGRITY covers is not the one on the wire (RFC 8489 14.5).
 */
export class HmacSha1 {
  readonly #inner = new Int32Array(5);
  readonly #outer = new Int32Array(5);
  readonly #hash = new Sha1();

  /** @param key any length; not kept, its two derived states are */
  constructor(key: Uint8Array) {
    const block = new Uint8Array(SHA1_BLOCK_BYTES);
    if (key.length > SHA1_BLOCK_BYTES) this.#hash.update(key, 0, key.length).digestInto(block, 0);
    else block.set(key);
    for (let at = 0; at < SHA1_BLOCK_BYTES; at++) block[at] ^= 0x36;
    this.#hash.reset().update(block, 0, SHA1_BLOCK_BYTES).saveState(this.#inner);
    for (let at = 0; at < SHA1_BLOCK_BYTES; at++) block[at] ^= 0x36 ^ 0x5c;
    this.#hash.reset().update(block, 0, SHA1_BLOCK_BYTES).saveState(this.#outer);
    block.fill(0);
  }

  /** Starts a message; what was begun before is dropped. */
  begin(): this {
    this.#hash.restoreState(this.#inner, SHA1_BLOCK_BYTES);
    return this;
  }

  /** Adds `length` bytes of `bytes` at `offset` to the message. Borrowed for the call. */
  update(bytes: Uint8Array, offset: number, length: number): this {
    this.#hash.update(bytes, offset, length);
    return this;
  }

  /** Writes the 20 bytes of the tag into `out` at `outOffset` and ends the message. */
  finishInto(out: Uint8Array, outOffset: number): void {
    this.#hash.digestInto(LAST_BLOCK, 0);
    copyState(this.#outer, LAST_STATE);
    compress(LAST_STATE, LAST_BLOCK, 0);
    putState(LAST_STATE, out, outOffset);
  }

  /** Writes the tag of one message, `length` bytes of `bytes` at `offset`, into `out` at `outOffset`. */
  digestInto(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    this.begin().update(bytes, offset, length).finishInto(out, outOffset);
  }
}

function lastBlock(): Uint8Array {
  const block = new Uint8Array(SHA1_BLOCK_BYTES);
  block[SHA1_BYTES] = 0x80;
  const hashedBits = 8 * (SHA1_BLOCK_BYTES + SHA1_BYTES);
  block[SHA1_BLOCK_BYTES - 2] = hashedBits >>> 8;
  block[SHA1_BLOCK_BYTES - 1] = hashedBits;
  return block;
}

/**
 * The one block that the outer hash has beyond the key's: the inner digest, and behind it the padding (RFC 3174 4), which is
 * the same for every message. Shared by all keys, as is its state: `finishInto` runs to its end before anything else can.
 */
const LAST_BLOCK = lastBlock();
const LAST_STATE = new Int32Array(SHA1_BYTES / 4);
