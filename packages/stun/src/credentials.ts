import { HmacSha1 } from '@hawser/wire';
import { utf8Bytes, writeUtf8 } from './attributes/text.ts';
import { StunError } from './errors.ts';
import { enforceOpaque } from './opaque-string.ts';

/**
 * What the OpaqueString profile makes of a password or user name (RFC 8265 4.2.2): every space that is not ASCII becomes
 * U+0020, then Normalization Form C. The ASCII of an `ice-pwd` is unchanged.
 *
 * @throws StunError `forbidden-text` for a code point that is not of the FreeformClass: a control, an unassigned one …
 */
export function opaqueString(text: string): string {
  const enforced = enforceOpaque(text);
  if (enforced === undefined) throw new StunError('forbidden-text', 'a code point that OpaqueString forbids');
  return enforced;
}

/**
 * The key of the short-term credential mechanism: `key = OpaqueString(password)` in UTF-8 (RFC 8489 9.1.1). Keep it for
 * as long as the password is valid: a message then costs its own hash blocks and two more.
 *
 * @param password not empty; an ICE agent's is 22 to 256 characters (RFC 8839 5.4)
 * @throws StunError `empty-password`: OpaqueString has no empty string, and such a tag would prove nothing; `forbidden-text`
 */
export function shortTermKey(password: string): HmacSha1 {
  const text = opaqueString(password);
  if (text === '') throw new StunError('empty-password', 'a password must not be empty');
  const bytes = new Uint8Array(utf8Bytes(text));
  writeUtf8(text, bytes, 0);
  const key = new HmacSha1(bytes);
  bytes.fill(0);
  return key;
}
