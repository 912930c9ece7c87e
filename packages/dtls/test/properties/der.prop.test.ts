import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificateKey } from '../../src/der/certificate.ts';
import { DerReader } from '../../src/der/reader.ts';
import { integer, sequence, Tag, time, tlv } from '../../src/der/writer.ts';
import { generateCertificate } from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { hex } from '../support/hex.ts';

describe('certificate', () => {
  it('OpenSSL reads what we write, any name and time', () => {
    const options = fc.record({
      seed: fc.nat(),
      commonName: fc
        .string({ minLength: 1, maxLength: 16, unit: 'grapheme-ascii' })
        .filter((text) => /^[\w ]*\w$/.test(text)),
      unixMs: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
      days: fc.integer({ min: 1, max: 4000 }),
    });
    fc.assert(
      fc.property(options, ({ seed, commonName, unixMs, days }) => {
        const { secure } = seededEnv(seed);
        const validityMs = days * 86_400_000;
        const certificate = generateCertificate({ unixMs, secure, commonName, validityMs });
        const read = new X509Certificate(certificate.der);
        expect(read.subject).toContain(commonName.trim());
        expect(read.issuer).toBe(read.subject);
        expect(read.verify(read.publicKey)).toBe(true);
        expect(Math.abs(Date.parse(read.validFrom) - (unixMs - 86_400_000))).toBeLessThan(1000);
        expect(Math.abs(Date.parse(read.validTo) - (unixMs + validityMs))).toBeLessThan(1000);
        expect(certificate.fingerprint()).toBe(read.fingerprint256);
        expect(certificate.fingerprint('sha-512')).toBe(read.fingerprint512);
        const key = parseCertificateKey(certificate.der);
        expect(key.kind === 'p256' && hex(key.publicKey)).toBe(hex(certificate.privateKey.publicKey));
      }),
      { numRuns: 40 },
    );
  });

  const { der } = generateCertificate(seededEnv(3));

  it('every truncation, and a byte too many, is malformed', () => {
    for (let length = 0; length < der.length; length++) {
      expect(parseCertificateKey(der.slice(0, length)), `cut to ${length}`).toEqual({ kind: 'malformed' });
    }
    expect(parseCertificateKey(Uint8Array.of(...der, 0))).toEqual({ kind: 'malformed' });
  });

  it('no flipped bit and no bytes throw', () => {
    for (let bit = 0; bit < der.length * 8; bit++) {
      const flipped = der.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(['p256', 'unsupported', 'malformed']).toContain(parseCertificateKey(flipped).kind);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parseCertificateKey(bytes).kind).toBe('malformed');
      }),
    );
  });
});

describe('values', () => {
  it('lengths are in the shortest form and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        fc.pre(length < 65_536);
        const bytes = tlv(Tag.bitString, new Uint8Array(length));
        const reader = new DerReader(bytes);
        reader.read(Tag.bitString);
        expect([reader.failed, reader.end - reader.start, reader.remaining]).toEqual([false, length, 0]);
        expect(bytes.length - length).toBe(length < 0x80 ? 2 : length < 0x100 ? 3 : 4);
      }),
    );
  });

  it.each(['3080', '308100', '30817f', '30820001', '308200ff', '30830000ff', '3005', '30', ''])(
    '%s is refused',
    (text) => {
      const reader = new DerReader(Uint8Array.from(Buffer.from(text, 'hex')));
      reader.read(Tag.sequence);
      expect(reader.failed).toBe(true);
      reader.enter(Tag.sequence);
      expect(reader.peek()).toBe(-1);
    },
  );

  it('integers are positive and without needless zeros', () => {
    expect(hex(integer(Uint8Array.of(0, 0, 0x7f)))).toBe('02017f');
    expect(hex(integer(Uint8Array.of(0x80)))).toBe('02020080');
    expect(hex(integer(Uint8Array.of(0, 0)))).toBe('020100');
    expect(hex(sequence(integer(Uint8Array.of(1))))).toBe('3003020101');
  });

  it('times are UTCTime until 2049 and GeneralizedTime from then on (RFC 5280 4.1.2.5)', () => {
    expect(new TextDecoder().decode(time(Date.UTC(2049, 11, 31, 23, 59, 59)).subarray(2))).toBe('491231235959Z');
    expect(new TextDecoder().decode(time(Date.UTC(2050, 0, 1)).subarray(2))).toBe('20500101000000Z');
  });
});
