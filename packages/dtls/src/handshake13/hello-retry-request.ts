/**
 * HelloRetryRequest, RFC 8446 4.1.4: a ServerHello with a random of its own. The server keeps nothing of the hello that it
 * answers (RFC 9147 5.1): what it needs of it comes back in the cookie.
 *
 * cookie = suite (2), group that is asked for or 0 (2), hash of the first ClientHello, HMAC over these and the client's random
 * under a secret of this machine. The random is the same in both hellos (RFC 8446 4.1.2), so a cookie serves no other hello.
 */
import type { DtlsCrypto } from '../dtls-crypto.ts';
import { equalBytes } from '../equal-bytes.ts';
import { concat } from '../handshake/key-schedule.ts';
import { type Extension, ExtensionType } from '../handshake/messages/extensions.ts';
import { writeServerHello } from '../handshake/messages/server-hello.ts';
import { ProtocolVersion } from '../record/record.ts';
import { writeCookie, writeSelectedGroup } from './messages/key-share.ts';
import { writeServerVersion } from './supported-versions.ts';

/** SHA-256 of "HelloRetryRequest", RFC 8446 4.1.3. */
export const RETRY_RANDOM = Uint8Array.of(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
  ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
);

const NO_BYTES = new Uint8Array(0);
const MAC_LENGTH = 32;
const COOKIE_LABEL = new TextEncoder().encode('cookie of DTLS 1.3');

/** What a cookie remembers. */
export interface Remembered {
  readonly suite: number;
  /** The group that the second hello must bring a share of; 0 = any that it had. */
  readonly group: number;
  /** Hash of the first ClientHello, with the hash of the suite. */
  readonly helloHash: Uint8Array;
}

export function writeRetryCookie(
  crypto: DtlsCrypto,
  secret: Uint8Array,
  random: Uint8Array,
  remembered: Remembered,
): Uint8Array {
  const { suite, group, helloHash } = remembered;
  const content = concat(Uint8Array.of(suite >>> 8, suite, group >>> 8, group), helloHash);
  return concat(content, macOf(crypto, secret, random, content));
}

/** Undefined when the cookie is not one of ours for a hello with this random. */
export function readRetryCookie(
  crypto: DtlsCrypto,
  secret: Uint8Array,
  random: Uint8Array,
  cookie: Uint8Array,
): Remembered | undefined {
  if (cookie.length < 4 + MAC_LENGTH) return undefined;
  const content = cookie.subarray(0, cookie.length - MAC_LENGTH);
  if (!equalBytes(cookie.subarray(content.length), macOf(crypto, secret, random, content))) return undefined;
  return {
    suite: (content[0] << 8) | content[1],
    group: (content[2] << 8) | content[3],
    helloHash: content.slice(4),
  };
}

/** The body. Made again from the cookie when the second hello comes: it is part of the transcript. */
export function writeHelloRetryRequest(suite: number, group: number, cookie: Uint8Array): Uint8Array {
  const extensions: Extension[] = [
    { type: ExtensionType.supportedVersions, data: writeServerVersion(ProtocolVersion.dtls13) },
    { type: ExtensionType.cookie, data: writeCookie(cookie) },
  ];
  if (group !== 0) extensions.push({ type: ExtensionType.keyShare, data: writeSelectedGroup(group) });
  return writeServerHello({
    version: ProtocolVersion.dtls12,
    random: RETRY_RANDOM,
    sessionId: NO_BYTES,
    cipherSuite: suite,
    compressionMethod: 0,
    extensions,
  });
}

function macOf(crypto: DtlsCrypto, secret: Uint8Array, random: Uint8Array, content: Uint8Array): Uint8Array {
  return crypto.hmac('sha-256', secret, concat(COOKIE_LABEL, random, content));
}
