import { equalBytes, HmacSha256, type Instant, type SecureRandom, utf8Bytes } from '@hawser/wire';
import type { TransportAddress } from '../attributes/address.ts';
import { base64Value, writeBase64 } from './base64.ts';
import { NONCE_COOKIE_BYTES, nonceCookie } from './nonce-cookie.ts';

/**
 * Nonces that need no memory (RFC 8489 9.2.4, RFC 7616 5.4): the nonce cookie, the second until which it is valid, and a tag
 * of that second and the source it was given to. So no two sources ever have the same one, and a nonce that was taken
 * elsewhere, or kept too long, is not valid.
 *
 * It is as short as it may be, 28 characters: to strangers a server must not send more than it gets from them.
 */
export class NonceMint {
  readonly #key: HmacSha256;
  readonly #cookie: Uint8Array;
  readonly #lifetimeMs: number;
  readonly #text = new Uint8Array(4 + 1 + 16 + 2);
  readonly #tag = new Uint8Array(32);
  readonly #expected = new Uint8Array(NONCE_BYTES);

  constructor(secure: SecureRandom, features: number, lifetimeMs: number) {
    const secret = new Uint8Array(32);
    secure.fillSecure(secret, 0, secret.length);
    this.#key = new HmacSha256(secret);
    secret.fill(0);
    this.#cookie = utf8Bytes(nonceCookie(features));
    this.#lifetimeMs = lifetimeMs;
  }

  /** Writes the {@link NONCE_BYTES} of a nonce for `source`. The same within a second, later another. */
  writeInto(now: Instant, source: Readonly<TransportAddress>, out: Uint8Array, at: number): void {
    this.#write(Math.ceil((now + this.#lifetimeMs) / 1000), source, out, at);
  }

  /** Whether these bytes are a nonce that was given to `source` and is valid still. Compares in constant time. */
  isValid(now: Instant, source: Readonly<TransportAddress>, bytes: Uint8Array, at: number, length: number): boolean {
    if (length !== NONCE_BYTES) return false;
    let low = 0;
    for (let i = 0; i < SECOND_CHARACTERS; i++) {
      const sextet = base64Value(bytes[at + NONCE_COOKIE_BYTES + i]);
      if (sextet < 0) return false;
      low = low * 64 + sextet;
    }
    // Of all seconds that end in these 24 bits the one within 97 days of now: only that one can be valid.
    const first = Math.floor(now / 1000) - SECOND_SPAN / 2;
    const until = first + ((((low - first) % SECOND_SPAN) + SECOND_SPAN) % SECOND_SPAN);
    this.#write(until, source, this.#expected, 0);
    return equalBytes(this.#expected, 0, bytes, at, NONCE_BYTES) && until * 1000 >= now;
  }

  #write(until: number, source: Readonly<TransportAddress>, out: Uint8Array, at: number): void {
    const text = this.#text.fill(0);
    text[0] = until >>> 24;
    text[1] = until >>> 16;
    text[2] = until >>> 8;
    text[3] = until;
    text[4] = source.length;
    for (let i = 0; i < source.length; i++) text[5 + i] = source.bytes[i];
    text[21] = source.port >>> 8;
    text[22] = source.port;
    this.#key.digestInto(text, 0, text.length, this.#tag, 0);
    out.set(this.#cookie, at);
    writeBase64(text, 1, SECOND_CHARACTERS, out, at + NONCE_COOKIE_BYTES);
    writeBase64(this.#tag, 0, TAG_CHARACTERS, out, at + NONCE_COOKIE_BYTES + SECOND_CHARACTERS);
  }
}

/** 24 bits. */
const SECOND_CHARACTERS = 4;
const SECOND_SPAN = 2 ** 24;

/** 66 bits: a forger has to ask the server each time, and has nothing from it without a password. */
const TAG_CHARACTERS = 11;

/** Characters, and bytes, of a nonce; fewer than 128 (RFC 8489 14.10). */
export const NONCE_BYTES = NONCE_COOKIE_BYTES + SECOND_CHARACTERS + TAG_CHARACTERS;
