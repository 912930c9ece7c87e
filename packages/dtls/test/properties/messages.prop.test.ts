import fc from 'fast-check';
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
import { bytes, codec, describeCodecs, extensions, u8, u16, u16List } from '../support/codecs.ts';

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

describeCodecs(CODECS);
