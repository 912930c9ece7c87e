import { utf8Bytes } from '../attributes/text.ts';
import { opaqueString } from '../credentials.ts';
import { nodeCrypto } from '../crypto.ts';
import { StunError } from '../errors.ts';
import type { StunReader } from '../reader.ts';
import { AttributeType, ErrorCode, SecurityFeature, StunClass } from '../registry.ts';
import type { StunCrypto } from '../stun-crypto.ts';
import { type StunWriter, USERNAME_LIMIT_BYTES } from '../writer.ts';
import { Challenge, type ChallengeFault } from './challenge.ts';
import { type IntegrityKey, longTermKey, opaqueUsername, userhash, withoutTrailingNulls } from './key.ts';
import { nonceFeatures } from './nonce-cookie.ts';

/** Username and password, and how MD5 is had. */
export interface LongTermClientConfig {
  /** At most 508 bytes after OpaqueString (RFC 8489 14.3). */
  readonly username: string;
  /** Not empty. */
  readonly password: string;
  readonly crypto?: StunCrypto;
}

/**
 * What to do after a response.
 *
 * - `accept`: authentic, or the request carried no credentials: act on it.
 * - `retry`: send the request again as a new transaction, with what {@link LongTermClient.authenticate} now writes.
 * - `discard`: go on as if nothing had come. When only such responses came until the end, or at once over a reliable
 *   transport, the failure is "integrity violated" (RFC 8489 9.2.5).
 * - `fail`: the transaction is over; {@link LongTermClient.failure} says why.
 */
export type LongTermOutcome = 'accept' | 'retry' | 'discard' | 'fail';

/**
 * Why a transaction failed. `rejected`: the server does not take the user name or password. `stale`: it refuses nonces that
 * it has just given. `bid-down`: what the nonce promises is missing. `no-algorithm`: it offers none that is known here.
 * `bad-challenge`: no realm or nonce to answer with.
 */
export type LongTermFailure = ChallengeFault | 'rejected' | 'stale';

/** Counters since construction. */
export interface LongTermClientStats {
  accepted: number;
  retried: number;
  discarded: number;
  failed: number;
}

/**
 * The client's side of the long-term credential mechanism with one server (RFC 8489 9.2.3 and 9.2.5). Without time or
 * transactions of its own:
 *
 * ```ts
 * const round = credentials.authenticate(writer); // behind the request's own attributes; keep it with the transaction
 * writer.fingerprint();
 * …
 * const outcome = credentials.handleResponse(reader, round); // a parsed response to that transaction
 * ```
 *
 * Allocates when a challenge comes, not per request.
 */
export class LongTermClient {
  /** Why the last `fail` was answered. */
  failure: LongTermFailure | undefined;

  readonly #username: string;
  readonly #password: string;
  readonly #crypto: StunCrypto;
  readonly #stats: LongTermClientStats = { accepted: 0, retried: 0, discarded: 0, failed: 0 };
  /** What later requests answer, and before it what earlier ones answered. */
  #current: Answer | undefined;
  #previous: Answer | undefined;
  #round = 0;
  /** Challenges in a row that refused the newest round. */
  #refusals = 0;

