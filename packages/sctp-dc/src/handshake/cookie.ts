import { Cursor, equalBytes, type Instant, Writer } from '@hawser/wire';
import type { PeerFields } from '../context.ts';
import { COOKIE_MAC_BYTES, type CookieMac } from '../crypto.ts';

/** What a State Cookie carries: all that is needed to make the association when it comes back (RFC 9260 5.1.3). */
export interface CookieFields {
  createdAt: Instant;
  localTag: number;
  localInitialTsn: number;
  peer: PeerFields;
  /** Tags of the association that existed when the cookie was made, 0 when none did (RFC 9260 5.2.2). */
  localTieTag: number;
  peerTieTag: number;
}

const BODY_BYTES = 48;
/** Length of our State Cookies. */
export const COOKIE_BYTES = COOKIE_MAC_BYTES + BODY_BYTES;

const FLAG_FORWARD_TSN = 1;
const FLAG_RE_CONFIG = 2;
const FLAG_ZERO_CHECKSUM = 4;
const FLAG_INTERLEAVING = 8;
const FLAG_I_FORWARD_TSN = 16;

/** Makes and checks State Cookies: answering an INIT keeps no state (RFC 9260 5.1.3, 5.1.5). */
export class CookieJar {
  readonly #key: Uint8Array;
  readonly #mac: CookieMac;
  readonly #tag = new Uint8Array(COOKIE_MAC_BYTES);

  /** @param key secret of at least 32 bytes, from a secure source */
  constructor(key: Uint8Array, mac: CookieMac) {
    this.#key = key;
    this.#mac = mac;
  }

  /** The cookie's bytes: authentication code, then the fields. */
  make(fields: CookieFields): Uint8Array {
    const bytes = new Uint8Array(COOKIE_BYTES);
    const w = new Writer().reset(bytes, COOKIE_MAC_BYTES, BODY_BYTES);
    const { peer } = fields;
    const createdAt = Math.floor(fields.createdAt);
    w.u32(Math.floor(createdAt / 2 ** 32));
    w.u32(createdAt % 2 ** 32);
    w.u32(fields.localTag);
    w.u32(fields.localInitialTsn);
    w.u32(peer.tag);
    w.u32(peer.initialTsn);
    w.u32(peer.windowBytes);
    w.u16(peer.outboundStreams);
    w.u16(peer.inboundStreams);
    w.u32(flagsOf(peer));
    w.u32(fields.localTieTag);
    w.u32(fields.peerTieTag);
    this.#mac(this.#key, bytes, COOKIE_MAC_BYTES, BODY_BYTES, this.#tag);
    bytes.set(this.#tag, 0);
    return bytes;
  }

  /** The fields of a cookie of ours; undefined when it is not. Its age is for the caller to judge. */
  open(bytes: Uint8Array, at: number, length: number): CookieFields | undefined {
    if (length !== COOKIE_BYTES) return undefined;
    this.#mac(this.#key, bytes, at + COOKIE_MAC_BYTES, BODY_BYTES, this.#tag);
    if (!equalBytes(this.#tag, 0, bytes, at, COOKIE_MAC_BYTES)) return undefined;
    const c = new Cursor().reset(bytes, at + COOKIE_MAC_BYTES, BODY_BYTES);
    const createdAt = c.u32() * 2 ** 32 + c.u32();
    const localTag = c.u32();
    const localInitialTsn = c.u32();
    const tag = c.u32();
    const initialTsn = c.u32();
    const windowBytes = c.u32();
    const outboundStreams = c.u16();
    const inboundStreams = c.u16();
    const flags = c.u32();
    return {
      createdAt,
      localTag,
      localInitialTsn,
      peer: {
        tag,
        windowBytes,
        outboundStreams,
        inboundStreams,
        initialTsn,
        forwardTsn: (flags & FLAG_FORWARD_TSN) !== 0,
        reConfig: (flags & FLAG_RE_CONFIG) !== 0,
        zeroChecksum: (flags & FLAG_ZERO_CHECKSUM) !== 0,
        interleaving: (flags & FLAG_INTERLEAVING) !== 0,
        iForwardTsn: (flags & FLAG_I_FORWARD_TSN) !== 0,
      },
      localTieTag: c.u32(),
      peerTieTag: c.u32(),
    };
  }
}

function flagsOf(peer: PeerFields): number {
  return (
    (peer.forwardTsn ? FLAG_FORWARD_TSN : 0) |
    (peer.reConfig ? FLAG_RE_CONFIG : 0) |
    (peer.zeroChecksum ? FLAG_ZERO_CHECKSUM : 0) |
    (peer.interleaving ? FLAG_INTERLEAVING : 0) |
    (peer.iForwardTsn ? FLAG_I_FORWARD_TSN : 0)
  );
}
