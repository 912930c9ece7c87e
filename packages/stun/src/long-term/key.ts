import { HmacSha1, HmacSha256, Sha256, utf8Bytes } from '@hawser/wire';
import { opaqueString } from '../credentials.ts';
import { nodeCrypto } from '../crypto.ts';
import { StunError } from '../errors.ts';
import { PasswordAlgorithm } from '../registry.ts';
import type { StunCrypto } from '../stun-crypto.ts';

/** One key, ready for both integrity attributes. Keep it for as long as the credential is valid. */
export class IntegrityKey {
  /** For MESSAGE-INTEGRITY. */
  readonly sha1: HmacSha1;
  /** For MESSAGE-INTEGRITY-SHA256. */
  readonly sha256: HmacSha256;

  /** @param bytes the key; not kept, what is derived from it is */
  constructor(bytes: Uint8Array) {
    this.sha1 = new HmacSha1(bytes);
    this.sha256 = new HmacSha256(bytes);
  }
}

/**
 * The bytes of the key of the long-term credential mechanism (RFC 8489 9.2.2 and 18.5.1): 16 of MD5, 32 of SHA-256, of
 * `username ":" OpaqueString(realm) ":" OpaqueString(password)`.
 *
 * @param username what USERNAME carries: OpaqueString is applied here too, which changes nothing a second time
 * @param realm as the server sends it; quotes around it and trailing zeros are taken off (RFC 8489 9.2.2)
 * @throws StunError `empty-password`, `forbidden-text`
 */
export function longTermKeyBytes(
  algorithm: PasswordAlgorithm,
  username: string,
  realm: string,
  password: string,
  crypto: StunCrypto = nodeCrypto,
): Uint8Array {
  const secret = opaqueString(withoutTrailingNulls(password));
  if (secret === '') throw new StunError('empty-password', 'a password must not be empty');
  const text = utf8Bytes(`${opaqueUsername(username)}:${opaqueRealm(realm)}:${secret}`);
  const key = algorithm === PasswordAlgorithm.sha256 ? sha256(text) : crypto.md5(text);
  text.fill(0);
  return key;
}

/** The key of the long-term credential mechanism, ready for use; see {@link longTermKeyBytes}. */
export function longTermKey(
  algorithm: PasswordAlgorithm,
  username: string,
  realm: string,
  password: string,
  crypto: StunCrypto = nodeCrypto,
): IntegrityKey {
  const bytes = longTermKeyBytes(algorithm, username, realm, password, crypto);
  const key = new IntegrityKey(bytes);
  bytes.fill(0);
  return key;
}

/** The 32 bytes of USERHASH: `SHA-256(OpaqueString(username) ":" OpaqueString(realm))` (RFC 8489 14.4). */
export function userhash(username: string, realm: string): Uint8Array {
  return sha256(utf8Bytes(`${opaqueUsername(username)}:${opaqueRealm(realm)}`));
}

/** The user name that is hashed and sent, "with any quotes and trailing nulls removed" (RFC 8489 9.2.2). */
export function opaqueUsername(username: string): string {
  return opaqueString(unquoted(withoutTrailingNulls(username)));
}

function opaqueRealm(realm: string): string {
  return opaqueString(unquoted(withoutTrailingNulls(realm)));
}

function sha256(bytes: Uint8Array): Uint8Array {
  const digest = new Uint8Array(32);
  new Sha256().update(bytes, 0, bytes.length).digestInto(digest, 0);
  return digest;
}

/** Text without the zeros at its end, which some stores add (RFC 8489 9.2.2). */
export function withoutTrailingNulls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

/** Only a pair around the whole: a quote inside belongs to the text. */
function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
