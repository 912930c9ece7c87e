import { equalBytes, utf8TextOrUndefined } from '@hawser/wire';
import { enforceOpaque } from '../opaque-string.ts';
import type { StunReader } from '../reader.ts';
import { AttributeType, PasswordAlgorithm, SecurityFeature } from '../registry.ts';
import { withoutTrailingNulls } from './key.ts';
import { nonceFeatures } from './nonce-cookie.ts';
import { firstSupportedAlgorithm } from './password-algorithms.ts';

/** Most bytes of a REALM or NONCE that is taken: what 127 characters of RFC 5389 may come to (RFC 8489 14.9, 14.10). */
export const CHALLENGE_TEXT_LIMIT_BYTES = 763;

/** Most bytes of a PASSWORD-ALGORITHMS that is taken: it is sent back with every request. */
export const ALGORITHMS_LIMIT_BYTES = 256;

/** Why a challenge cannot be answered. */
export type ChallengeFault = 'bad-challenge' | 'bid-down' | 'no-algorithm';

/**
 * What a 401 or 438 asks for (RFC 8489 9.2.4), copied out of the response: the NONCE, the REALM, and the algorithms, which
 * are sent back as they came.
 */
export class Challenge {
  readonly realmBytes: Uint8Array;
  readonly realm: string;
  readonly nonce: Uint8Array;
  /** The content of PASSWORD-ALGORITHMS; undefined when there was none, and then MESSAGE-INTEGRITY is used. */
  readonly algorithms: Uint8Array | undefined;
  /** The first one that is supported; MD5 where the server offers no choice. */
  readonly algorithm: PasswordAlgorithm;
  /** Whether USERHASH takes the place of USERNAME. */
  readonly anonymous: boolean;

  private constructor(
    realmBytes: Uint8Array,
    realm: string,
    nonce: Uint8Array,
    algorithms: Uint8Array | undefined,
    algorithm: PasswordAlgorithm,
    anonymous: boolean,
  ) {
    this.realmBytes = realmBytes;
    this.realm = realm;
    this.nonce = nonce;
    this.algorithms = algorithms;
    this.algorithm = algorithm;
    this.anonymous = anonymous;
  }

  /**
   * Reads the challenge of a 401 or 438 (RFC 8489 9.2.5).
   *
   * @param earlier the challenge before, whose realm holds where a 438 names none, and whose algorithms must not be gone
   */
  static read(reader: StunReader, earlier: Challenge | undefined): Challenge | ChallengeFault {
    const nonce = copyValue(reader, AttributeType.nonce, CHALLENGE_TEXT_LIMIT_BYTES);
    if (nonce === undefined) return 'bad-challenge';
    const features = Math.max(0, nonceFeatures(nonce, 0, nonce.length));
    const offered = reader.find(AttributeType.passwordAlgorithms);
    // The nonce is bound to the tag, so whoever took the list away could not take this bit away.
    const promised = (features & SecurityFeature.passwordAlgorithms) !== 0 || earlier?.algorithms !== undefined;
    if (promised && !offered) return 'bid-down';
    let algorithms: Uint8Array | undefined;
    let algorithm: PasswordAlgorithm | 0 | -1 = PasswordAlgorithm.md5;
    if (offered) {
      algorithms = copyValue(reader, AttributeType.passwordAlgorithms, ALGORITHMS_LIMIT_BYTES);
      if (algorithms === undefined) return 'bad-challenge';
      algorithm = firstSupportedAlgorithm(algorithms, 0, algorithms.length);
      if (algorithm <= 0) return 'no-algorithm';
    }
    const realmBytes = copyValue(reader, AttributeType.realm, CHALLENGE_TEXT_LIMIT_BYTES) ?? earlier?.realmBytes;
    if (realmBytes === undefined) return 'bad-challenge';
    const realm = utf8TextOrUndefined(realmBytes, 0, realmBytes.length);
    // The key is made of it: what OpaqueString forbids cannot be a realm (RFC 8489 9.2.2).
    if (realm === undefined || enforceOpaque(withoutTrailingNulls(realm)) === undefined) return 'bad-challenge';
    const anonymous = (features & SecurityFeature.usernameAnonymity) !== 0;
    return new Challenge(realmBytes, realm, nonce, algorithms, algorithm as PasswordAlgorithm, anonymous);
  }

  /** Whether the same user name, realm and password would be sent in answer to `other`. */
  asksForTheSame(other: Challenge): boolean {
    return this.anonymous === other.anonymous && this.realm === other.realm;
  }

  /** Whether the key is the same as for `other`. */
  hasKeyOf(other: Challenge): boolean {
    return this.algorithm === other.algorithm && this.realm === other.realm;
  }

  /** Whether the nonce is the same as that of `other`. */
  hasNonceOf(other: Challenge): boolean {
    return this.nonce.length === other.nonce.length && equalBytes(this.nonce, 0, other.nonce, 0, this.nonce.length);
  }
}

function copyValue(reader: StunReader, type: number, limit: number): Uint8Array | undefined {
  if (!reader.find(type) || reader.valueLength > limit || reader.valueLength === 0) return undefined;
  return reader.bytes.slice(reader.valueOffset, reader.valueOffset + reader.valueLength);
}
