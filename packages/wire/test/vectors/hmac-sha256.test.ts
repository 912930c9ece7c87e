import { describe, expect, it } from 'vitest';
import { HmacSha256, hexBytes, hexText, Sha256, utf8Bytes } from '../../src/index.ts';

const repeated = (byte: number, count: number): Uint8Array => new Uint8Array(count).fill(byte);
const counting = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i + 1);

/** RFC 4231 4: cases 1 to 4, 6 and 7 (5 is the truncation of a tag). */
const CASES: readonly (readonly [string, Uint8Array, Uint8Array, string])[] = [
  ['1', repeated(0x0b, 20), utf8Bytes('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    '2',
    utf8Bytes('Jefe'),
    utf8Bytes('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['3', repeated(0xaa, 20), repeated(0xdd, 50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  ['4', counting(25), repeated(0xcd, 50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  [
    '6, key longer than a block',
    repeated(0xaa, 131),
    utf8Bytes('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    '7, key and data longer than a block',
    repeated(0xaa, 131),
    utf8Bytes(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

describe('HMAC-SHA256, RFC 4231 4', () => {
  it.each(CASES)('case %s', (_name, key, data, digest) => {
    const out = new Uint8Array(32);
    new HmacSha256(key).digestInto(data, 0, data.length, out, 0);
    expect(hexText(out)).toBe(digest);
  });
});

/** RFC 6234 8.5: the text, how often it is repeated, the digest. */
const DIGESTS: readonly (readonly [string, number, string])[] = [
  ['abc', 1, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    1,
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a', 1_000_000, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  [
    '0123456701234567012345670123456701234567012345670123456701234567',
    10,
    '594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5',
  ],
];

describe('SHA-256, RFC 6234 8.5', () => {
  it.each(DIGESTS)('%s, %i times', (text, times, digest) => {
    const bytes = utf8Bytes(text);
    const hash = new Sha256();
    for (let i = 0; i < times; i++) hash.update(bytes, 0, bytes.length);
    const out = new Uint8Array(32);
    hash.digestInto(out, 0);
    expect(out).toEqual(hexBytes(digest));
  });
});
