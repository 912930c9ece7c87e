import { equalBytes, hexText, type Instant, type SecureRandom, utf8TextOrUndefined } from '@hawser/wire';
import type { TransportAddress } from '../attributes/address.ts';
import { nodeCrypto } from '../crypto.ts';
import { StunError } from '../errors.ts';
import { enforceOpaque } from '../opaque-string.ts';
import type { StunReader } from '../reader.ts';
import { ErrorCode, PasswordAlgorithm, SecurityFeature } from '../registry.ts';
import type { StunCrypto } from '../stun-crypto.ts';
import type { StunWriter } from '../writer.ts';
import { LongTermAttributes } from './attributes.ts';
import { CHALLENGE_TEXT_LIMIT_BYTES } from './challenge.ts';
import { type IntegrityKey, longTermKey, withoutTrailingNulls } from './key.ts';
import { nonceFeatures } from './nonce-cookie.ts';
import { NONCE_BYTES, NonceMint } from './nonce-mint.ts';
import { passwordAlgorithm } from './password-algorithms.ts';

/** Who may use the server. Asked at every request, so that an answer may change at any time. */
export interface LongTermUsers {
  /** The password of a user name (OpaqueString applied by the client), or undefined when it is not valid now. */
  password(username: string): string | undefined;
  /**
   * The user name whose USERHASH this is, in lower-case hexadecimal (see `userhash`). Where it is given, clients are asked
   * to send the hash instead of the name.
   */
  usernameOf?(userhash: string): string | undefined;
}

/** What a server of the long-term credential mechanism is told. */
export interface LongTermServerConfig {
  /** At most 127 characters; by recommendation the domain name of the provider (RFC 8489 9.2.4). */
  readonly realm: string;
  readonly users: LongTermUsers;
  /**
   * Password algorithms, the preferred first; default SHA-256, then MD5. Empty: none are offered, as before RFC 8489.
   * Without MD5 in a list that is not empty, clients that know no algorithms are refused.
   */
  readonly algorithms?: readonly PasswordAlgorithm[];
  /** How long a nonce is valid, 1 to 86 400 000 ms; default 600 000. RFC 8656 5 wants at most an hour. */
  readonly nonceLifetimeMs?: number;
  /** Keys kept ready, 1 to 65 536; default 1 024. */
  readonly keys?: number;
  readonly crypto?: StunCrypto;
}

/** 0: authentic. Otherwise the code of the error response: 400, 401 or 438. */
export type LongTermCheck = 0 | 400 | 401 | 438;

/** Checks since construction, by what they found. */
export interface LongTermServerStats {
  authentic: number;
  /** 401 because the request had no credentials: the first of every client. */
  challenged: number;
  badRequest: number;
  unauthenticated: number;
  staleNonce: number;
}

/**
 * The server's side of the long-term credential mechanism (RFC 8489 9.2.4), without state per client: the nonces carry
 * their own validity, and the keys that are kept are bounded.
 *
 * ```ts
 * const code = credentials.check(now, reader, source);
 * writer.begin(…, code === 0 ? StunClass.success : StunClass.error, …);
 * if (code === 0) { …; credentials.seal(writer); } else credentials.reject(now, writer, source, code);
 * ```
 */
export class LongTermServer {
  /** User name of the last request that was authentic; empty after any other. */
  username = '';

  readonly #realm: string;
  readonly #users: LongTermUsers;
  readonly #algorithms: readonly PasswordAlgorithm[];
  readonly #crypto: StunCrypto;
  readonly #mint: NonceMint;
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  readonly #keyLimit: number;
  /** By algorithm and user name, oldest use first. */
  readonly #keys = new Map<string, { readonly password: string; readonly key: IntegrityKey }>();
  readonly #seen = new LongTermAttributes();
  readonly #stats: LongTermServerStats = newStats();
  readonly #offered: Uint8Array;
  // What the last check found.
  #key: IntegrityKey | undefined;
  #sealsSha256 = false;

