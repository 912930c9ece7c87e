import { utf8Bytes as encodeUtf8 } from '@hawser/wire';
import { opaqueString } from '../credentials.ts';
import { StunError } from '../errors.ts';
import { IntegrityKey } from '../long-term/key.ts';
import type { StunReader } from '../reader.ts';
import { AttributeType, ErrorCode } from '../registry.ts';
import type { StunWriter } from '../writer.ts';

/** Which integrity attributes a message carries or may carry. */
export type IntegrityChoice = 'sha1' | 'sha256' | 'both';

/**
 * The client's side of the short-term credential mechanism with one server (RFC 8489 9.1): USERNAME and integrity on every
 * request, both kinds of it until the server has shown which it takes. ICE knows the kind beforehand (RFC 8445 7.1:
 * MESSAGE-INTEGRITY), and needs no more than `shortTermKey`.
 */
export class ShortTermClient {
  readonly #username: string;
  readonly #key: IntegrityKey;
  #choice: IntegrityChoice;

  /**
   * @param choice `both` unless the kind is known by other means (RFC 8489 9.1.2)
   * @throws StunError `empty-password`, `forbidden-text`
   */
  constructor(username: string, password: string, choice: IntegrityChoice = 'both') {
    this.#username = opaqueString(username);
    this.#key = shortTermIntegrityKey(password);
    this.#choice = choice;
  }

  /** What the next request carries. */
  get choice(): IntegrityChoice {
    return this.#choice;
  }

  /** Writes USERNAME and the integrity attributes: the last of a request or indication, but for FINGERPRINT. */
  authenticate(writer: StunWriter): void {
    writer.username(this.#username);
    if (this.#choice !== 'sha256') writer.integrity(this.#key.sha1);
    if (this.#choice !== 'sha1') writer.integritySha256(this.#key.sha256);
  }

  /**
   * Whether a response is authentic (RFC 8489 9.1.4). One that is not is to be discarded, and over a reliable transport ends
   * the transaction as "integrity violated". An authentic one settles what later requests carry (RFC 8489 9.1.5).
   *
   * @param reader holds a response to a request that carried `sent`
   */
  handleResponse(reader: StunReader, sent: IntegrityChoice = this.#choice): boolean {
    if (reader.hasIntegritySha256) {
      if (sent === 'sha1' || !reader.verifyIntegritySha256(this.#key.sha256)) return false;
      this.#choice = 'sha256';
      return true;
    }
    if (sent === 'sha256' || !reader.verifyIntegrity(this.#key.sha1)) return false;
    this.#choice = 'sha1';
    return true;
  }
}

/**
 * The server's side of the short-term credential mechanism (RFC 8489 9.1.3): checks a request or indication in the order of
 * the text. A request that is refused gets an error response with that code and without integrity, an indication nothing.
 */
export class ShortTermServer {
  /** The user name of the message that was checked last and was authentic; empty after any other. */
  username = '';

  readonly #keys = new Map<string, IntegrityKey>();
  #key: IntegrityKey | undefined;
  #sealsSha256 = false;

  /** Makes a user name valid, or gives it another password. @throws StunError `empty-password`, `forbidden-text` */
  add(username: string, password: string): void {
    this.#keys.set(opaqueString(username), shortTermIntegrityKey(password));
  }

  remove(username: string): void {
    this.#keys.delete(opaqueString(username));
  }

  /** 0: authentic. Otherwise the code of the error response, 400 or 401. */
  check(reader: StunReader): 0 | 400 | 401 {
    this.username = '';
    this.#key = undefined;
    if ((!reader.hasIntegrity && !reader.hasIntegritySha256) || !reader.find(AttributeType.username)) {
      return ErrorCode.badRequest;
    }
    // What is longer than any user name (RFC 8489 14.3) is not worth decoding.
    const username = reader.valueLength > 763 ? '' : reader.text();
    const key = this.#keys.get(username);
    const hasSha256 = reader.hasIntegritySha256;
    // A name that is not known costs what a wrong password does: the time of the answer does not tell which names there are.
    const { sha1, sha256 } = key ?? NOBODY;
    const matches = hasSha256 ? reader.verifyIntegritySha256(sha256) : reader.verifyIntegrity(sha1);
    if (key === undefined || !matches) return ErrorCode.unauthenticated;
    this.username = username;
    this.#key = key;
    this.#sealsSha256 = hasSha256;
    return 0;
  }

  /**
   * Writes the integrity attribute of a response, of the kind that the request was checked by (RFC 8489 9.1.3).
   *
   * @throws StunError `wrong-order` when the last check did not answer 0
   */
  seal(writer: StunWriter): void {
    if (this.#key === undefined) throw new StunError('wrong-order', 'no request has been authenticated');
    if (this.#sealsSha256) writer.integritySha256(this.#key.sha256);
    else writer.integrity(this.#key.sha1);
  }
}

/** The key of the short-term mechanism for both kinds of integrity (RFC 8489 9.1.1). */
export function shortTermIntegrityKey(password: string): IntegrityKey {
  const text = opaqueString(password);
  if (text === '') throw new StunError('empty-password', 'a password must not be empty');
  const bytes = encodeUtf8(text);
  const key = new IntegrityKey(bytes);
  bytes.fill(0);
  return key;
}

/** Stands in for the key of whoever is not known; what it verifies is refused all the same. */
const NOBODY = new IntegrityKey(new Uint8Array(16));