  /** @throws StunError `too-long`, `empty-password`, `forbidden-text` */
  constructor(config: LongTermClientConfig) {
    this.#username = opaqueUsername(config.username);
    if (utf8Bytes(this.#username) > USERNAME_LIMIT_BYTES) {
      throw new StunError('too-long', `a user name has at most ${USERNAME_LIMIT_BYTES} bytes`);
    }
    // Looked at now: later it is a server's challenge that a key is made for.
    if (opaqueString(withoutTrailingNulls(config.password)) === '') {
      throw new StunError('empty-password', 'a password must not be empty');
    }
    this.#password = config.password;
    this.#crypto = config.crypto ?? nodeCrypto;
  }

  /** Whether requests carry credentials: a server has asked for them. */
  get isChallenged(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Writes USERNAME or USERHASH, REALM, NONCE, the algorithms and the integrity attribute: the last of a request, but for
   * FINGERPRINT. Nothing before the server has asked (RFC 8489 9.2.3.1).
   *
   * @returns the round of this request, for {@link handleResponse}; 0 when nothing was written
   */
  authenticate(writer: StunWriter): number {
    const answer = this.#current;
    if (answer === undefined) return 0;
    const { challenge, key } = answer;
    if (answer.userhash !== undefined) writer.attribute(AttributeType.userhash, answer.userhash);
    else writer.username(this.#username);
    writer.attribute(AttributeType.realm, challenge.realmBytes);
    writer.nonce(challenge.nonce);
    if (challenge.algorithms === undefined) {
      writer.integrity(key.sha1);
    } else {
      writer.attribute(AttributeType.passwordAlgorithms, challenge.algorithms);
      writer.passwordAlgorithm(challenge.algorithm);
      writer.integritySha256(key.sha256);
    }
    return this.#round;
  }

  /**
   * Judges a success or error response (RFC 8489 9.2.5).
   *
   * @param reader holds the response; its transaction is in progress
   * @param round what `authenticate` answered for the request
   */
  handleResponse(reader: StunReader, round: number): LongTermOutcome {
    const code = reader.cls === StunClass.error && reader.find(AttributeType.errorCode) ? reader.errorCode() : 0;
    if (code === ErrorCode.unauthenticated || code === ErrorCode.staleNonce)
      return this.#challenged(reader, code, round);
    if (isBidDown(reader)) return this.#discard();
    // A request without credentials was answered by whoever answers: there is no key to check anything with.
    if (round === 0) return this.#accept(0);
    // A 400 without integrity is among what is not authentic (RFC 8489 9.2.5).
    return this.#isAuthentic(reader, round) ? this.#accept(round) : this.#discard();
  }

  /** The counters, copied into `into`. */
  stats(into: LongTermClientStats = { accepted: 0, retried: 0, discarded: 0, failed: 0 }): LongTermClientStats {
    return Object.assign(into, this.#stats);
  }

  #challenged(reader: StunReader, code: number, round: number): LongTermOutcome {
    const earlier = this.#current;
    const challenge = Challenge.read(reader, earlier?.challenge);
    if (typeof challenge === 'string') return this.#fail(challenge);
    const asked = this.#answerOf(round)?.challenge;
    if (code === ErrorCode.unauthenticated && asked?.asksForTheSame(challenge)) return this.#fail('rejected');
    // Refusals of older rounds are the echo of one expiry; those of the newest, without end, are a server gone wrong.
    if (round > 0 && round === this.#round) {
      if (earlier?.challenge.hasNonceOf(challenge) || ++this.#refusals > MOST_REFUSALS) return this.#fail('stale');
    }
    this.#adopt(challenge, earlier);
    this.#stats.retried++;
    return 'retry';
  }

  #adopt(challenge: Challenge, earlier: Answer | undefined): void {
    const sameKey = earlier?.challenge.hasKeyOf(challenge) ?? false;
    const since = ++this.#round;
    if (sameKey && earlier?.challenge.asksForTheSame(challenge)) {
      // Only the nonce is new: the key of earlier rounds still is the key.
      this.#current = { ...earlier, challenge };
      return;
    }
    this.#previous = earlier;
    this.#current = {
      since,
      challenge,
      key: longTermKey(challenge.algorithm, this.#username, challenge.realm, this.#password, this.#crypto),
      userhash: challenge.anonymous ? userhash(this.#username, challenge.realm) : undefined,
    };
  }

  /** The answer that the request of this round was sent with; of the two that are remembered. */
  #answerOf(round: number): Answer | undefined {
    for (const answer of [this.#current, this.#previous]) {
      if (round > 0 && answer !== undefined && round >= answer.since) return answer;
    }
    return undefined;
  }

  #isAuthentic(reader: StunReader, round: number): boolean {
    const answer = this.#answerOf(round);
    if (answer === undefined) return false;
    if (reader.hasIntegritySha256) return reader.verifyIntegritySha256(answer.key.sha256);
    // Where the server offers algorithms, SHA-256 only (RFC 8489 9.2.5).
    return answer.challenge.algorithms === undefined && reader.verifyIntegrity(answer.key.sha1);
  }

  #accept(round: number): LongTermOutcome {
    if (round === this.#round) this.#refusals = 0;
    this.#stats.accepted++;
    return 'accept';
  }

  #discard(): LongTermOutcome {
    this.#stats.discarded++;
    return 'discard';
  }

  #fail(why: LongTermFailure): LongTermOutcome {
    this.failure = why;
    this.#stats.failed++;
    return 'fail';
  }
}

interface Answer {
  /** First round that was sent with this key. */
  readonly since: number;
  readonly challenge: Challenge;
  readonly key: IntegrityKey;
  readonly userhash: Uint8Array | undefined;
}

/** Whether the nonce promises PASSWORD-ALGORITHMS and there are none (RFC 8489 9.2.5). */
function isBidDown(reader: StunReader): boolean {
  if (!reader.find(AttributeType.nonce)) return false;
  const features = nonceFeatures(reader.bytes, reader.valueOffset, reader.valueLength);
  if (features < 0 || (features & SecurityFeature.passwordAlgorithms) === 0) return false;
  return !reader.find(AttributeType.passwordAlgorithms);
}

/** As many times as RFC 8489 6.3.4 lets a request be sent again after a 500. */
const MOST_REFUSALS = 4;
