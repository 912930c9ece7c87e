/** From the premaster secret to keys: RFC 5246 5, 6.3 and 7.4.9, RFC 7627 4, RFC 5705 4. */
import type { DtlsCrypto, HashAlgorithm } from '../dtls-crypto.ts';
import type { CipherSuite } from './cipher-suites.ts';

/** The keys of both directions, RFC 5246 6.3: no MAC keys, for AEAD needs none. */
export interface KeyBlock {
  readonly clientWriteKey: Uint8Array;
  readonly serverWriteKey: Uint8Array;
  readonly clientWriteIv: Uint8Array;
  readonly serverWriteIv: Uint8Array;
}

/** PRF(secret, label, seed) = P_hash(secret, label + seed), RFC 5246 5. */
export function prf(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  secret: Uint8Array,
  label: string,
  seed: readonly Uint8Array[],
  lengthBytes: number,
): Uint8Array {
  const labelAndSeed = concat(new TextEncoder().encode(label), ...seed);
  const out = new Uint8Array(lengthBytes);
  let a = labelAndSeed;
  for (let filled = 0; filled < lengthBytes; ) {
    a = crypto.hmac(hash, secret, a);
    const block = crypto.hmac(hash, secret, concat(a, labelAndSeed));
    const take = Math.min(block.length, lengthBytes - filled);
    out.set(take === block.length ? block : block.subarray(0, take), filled);
    filled += take;
  }
  return out;
}

/** RFC 7627 4: bound to everything up to and with ClientKeyExchange. 48 bytes. */
export function extendedMasterSecret(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  premaster: Uint8Array,
  transcript: Uint8Array,
): Uint8Array {
  return prf(crypto, hash, premaster, 'extended master secret', [crypto.digest(hash, transcript)], 48);
}

export function keyBlock(
  crypto: DtlsCrypto,
  suite: CipherSuite,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): KeyBlock {
  const { keyBytes, ivBytes, hash } = suite;
  const ivsAt = 2 * keyBytes;
  const bytes = prf(crypto, hash, masterSecret, 'key expansion', [serverRandom, clientRandom], ivsAt + 2 * ivBytes);
  return {
    clientWriteKey: bytes.subarray(0, keyBytes),
    serverWriteKey: bytes.subarray(keyBytes, ivsAt),
    clientWriteIv: bytes.subarray(ivsAt, ivsAt + ivBytes),
    serverWriteIv: bytes.subarray(ivsAt + ivBytes),
  };
}

/** verify_data of Finished, RFC 5246 7.4.9. 12 bytes. */
export function verifyData(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  masterSecret: Uint8Array,
  sender: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  return prf(crypto, hash, masterSecret, `${sender} finished`, [crypto.digest(hash, transcript)], 12);
}

/** RFC 5705 4. No context and an empty context give different bytes. */
export function exportKeyingMaterial(
  crypto: DtlsCrypto,
  hash: HashAlgorithm,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  label: string,
  context: Uint8Array | undefined,
  lengthBytes: number,
): Uint8Array {
  const seed = [clientRandom, serverRandom];
  if (context !== undefined) seed.push(Uint8Array.of(context.length >>> 8, context.length), context);
  return prf(crypto, hash, masterSecret, label, seed, lengthBytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
