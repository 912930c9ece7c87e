import { SHA256_BLOCK_BYTES, SHA256_BYTES, Sha256 } from './sha256.ts';

/**
 * HMAC-SHA256 (RFC 2104, RFC 6234) under one key, which is hashed once at construction: a message then costs its own blocks
 * and two more. Allocates nothing after construction.
 *
 * In one call, or in parts: `begin()`, `update(...)` any number of times, `finishInto(...)`. STUN needs the parts, because
 * the length in the header that MESSAGE-INTEGRITY-SHA256 covers need not be the one on the wire (RFC 8489 14.6).
 */
export class HmacSha256 {
  readonly #inner = new Int32Array(8);
  readonly #outer = new Int32Array(8);
  readonly #hash = new Sha256();
  readonly #digest = new Uint8Array(SHA256_BYTES);

  /** @param key any length; not kept, its two derived states are */
  constructor(key: Uint8Array) {
    const block = new Uint8Array(SHA256_BLOCK_BYTES);
    if (key.length > SHA256_BLOCK_BYTES) this.#hash.update(key, 0, key.length).digestInto(block, 0);
    else block.set(key);
    for (let at = 0; at < SHA256_BLOCK_BYTES; at++) block[at] ^= 0x36;
    this.#hash.reset().update(block, 0, SHA256_BLOCK_BYTES).saveState(this.#inner);
    for (let at = 0; at < SHA256_BLOCK_BYTES; at++) block[at] ^= 0x36 ^ 0x5c;
    this.#hash.reset().update(block, 0, SHA256_BLOCK_BYTES).saveState(this.#outer);
    block.fill(0);
  }

  /** Starts a message; what was begun before is dropped. */
  begin(): this {
    this.#hash.restoreState(this.#inner, SHA256_BLOCK_BYTES);
    return this;
  }

  /** Adds `length` bytes of `bytes` at `offset` to the message. Borrowed for the call. */
  update(bytes: Uint8Array, offset: number, length: number): this {
    this.#hash.update(bytes, offset, length);
    return this;
  }

  /** Writes the 32 bytes of the tag into `out` at `outOffset` and ends the message. */
  finishInto(out: Uint8Array, outOffset: number): void {
    const digest = this.#digest;
    this.#hash.digestInto(digest, 0);
    this.#hash.restoreState(this.#outer, SHA256_BLOCK_BYTES).update(digest, 0, SHA256_BYTES).digestInto(out, outOffset);
  }

  /** Writes the tag of one message, `length` bytes of `bytes` at `offset`, into `out` at `outOffset`. */
  digestInto(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    this.begin().update(bytes, offset, length).finishInto(out, outOffset);
  }
}
