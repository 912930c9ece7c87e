import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificateMessage, writeCertificateMessage } from '../../src/handshake/messages/certificate.ts';
import { parseCertificateRequest, writeCertificateRequest } from '../../src/handshake/messages/certificate-request.ts';
import { parseCertificateVerify, writeCertificateVerify } from '../../src/handshake/messages/certificate-verify.ts';
import { parseClientHello, writeClientHello } from '../../src/handshake/messages/client-hello.ts';
import {
  parseBytes8,
  parseU16List,
  parseUseSrtp,
  writeBytes8,
  writeU16List,
  writeUseSrtp,
} from '../../src/handshake/messages/extensions.ts';
import { parseHelloVerifyRequest, writeHelloVerifyRequest } from '../../src/handshake/messages/hello-verify-request.ts';
import {
  parseClientKeyExchange,
  parseServerKeyExchange,
  writeClientKeyExchange,
  writeServerKeyExchange,
} from '../../src/handshake/messages/key-exchange.ts';
import { parseServerHello, writeServerHello } from '../../src/handshake/messages/server-hello.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const u16List = (minLength: number) => fc.array(u16, { minLength, maxLength: 20 });
const extensions = fc.uniqueArray(fc.record({ type: u16, data: bytes(0, 40) }), {
  selector: ({ type }) => type,
  maxLength: 8,
});

interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  write(value: T): Uint8Array;
  parse(body: Uint8Array): T | undefined;
  /** Shorter bytes that are a whole message as well: hellos end before their extensions or behind them. */
  readonly cuts?: (value: T, body: Uint8Array) => readonly number[];
}

function codec<T>(one: Codec<T>): Codec<unknown> {
  return one as unknown as Codec<unknown>;
}

function beforeExtensions(value: { extensions: readonly { data: Uint8Array }[] }, body: Uint8Array): number[] {
  if (value.extensions.length === 0) return [];
  return [body.length - 2 - value.extensions.reduce((sum, { data }) => sum + 4 + data.length, 0)];
}

const CODECS = [
  codec({
    name: 'ClientHello',
    values: fc.record({
      version: u16,
      random: bytes(32, 32),
      sessionId: bytes(0, 32),
      cookie: bytes(0, 255),
      cipherSuites: u16List(1),
      compressionMethods: bytes(1, 5),
      extensions,
    }),
    write: writeClientHello,
    parse: parseClientHello,
    cuts: beforeExtensions,
  }),
  codec({
    name: 'ServerHello',
    values: fc.record({
      version: u16,
      random: bytes(32, 32),
      sessionId: bytes(0, 32),
      cipherSuite: u16,
      compressionMethod: u8,
      extensions,
    }),
    write: writeServerHello,
    parse: parseServerHello,
    cuts: beforeExtensions,
  }),
  codec({
    name: 'HelloVerifyRequest',
    values: bytes(0, 255),
    write: writeHelloVerifyRequest,
    parse: parseHelloVerifyRequest,
  }),
  codec({
    name: 'Certificate',
    values: bytes(1, 2000),
    write: writeCertificateMessage,
    parse: parseCertificateMessage,
  }),
  codec({
    name: 'CertificateRequest',
    values: fc.record({ certificateTypes: bytes(0, 10), signatureAlgorithms: u16List(0) }),
    write: writeCertificateRequest,
    parse: parseCertificateRequest,
  }),
  codec({
    name: 'ServerKeyExchange',
    values: fc.record({ group: u16, publicKey: bytes(1, 255), signatureAlgorithm: u16, signature: bytes(0, 300) }),
    write: writeServerKeyExchange,
    parse: parseServerKeyExchange,
  }),
  codec({
    name: 'ClientKeyExchange',
    values: bytes(1, 255),
    write: writeClientKeyExchange,
    parse: parseClientKeyExchange,
  }),
  codec({
    name: 'CertificateVerify',
    values: fc.record({ signatureAlgorithm: u16, signature: bytes(0, 300) }),
    write: writeCertificateVerify,
    parse: parseCertificateVerify,
  }),
  codec({ name: 'list of numbers', values: u16List(1), write: writeU16List, parse: parseU16List }),
  codec({ name: 'list of bytes', values: bytes(0, 255), write: writeBytes8, parse: parseBytes8 }),
  codec({
    name: 'use_srtp',
    values: fc.record({ profiles: u16List(1), mki: bytes(0, 255) }),
    write: writeUseSrtp,
    parse: parseUseSrtp,
  }),
];

describe.each(CODECS)('$name', ({ values, write, parse, cuts }) => {
  it('what is written is read, and what is read is written', () => {
    fc.assert(
      fc.property(values, (value) => {
        const body = write(value);
        const parsed = parse(body);
        expect(parsed).toEqual(value);
        expect(write(parsed)).toEqual(body);
      }),
    );
  });

  it('every truncation is refused, and so is a byte too many', () => {
    fc.assert(
      fc.property(values, (value) => {
        const body = write(value);
        const whole = cuts?.(value, body) ?? [];
        for (let length = 0; length < body.length; length++) {
          if (!whole.includes(length)) expect(parse(body.slice(0, length)), `cut to ${length}`).toBeUndefined();
        }
        const longer = new Uint8Array(body.length + 1);
        longer.set(body);
        expect(parse(longer)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('no flipped bit throws, and what is read then has not been invented', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, where) => {
        const body = write(value);
        const bit = where % (body.length * 8);
        body[bit >> 3] ^= 1 << (bit & 7);
        const parsed = parse(body);
        if (parsed !== undefined) expect(JSON.stringify(parsed).length).toBeLessThan(40 * body.length + 400);
      }),
    );
  });

  it('no bytes throw', () => {
    fc.assert(
      fc.property(bytes(0, 200), (body) => {
        parse(body);
      }),
    );
  });
});