  /** @throws StunError `bad-config` for a number outside its range an empty realm, or one that OpaqueString forbids */
  constructor(config: LongTermServerConfig, secure: SecureRandom) {
    const { nonceLifetimeMs = 600_000, keys = 1024, algorithms = DEFAULT_ALGORITHMS } = config;
    if (!(nonceLifetimeMs >= 1 && nonceLifetimeMs <= 86_400_000)) {
      throw new StunError('bad-config', 'nonceLifetimeMs is 1 to 86 400 000');
    }
    if (!Number.isInteger(keys) || keys < 1 || keys > 65_536) throw new StunError('bad-config', 'keys is 1 to 65 536');
    if (config.realm === '') throw new StunError('bad-config', 'a realm must not be empty');
    if (enforceOpaque(config.realm) === undefined) throw new StunError('bad-config', 'OpaqueString forbids the realm');
    this.#realm = config.realm;
    this.#users = config.users;
    this.#algorithms = algorithms;
    this.#offered = Uint8Array.from(algorithms.flatMap((algorithm) => [0, algorithm, 0, 0]));
    this.#crypto = config.crypto ?? nodeCrypto;
    this.#keyLimit = keys;
    let features = 0;
    if (algorithms.length > 0) features |= SecurityFeature.passwordAlgorithms;
    if (config.users.usernameOf !== undefined) features |= SecurityFeature.usernameAnonymity;
    this.#mint = new NonceMint(secure, features, nonceLifetimeMs);
  }

