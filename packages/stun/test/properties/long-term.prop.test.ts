import { HmacSha256 } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nonceCookie, nonceFeatures, StunReader, StunWriter } from '../../src/index.ts';
import { firstSupportedAlgorithm, passwordAlgorithm } from '../../src/long-term/password-algorithms.ts';
import { LongTermWorld } from '../long-term-world.ts';
import { key, keyBytes, spec } from './arbitraries.ts';

const sha256Key = new HmacSha256(keyBytes);
const reader = new StunReader();

describe('MESSAGE-INTEGRITY-SHA256', () => {
  const tagBytes = fc.constantFrom(16, 20, 24, 28, 32);

  test('of every length verifies where that length is allowed, alone or behind MESSAGE-INTEGRITY, and one bit undoes it', () => {
    fc.assert(
      fc.property(spec, tagBytes, tagBytes, fc.nat(), (made, length, least, flip) => {
        const out = new Uint8Array(1100);
        const writer = new StunWriter().begin(out, 0, out.length, made.cls, made.method, made.id, 0);
        for (const { type, value } of made.attributes) writer.attribute(type, value);
        if (made.sealed) writer.integrity(key);
        writer.integritySha256(sha256Key, length);
        const end = writer.finish();
        if (made.fingerprinted) {
          writer.begin(out, 0, out.length, made.cls, made.method, made.id, 0);
          for (const { type, value } of made.attributes) writer.attribute(type, value);
          if (made.sealed) writer.integrity(key);
          writer.integritySha256(sha256Key, length);
          writer.fingerprint();
        }
        const bytes = out.slice(0, writer.finish());
        expect(reader.parse(bytes, 0, bytes.length)).toBe(0);
        expect(reader.hasIntegritySha256).toBe(true);
        expect(reader.verifyIntegritySha256(sha256Key, least)).toBe(length >= least);
        expect(reader.verifyIntegrity(key)).toBe(made.sealed);
        bytes[flip % end] ^= 1 << (flip & 7);
        const verdict = reader.parse(bytes, 0, bytes.length);
        // The length in the header is not under the tag: it is what the datagram's length is compared with.
        expect(verdict === 0 && reader.verifyIntegritySha256(sha256Key, 16)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('shorter than 16 or of no multiple of four is neither written nor read', () => {
    const writer = new StunWriter();
    for (const length of [0, 12, 15, 18, 33, 36]) {
      const out = new Uint8Array(200);
      writer.begin(out, 0, 200, 0, 1, new Uint8Array(12), 0);
      expect(() => writer.integritySha256(sha256Key, length)).toThrowError(
        expect.objectContaining({ code: 'out-of-range' }),
      );
      writer.attribute(0x001c, new Uint8Array(length));
      const end = writer.finish();
      expect(reader.parse(out, 0, end)).toBe(-1);
    }
  });

  test('stands behind MESSAGE-INTEGRITY, never before it, and nothing but FINGERPRINT stands behind it', () => {
    const writer = new StunWriter();
    const begin = () => writer.begin(new Uint8Array(300), 0, 300, 0, 1, new Uint8Array(12), 0);
    begin().integritySha256(sha256Key);
    for (const more of [() => writer.integrity(key), () => writer.integritySha256(sha256Key), () => writer.flag(1)]) {
      expect(more).toThrowError(expect.objectContaining({ code: 'wrong-order' }));
    }
    writer.fingerprint();
    expect(() => writer.integritySha256(sha256Key)).toThrowError(expect.objectContaining({ code: 'wrong-order' }));
  });
});

describe('password algorithms', () => {
  const entry = fc.record({
    algorithm: fc.constantFrom(0, 1, 2, 3, 0x8001),
    parameters: fc.uint8Array({ maxLength: 6 }),
  });

  const encode = (entries: readonly { algorithm: number; parameters: Uint8Array }[]) =>
    Uint8Array.from(
      entries.flatMap(({ algorithm, parameters: { length }, parameters }) => [
        ...[algorithm >> 8, algorithm & 255, 0, length, ...parameters],
        ...new Array(-length & 3).fill(0),
      ]),
    );

  test('the first that is known and has no parameters is chosen', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.nat(4), (entries, at) => {
        const bytes = Uint8Array.from([...new Array(at).fill(0xee), ...encode(entries)]);
        const wanted = entries.find(
          ({ algorithm, parameters }) => [1, 2].includes(algorithm) && parameters.length === 0,
        );
        expect(firstSupportedAlgorithm(bytes, at, bytes.length - at)).toBe(wanted?.algorithm ?? 0);
        const [only] = entries;
        if (entries.length === 1) {
          const known = only === wanted ? only.algorithm : 0;
          expect(passwordAlgorithm(bytes, at, bytes.length - at)).toBe(known);
        } else if (entries.length > 1) {
          expect(passwordAlgorithm(bytes, at, bytes.length - at)).toBe(-1);
        }
      }),
    );
  });

  test('any bytes give an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([-1, 0, 1, 2]).toContain(firstSupportedAlgorithm(bytes, 0, bytes.length));
        expect([-1, 0, 1, 2]).toContain(passwordAlgorithm(bytes, 0, bytes.length));
      }),
    );
  });
});

test('a nonce cookie says the 24 bits it was made of, and is base64 of their three bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), fc.string(), (features, rest) => {
      const cookie = nonceCookie(features);
      expect(cookie).toBe(
        `obMatJos2${Buffer.from([features >> 16, (features >> 8) & 255, features & 255]).toString('base64')}`,
      );
      const bytes = new TextEncoder().encode(cookie + rest);
      expect(nonceFeatures(bytes, 0, bytes.length)).toBe(features);
      expect(nonceFeatures(bytes, 0, 12)).toBe(-1);
      bytes[3] ^= 1;
      expect(nonceFeatures(bytes, 0, bytes.length)).toBe(-1);
    }),
  );
  expect(nonceFeatures(new TextEncoder().encode('obMatJos2AA=A'), 0, 13)).toBe(-1);
});

test('whatever is done to the datagrams, nobody is authentic who is not, and nothing is thrown', () => {
  const world = new LongTermWorld();
  const outcomes = new Set<unknown>();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(7)), { maxLength: 3 }), fc.boolean(), (flips, toServer) => {
      const { bytes, round } = world.request();
      const sent = bytes.slice();
      if (toServer) for (const [at, bit] of flips) sent[at % sent.length] ^= 1 << bit;
      const answer = world.answer(sent);
      const changed = sent.subarray(0, sent.length - 8).some((byte, at) => byte !== bytes[at]);
      if (changed) expect(answer.code).not.toBe(0);
      const back = answer.bytes.slice();
      if (!toServer && back.length > 0) for (const [at, bit] of flips) back[at % back.length] ^= 1 << bit;
      const outcome = world.take(back, round);
      outcomes.add(outcome);
      const tampered = back.some((byte, at) => byte !== answer.bytes[at]);
      if (tampered && round > 0) expect(outcome).not.toBe('accept');
    }),
    { numRuns: 500 },
  );
  expect(outcomes.has('accept')).toBe(true);
});
