import { describe, expect, it } from 'vitest';
import { HmacSha1, hexBytes, hexText, Sha1, utf8Bytes } from '../../src/index.ts';

const repeated = (byte: number, count: number): Uint8Array => new Uint8Array(count).fill(byte);
const counting = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i + 1);

/** RFC 2202 3: the seven cases, in order. */
const CASES: readonly (readonly [string, Uint8Array, Uint8Array, string])[] = [
  ['1', repeated(0x0b, 20), utf8Bytes('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  ['2', utf8Bytes('Jefe'), utf8Bytes('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['3', repeated(0xaa, 20), repeated(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  ['4', counting(25), repeated(0xcd, 50), '4c9007f4026250c6bc8414f9bf50c86c2d7235da'],
  ['5', repeated(0x0c, 20), utf8Bytes('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  [
    '6, key longer than a block',
    repeated(0xaa, 80),
    utf8Bytes('Test Using Larger Than Block-Size Key - Hash Key First'),
    'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  ],
  [
    '7, key and data longer than a block',
    repeated(0xaa, 80),
    utf8Bytes('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  ],
];

describe('HMAC-SHA1, RFC 2202 3', () => {
  it.each(CASES)('case %s', (_name, key, data, digest) => {
    const out = new Uint8Array(20);
    new HmacSha1(key).digestInto(data, 0, data.length, out, 0);
    expect(hexText(out)).toBe(digest);
  });
});

/** RFC 3174 7.3: the text, how often it is repeated, the digest. */
const DIGESTS: readonly (readonly [string, number, string])[] = [
  ['abc', 1, 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', 1, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ['a', 1_000_000, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['0123456701234567012345670123456701234567012345670123456701234567', 10, 'dea356a2cddd90c7a7ecedc5ebb563934f460452'],
];

describe('SHA-1, RFC 3174 7.3', () => {
  it.each(DIGESTS)('%s, %i times', (text, times, digest) => {
    const bytes = utf8Bytes(text);
    const hash = new Sha1();
    for (let i = 0; i < times; i++) hash.update(bytes, 0, bytes.length);
    const out = new Uint8Array(20);
    hash.digestInto(out, 0);
    expect(out).toEqual(hexBytes(digest));
  });
});
