/**
 * The key schedule, RFC 8446 7.1, with the labels of RFC 9147 5.9:
 *
 * ```
 *              0
 *              |
 *   0 ───> HKDF-Extract = Early Secret
 *              |  Derive-Secret(., "derived", "")
 *  (EC)DHE ─> HKDF-Extract = Handshake Secret ──> client, server handshake traffic secret
 *              |  Derive-Secret(., "derived", "")
 *   0 ───> HKDF-Extract = Master Secret ──> client, server application traffic secret 0, exporter master secret
 * ```
 */
import type { DtlsCrypto, HashAlgorithm } from '../dtls-crypto.ts';
import { concat } from '../handshake/key-schedule.ts';
import type { Suite13 } from './suites.ts';

/** The two prefixes of labels: RFC 9147 5.9, and RFC 8446 7.1 for what is published for TLS. */
export type LabelPrefix = 'dtls13' | 'tls13 ';

const NO_BYTES = new Uint8Array(0);

/** HKDF-Extract, RFC 5869 2.2. */
export function hkdfExtract(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  salt: Uint8Array,
  keyingMaterial: Uint8Array,
): Uint8Array {
  return crypto.hmac(hash, salt, keyingMaterial);
}

/** HKDF-Expand, RFC 5869 2.3. */
export function hkdfExpand(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  secret: Uint8Array,
  info: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const out = new Uint8Array(lengthBytes);
  let block: Uint8Array = NO_BYTES;
  for (let filled = 0, i = 1; filled < lengthBytes; filled += block.length, i++) {
    block = crypto.hmac(hash, secret, concat(block, info, Uint8Array.of(i)));
    out.set(block.subarray(0, lengthBytes - filled), filled);
  }
  return out;
}

/** HKDF-Expand-Label, RFC 8446 7.1: length (2), prefix and label (8-bit length), context (8-bit length). */
export function expandLabel(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
  prefix: LabelPrefix = 'dtls13',
): Uint8Array {
  const name = new TextEncoder().encode(prefix + label);
  const info = concat(
    Uint8Array.of(lengthBytes >>> 8, lengthBytes, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  );
  return hkdfExpand(crypto, hash, secret, info, lengthBytes);
}

/** The keys of one direction in one epoch, RFC 8446 7.3 and RFC 9147 4.2.3. */
export interface TrafficKeys {
  readonly key: Uint8Array;
  /** 12 bytes */
  readonly iv: Uint8Array;
  /** Encrypts record numbers. */
  readonly sn: Uint8Array;
}

/** The secrets of both directions. */
export interface TrafficSecrets {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** What a suite makes of secrets. Keeps none. */
export class KeySchedule {
  readonly suite: Suite13;
  readonly #crypto: DtlsCrypto;
  readonly #prefix: LabelPrefix;

  /** @param prefix default that of DTLS */
  constructor(crypto: DtlsCrypto, suite: Suite13, prefix: LabelPrefix = 'dtls13') {
    this.suite = suite;
    this.#crypto = crypto;
    this.#prefix = prefix;
  }

  /** Transcript-Hash, RFC 8446 4.4.1. */
  digest(bytes: Uint8Array): Uint8Array {
    return this.#crypto.digest(this.suite.hash, bytes);
  }

  /** Handshake Secret. @param shared the result of the key exchange */
  handshakeSecret(shared: Uint8Array): Uint8Array {
    const zeros = new Uint8Array(this.suite.hashBytes);
    const early = hkdfExtract(this.#crypto, this.suite.hash, zeros, zeros);
    return hkdfExtract(this.#crypto, this.suite.hash, this.#derived(early), shared);
  }

  masterSecret(handshakeSecret: Uint8Array): Uint8Array {
    const zeros = new Uint8Array(this.suite.hashBytes);
    return hkdfExtract(this.#crypto, this.suite.hash, this.#derived(handshakeSecret), zeros);
  }

  /** @param transcriptHash ClientHello to ServerHello */
  handshakeTraffic(handshakeSecret: Uint8Array, transcriptHash: Uint8Array): TrafficSecrets {
    return {
      client: this.deriveSecret(handshakeSecret, 'c hs traffic', transcriptHash),
      server: this.deriveSecret(handshakeSecret, 's hs traffic', transcriptHash),
    };
  }

  /** @param transcriptHash ClientHello to the server's Finished */
  applicationTraffic(masterSecret: Uint8Array, transcriptHash: Uint8Array): TrafficSecrets {
    return {
      client: this.deriveSecret(masterSecret, 'c ap traffic', transcriptHash),
      server: this.deriveSecret(masterSecret, 's ap traffic', transcriptHash),
    };
  }

  /** @param transcriptHash ClientHello to the server's Finished */
  exporterSecret(masterSecret: Uint8Array, transcriptHash: Uint8Array): Uint8Array {
    return this.deriveSecret(masterSecret, 'exp master', transcriptHash);
  }

  /** The secret that follows a KeyUpdate, RFC 8446 7.2. */
  nextTrafficSecret(secret: Uint8Array): Uint8Array {
    return this.expand(secret, 'traffic upd', NO_BYTES, this.suite.hashBytes);
  }

  trafficKeys(secret: Uint8Array): TrafficKeys {
    const { keyBytes } = this.suite;
    return {
      key: this.expand(secret, 'key', NO_BYTES, keyBytes),
      iv: this.expand(secret, 'iv', NO_BYTES, 12),
      sn: this.expand(secret, 'sn', NO_BYTES, keyBytes),
    };
  }

  /** verify_data of Finished, RFC 8446 4.4.4. @param baseSecret the sender's handshake traffic secret */
  verifyData(baseSecret: Uint8Array, transcriptHash: Uint8Array): Uint8Array {
    const key = this.expand(baseSecret, 'finished', NO_BYTES, this.suite.hashBytes);
    const data = this.#crypto.hmac(this.suite.hash, key, transcriptHash);
    key.fill(0);
    return data;
  }

  /** TLS-Exporter, RFC 8446 7.5; no context is the same as an empty one. */
  exportKeyingMaterial(
    exporterSecret: Uint8Array,
    label: string,
    context: Uint8Array,
    lengthBytes: number,
  ): Uint8Array {
    const secret = this.deriveSecret(exporterSecret, label, this.digest(NO_BYTES));
    const material = this.expand(secret, 'exporter', this.digest(context), lengthBytes);
    secret.fill(0);
    return material;
  }

  /** Derive-Secret, RFC 8446 7.1. */
  deriveSecret(secret: Uint8Array, label: string, transcriptHash: Uint8Array): Uint8Array {
    return this.expand(secret, label, transcriptHash, this.suite.hashBytes);
  }

  /** HKDF-Expand-Label with the hash of the suite. */
  expand(secret: Uint8Array, label: string, context: Uint8Array, lengthBytes: number): Uint8Array {
    return expandLabel(this.#crypto, this.suite.hash, secret, label, context, lengthBytes, this.#prefix);
  }

  #derived(secret: Uint8Array): Uint8Array {
    return this.deriveSecret(secret, 'derived', this.digest(NO_BYTES));
  }
}