  /**
   * Checks a request in the order of RFC 8489 9.2.4. Nothing in it may be acted on unless the answer is 0.
   *
   * @param reader holds the request
   * @param source where it came from: nonces hold for one source
   */
  check(now: Instant, reader: StunReader, source: Readonly<TransportAddress>): LongTermCheck {
    this.username = '';
    this.#key = undefined;
    if (!reader.hasIntegrity && !reader.hasIntegritySha256) return this.#count('challenged', 401);
    const { nonce, realm, username: name, userhash, algorithm: choice } = this.#seen;
    this.#seen.find(reader);
    if (nonce.at < 0 || realm.at < 0 || (name.at < 0 && userhash.at < 0)) {
      return this.#count('badRequest', 400);
    }
    const algorithm = this.#algorithmOf(reader.bytes);
    if (algorithm === -1) return this.#count('badRequest', 400);
    if (algorithm === 0) return this.#count('unauthenticated', 401);
    const username = this.#usernameOf(reader.bytes);
    const key = this.#authenticKey(reader, username, algorithm);
    if (username === undefined || key === undefined) return this.#count('unauthenticated', 401);
    if (!this.#mint.isValid(now, source, reader.bytes, nonce.at, nonce.length)) return this.#count('staleNonce', 438);
    this.username = username;
    this.#key = key;
    this.#sealsSha256 = choice.at >= 0;
    return this.#count('authentic', 0);
  }

  /**
   * Writes what follows the header of the error response that a check asked for: ERROR-CODE and, but with a 400, REALM,
   * NONCE and PASSWORD-ALGORITHMS. There is no integrity: nothing is shared with whom it goes to. Nor is there a reason
   * phrase: it would make the answer longer than it must be, and who asked may have been forged.
   */
  reject(now: Instant, writer: StunWriter, source: Readonly<TransportAddress>, code: 400 | 401 | 438): void {
    writer.errorCode(code, '');
    if (code === ErrorCode.badRequest) return;
    writer.realm(this.#realm);
    this.#mint.writeInto(now, source, this.#nonce, 0);
    writer.nonce(this.#nonce);
    if (this.#algorithms.length > 0) writer.passwordAlgorithms(this.#algorithms);
  }

  /**
   * Writes the integrity attribute of a response to the request that was checked last and found authentic: SHA-256, unless
   * the request knew no password algorithms (RFC 8489 9.2.4).
   *
   * @throws StunError `wrong-order` when the last check did not answer 0
   */
  seal(writer: StunWriter): void {
    if (this.#key === undefined) throw new StunError('wrong-order', 'no request has been authenticated');
    if (this.#sealsSha256) writer.integritySha256(this.#key.sha256);
    else writer.integrity(this.#key.sha1);
  }

  /** The counters, copied into `into`. */
  stats(into: LongTermServerStats = newStats()): LongTermServerStats {
    return Object.assign(into, this.#stats);
  }

  #count<C extends LongTermCheck>(what: keyof LongTermServerStats, code: C): C {
    this.#stats[what]++;
    return code;
  }

  /** The algorithm of the request; 0 when it is not offered, -1 when the request is malformed. */
  #algorithmOf(bytes: Uint8Array): PasswordAlgorithm | 0 | -1 {
    const { algorithm, algorithms, nonce } = this.#seen;
    const features = nonceFeatures(bytes, nonce.at, nonce.length);
    const chooses = features >= 0 && (features & SecurityFeature.passwordAlgorithms) !== 0;
    if (!chooses || (algorithm.at < 0 && algorithms.at < 0)) {
      // A client of RFC 5389, which knows no algorithms: MD5 (RFC 8489 9.2.4), where it is still taken.
      algorithm.at = -1;
      const taken = this.#algorithms.length === 0 || this.#algorithms.includes(PasswordAlgorithm.md5);
      return taken ? PasswordAlgorithm.md5 : 0;
    }
    if (algorithm.at < 0 || algorithms.at < 0) return -1;
    const offered = this.#offered;
    if (algorithms.length !== offered.length) return -1;
    if (!equalBytes(bytes, algorithms.at, offered, 0, offered.length)) return -1;
    const chosen = passwordAlgorithm(bytes, algorithm.at, algorithm.length);
    return chosen > 0 && this.#algorithms.includes(chosen as PasswordAlgorithm) ? chosen : -1;
  }

  #usernameOf(bytes: Uint8Array): string | undefined {
    const { username, userhash } = this.#seen;
    if (username.at >= 0) {
      if (username.length > CHALLENGE_TEXT_LIMIT_BYTES) return undefined;
      return utf8TextOrUndefined(bytes, username.at, username.length);
    }
    return userhash.length === 32 ? this.#users.usernameOf?.(hexText(bytes, userhash.at, 32)) : undefined;
  }

  /**
   * The key that the request is signed with, if it is this user's. Whatever is wrong, one key is made and one tag checked:
   * the time of the answer does not tell which names there are, nor which of them were here lately.
   */
  #authenticKey(
    reader: StunReader,
    username: string | undefined,
    algorithm: PasswordAlgorithm,
  ): IntegrityKey | undefined {
    const password = username === undefined ? undefined : this.#passwordOf(username);
    const isUser = username !== undefined && password !== undefined;
    const kept = isUser ? this.#keys.get(`${algorithm}:${username}`) : undefined;
    const isFresh = kept !== undefined && kept.password === password;
    const key = isFresh ? kept.key : this.#makeKey(algorithm, username, password);
    const { sha1, sha256 } = key;
    const matches = reader.hasIntegritySha256 ? reader.verifyIntegritySha256(sha256) : reader.verifyIntegrity(sha1);
    if (isUser && matches) {
      this.#keep(`${algorithm}:${username}`, { password, key });
      return key;
    }
    if (isFresh) this.#makeKey(algorithm, username, password);
    return undefined;
  }

  #passwordOf(username: string): string | undefined {
    const password = this.#users.password(username);
    if (password === undefined) return undefined;
    const secret = withoutTrailingNulls(password);
    // What no client can send (RFC 8489 9.2.2) is nobody's name, and what none can use nobody's password.
    const isUsable = secret !== '' && enforceOpaque(secret) !== undefined && isName(username);
    return isUsable ? password : undefined;
  }

  /** The key of a user, or one as long in the making that is nobody's. */
  #makeKey(algorithm: PasswordAlgorithm, username = NOBODY, password = NOBODY): IntegrityKey {
    const name = isName(username) ? username : NOBODY;
    return longTermKey(algorithm, name, this.#realm, password, this.#crypto);
  }

  /** Behind all others: the one that was used least lately makes room. Only users who proved who they are get here. */
  #keep(name: string, entry: { readonly password: string; readonly key: IntegrityKey }): void {
    this.#keys.delete(name);
    this.#keys.set(name, entry);
    if (this.#keys.size > this.#keyLimit) this.#keys.delete(this.#keys.keys().next().value as string);
  }
}

/** Stands in for a name and a password where there are none: what it verifies is refused all the same. */
const NOBODY = 'nobody';

function isName(username: string): boolean {
  return enforceOpaque(withoutTrailingNulls(username)) !== undefined;
}

const DEFAULT_ALGORITHMS: readonly PasswordAlgorithm[] = [PasswordAlgorithm.sha256, PasswordAlgorithm.md5];

function newStats(): LongTermServerStats {
  return { authentic: 0, challenged: 0, badRequest: 0, unauthenticated: 0, staleNonce: 0 };
}
