import { describe, expect, it } from 'vitest';
import { hex, unhex } from '../test/support/hex.ts';
import { deterministicCrypto, nodeCrypto } from './index.ts';

/** A "random" source that gives these bytes. */
function fixed(bytes: Uint8Array) {
  return {
    fillSecure: (out: Uint8Array, offset: number, length: number) => out.set(bytes.subarray(0, length), offset),
  };
}

describe('deterministicCrypto', () => {
  // RFC 6979 A.2.5, P-256 with SHA-256.
  const key = deterministicCrypto.generateSigningKey(
    fixed(unhex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721')),
  );

  it('has the public key of RFC 6979 A.2.5', () => {
    expect(hex(key.publicKey)).toBe(
      '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    );
  });

  it('signs "sample" and "test" as RFC 6979 A.2.5 does', () => {
    expect(hex(key.sign(0x0403, new TextEncoder().encode('sample')))).toBe(
      '3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
        '022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    );
    expect(hex(key.sign(0x0403, new TextEncoder().encode('test')))).toBe(
      '3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367' +
        '0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    );
  });

  it('makes signatures that OpenSSL verifies', () => {
    const message = unhex('00ff');
    expect(nodeCrypto.verify(key, 0x0403, message, key.sign(0x0403, message))).toBe(true);
    expect(nodeCrypto.verify(key, 0x0403, unhex('00fe'), key.sign(0x0403, message))).toBe(false);
  });
});
