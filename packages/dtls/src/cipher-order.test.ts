import { describe, expect, it } from 'vitest';
import { fastestCiphers } from './cipher-order.ts';
import { nodeCrypto } from './crypto.ts';
import type { AeadAlgorithm, DtlsCrypto } from './dtls-crypto.ts';

/** A clock that moves by what the ciphers cost, and by nothing else. */
function costing(costs: Partial<Record<AeadAlgorithm, number>>) {
  let nowMs = 0;
  const crypto: DtlsCrypto = {
    ...nodeCrypto,
    createAead: (algorithm) => ({
      seal: () => {
        nowMs += costs[algorithm] ?? 0;
      },
      open: () => {
        nowMs += costs[algorithm] ?? 0;
        return true;
      },
    }),
  };
  return fastestCiphers(() => nowMs, crypto);
}

describe('fastestCiphers', () => {
  it('puts ChaCha20-Poly1305 first where it is clearly faster', () => {
    expect(costing({ 'aes-128-gcm': 4, 'chacha20-poly1305': 1.6 })[0]).toBe('chacha20-poly1305');
  });

  it.each([3.7, 4, 9])('leaves AES-128-GCM first where it is not: %d to 4', (chacha) => {
    expect(costing({ 'aes-128-gcm': 4, 'chacha20-poly1305': chacha })).toEqual([
      'aes-128-gcm',
      'chacha20-poly1305',
      'aes-256-gcm',
    ]);
  });

  it('goes by the quickest batch: one that was interrupted says nothing', () => {
    let reads = 0;
    let nowMs = 0;
    const clock = () => {
      nowMs += reads++ === 1 ? 1000 : 1;
      return nowMs;
    };
    // The first batch of AES is slow; all others are alike.
    expect(fastestCiphers(clock)[0]).toBe('aes-128-gcm');
  });
});
