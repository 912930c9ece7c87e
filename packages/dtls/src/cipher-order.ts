import { nodeCrypto } from './crypto.ts';
import type { AeadAlgorithm, DtlsCrypto } from './dtls-crypto.ts';

/** A full packet, and what stands beside it in a record. */
const RECORD_LENGTH = 1200;
const TAG_LENGTH = 16;
/** A WebAssembly kernel is compiled again, and better, while it is being used. */
const WARM_UP_RECORDS = 50;
const BATCHES = 4;
const BATCH_RECORDS = 8;
/** What is faster by less than this may be slower the next time: then AES-128-GCM stays first, as everybody has it. */
const CLEARLY = 0.9;

/**
 * The order of `cipherPreference` that is fastest here: ChaCha20-Poly1305 before AES-128-GCM where sealing and opening full
 * records takes clearly less time with it. Takes a millisecond or two, so ask once in a process.
 *
 * @param clockMs milliseconds with fractions, monotonic
 * @param crypto default `nodeCrypto`
 */
export function fastestCiphers(clockMs: () => number, crypto: DtlsCrypto = nodeCrypto): readonly AeadAlgorithm[] {
  const aesMs = recordsMs('aes-128-gcm', 16, clockMs, crypto);
  const chachaMs = recordsMs('chacha20-poly1305', 32, clockMs, crypto);
  return chachaMs < CLEARLY * aesMs
    ? ['chacha20-poly1305', 'aes-128-gcm', 'aes-256-gcm']
    : ['aes-128-gcm', 'chacha20-poly1305', 'aes-256-gcm'];
}

/** The quickest of several batches: what else the machine does can only make them slower. */
function recordsMs(cipher: AeadAlgorithm, keyBytes: number, clockMs: () => number, crypto: DtlsCrypto): number {
  const aead = crypto.createAead(cipher, new Uint8Array(keyBytes));
  const nonce = new Uint8Array(12);
  const aad = new Uint8Array(13);
  const record = new Uint8Array(RECORD_LENGTH + TAG_LENGTH);
  const run = (records: number) => {
    for (let i = 0; i < records; i++) {
      aead.seal(nonce, aad, record, 0, RECORD_LENGTH);
      aead.open(nonce, aad, record, 0, RECORD_LENGTH);
    }
  };
  run(WARM_UP_RECORDS);
  let quickest = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch++) {
    const begunMs = clockMs();
    run(BATCH_RECORDS);
    quickest = Math.min(quickest, clockMs() - begunMs);
  }
  return quickest;
}
