/** From the premaster secret to keys: RFC 5246 5, 6.3 and 7.4.9, RFC 7627 4, RFC 5705 4. Hash SHA-256 throughout. */
import type { DtlsCrypto } from '../dtls-crypto.ts';

/** The keys of both directions, RFC 5246 6.3 for AES-128-GCM: no MAC keys, 16 bytes of key and 4 of salt each. */
export interface KeyBlock {
  readonly clientWriteKey: Uint8Array;
  readonly serverWriteKey: Uint8Array;
  readonly clientWriteSalt: Uint8Array;
  readonly serverWriteSalt: Uint8Array;
}

/** PRF(secret, label, seed) = P_SHA256(secret, label + seed), RFC 5246 5. */
export function prf(
  crypto: DtlsCrypto,
  secret: Uint8Array,
  label: string,
  seed: readonly Uint8Array[],
  lengthBytes: number,
): Uint8Array {
  const labelAndSeed = concat(new TextEncoder().encode(label), ...seed);
  const out = new Uint8Array(lengthBytes);
  let a = labelAndSeed;
  for (let filled = 0; filled < lengthBytes; ) {
    a = crypto.hmac('sha-256', secret, a);
    const block = crypto.hmac('sha-256', secret, concat(a, labelAndSeed));
    const take = Math.min(block.length, lengthBytes - filled);
    out.set(take === block.length ? block : block.subarray(0, take), filled);
    filled += take;
  }
  return out;
}

/** RFC 7627 4: bound to everything up to and with ClientKeyExchange. 48 bytes. */
export function extendedMasterSecret(crypto: DtlsCrypto, premaster: Uint8Array, transcript: Uint8Array): Uint8Array {
  return prf(crypto, premaster, 'extended master secret', [crypto.digest('sha-256', transcript)], 48);
}

export function keyBlock(
  crypto: DtlsCrypto,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): KeyBlock {
  const bytes = prf(crypto, masterSecret, 'key expansion', [serverRandom, clientRandom], 40);
  return {
    clientWriteKey: bytes.subarray(0, 16),
    serverWriteKey: bytes.subarray(16, 32),
    clientWriteSalt: bytes.subarray(32, 36),
    serverWriteSalt: bytes.subarray(36, 40),
  };
}

/** verify_data of Finished, RFC 5246 7.4.9. 12 bytes. */
export function verifyData(
  crypto: DtlsCrypto,
  masterSecret: Uint8Array,
  sender: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  return prf(crypto, masterSecret, `${sender} finished`, [crypto.digest('sha-256', transcript)], 12);
}

/** RFC 5705 4. No context and an empty context give different bytes. */
export function exportKeyingMaterial(
  crypto: DtlsCrypto,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  label: string,
  context: Uint8Array | undefined,
  lengthBytes: number,
): Uint8Array {
  const seed = [clientRandom, serverRandom];
  if (context !== undefined) seed.push(Uint8Array.of(context.length >>> 8, context.length), context);
  return prf(crypto, masterSecret, label, seed, lengthBytes);
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
