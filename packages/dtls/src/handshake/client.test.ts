import { describe, expect, it } from 'vitest';
import { roleOf, theirs } from '../../test/support/role.ts';
import { Alert } from '../alert.ts';
import { concat } from './key-schedule.ts';
import { writeCertificateMessage } from './messages/certificate.ts';
import { writeCertificateRequest } from './messages/certificate-request.ts';
import { ExtensionType } from './messages/extensions.ts';
import { HandshakeType } from './messages/header.ts';
import { writeHelloVerifyRequest } from './messages/hello-verify-request.ts';
import { writeServerKeyExchange, writeServerParams } from './messages/key-exchange.ts';
import { type ServerHello, writeServerHello } from './messages/server-hello.ts';

const GOOD: ServerHello = {
  version: 0xfefd,
  random: new Uint8Array(32).fill(6),
  sessionId: new Uint8Array(0),
  cipherSuite: 0xc02b,
  compressionMethod: 0,
  extensions: [
    { type: ExtensionType.extendedMasterSecret, data: new Uint8Array(0) },
    { type: ExtensionType.useSrtp, data: Uint8Array.of(0, 2, 0, 1, 0) },
  ],
};

function withExtension(type: number, data: Uint8Array | undefined): ServerHello {
  const others = GOOD.extensions.filter((extension) => extension.type !== type);
  return { ...GOOD, extensions: data === undefined ? others : [...others, { type, data }] };
}

/** A client that was given these messages; answers what became of the last. */
function client(...messages: [type: number, body: Uint8Array][]) {
  const { context, role } = roleOf('client');
  let failure: ReturnType<typeof role.handleMessage>;
  for (const [seq, [type, body]] of messages.entries()) {
    expect(failure).toBeUndefined();
    failure = role.handleMessage(type, seq, body, seq);
  }
  return { context, role, failure };
}

const hello: [number, Uint8Array] = [HandshakeType.serverHello, writeServerHello(GOOD)];
const certificate: [number, Uint8Array] = [HandshakeType.certificate, writeCertificateMessage(theirs.der)];

/** A ServerKeyExchange signed by the other's certificate. */
function keyExchange(group: number, publicKey: Uint8Array, signatureAlgorithm = 0x0403): [number, Uint8Array] {
  const { context } = client(hello, certificate);
  const params = writeServerParams(group, publicKey);
  const signature = theirs.privateKey.sign(0x0403, concat(context.clientRandom, context.serverRandom, params));
  return [HandshakeType.serverKeyExchange, writeServerKeyExchange({ group, publicKey, signatureAlgorithm, signature })];
}

describe('a client and a ServerHello', () => {
  it('goes on when it is what was asked for', () => {
    const { context, role, failure } = client(hello);
    expect(failure).toBeUndefined();
    expect(role.waitsFor).toBe('certificate');
    expect(context.srtpProfile).toBe(1);
  });

  it.each<[string, ServerHello, string, number]>([
    ['DTLS 1.0', { ...GOOD, version: 0xfeff }, 'unsupported-version', Alert.protocolVersion],
    ['another suite', { ...GOOD, cipherSuite: 0x009e }, 'handshake-failure', Alert.illegalParameter],
    ['compression', { ...GOOD, compressionMethod: 1 }, 'handshake-failure', Alert.illegalParameter],
    [
      'an extension nobody offered',
      withExtension(16, new Uint8Array(0)),
      'handshake-failure',
      Alert.unsupportedExtension,
    ],
    [
      'no extended master secret',
      withExtension(ExtensionType.extendedMasterSecret, undefined),
      'no-extended-master-secret',
      Alert.handshakeFailure,
    ],
    [
      'a renegotiation',
      withExtension(ExtensionType.renegotiationInfo, Uint8Array.of(1, 0)),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'an SRTP profile nobody offered',
      withExtension(ExtensionType.useSrtp, Uint8Array.of(0, 2, 0, 7, 0)),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'two SRTP profiles',
      withExtension(ExtensionType.useSrtp, Uint8Array.of(0, 4, 0, 1, 0, 1, 0)),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'a master key identifier',
      withExtension(ExtensionType.useSrtp, Uint8Array.of(0, 2, 0, 1, 1, 9)),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    ['a broken use_srtp', withExtension(ExtensionType.useSrtp, Uint8Array.of(0, 2)), 'decode-error', Alert.decodeError],
  ])('refuses %s', (_what, answer, code, alert) => {
    const { failure } = client([HandshakeType.serverHello, writeServerHello(answer)]);
    expect(failure).toMatchObject({ code, alert });
  });

  it('repeats the hello with the cookie, but not for ever', () => {
    const { context, role } = roleOf('client');
    const first = context.transcript.bytes().slice();
    for (let i = 1; i <= 4; i++) {
      const request = writeHelloVerifyRequest(new Uint8Array(20).fill(i));
      expect(role.handleMessage(HandshakeType.helloVerifyRequest, i - 1, request, i)).toBeUndefined();
      // RFC 6347 4.2.1: the first hello and the request are not part of the transcript, and nothing else changes.
      expect(context.transcript.bytes().length).toBe(first.length + 20);
      expect(context.transcript.bytes().subarray(14, 46)).toEqual(first.subarray(14, 46));
    }
    const request = writeHelloVerifyRequest(new Uint8Array(20));
    expect(role.handleMessage(HandshakeType.helloVerifyRequest, 4, request, 5)).toMatchObject({
      code: 'handshake-failure',
    });
  });
});

describe('a client and what follows', () => {
  const x25519 = new Uint8Array(32).fill(9);
  const request = (types: number[], algorithms: number[]): [number, Uint8Array] => [
    HandshakeType.certificateRequest,
    writeCertificateRequest({ certificateTypes: Uint8Array.from(types), signatureAlgorithms: algorithms }),
  ];
  const done: [number, Uint8Array] = [HandshakeType.serverHelloDone, new Uint8Array(0)];

  it('answers the whole flight', () => {
    const { role, failure, context } = client(
      hello,
      certificate,
      keyExchange(29, x25519),
      request([64], [0x0403]),
      done,
    );
    expect(failure).toBeUndefined();
    expect(role.waitsFor).toBe('finished');
    expect(context.records.hasReadKeys).toBe(true);
    const secret = context.masterSecret;
    expect(secret?.some((byte) => byte !== 0)).toBe(true);
    context.wipe();
    expect(context.records.hasReadKeys).toBe(false);
    expect(context.masterSecret).toBeUndefined();
    expect(secret?.every((byte) => byte === 0)).toBe(true);
    expect(context.transcript.bytes().length).toBe(0);
  });

  it.each<[string, string, [number, Uint8Array][]]>([
    ['a message out of turn', 'unexpected-message', [certificate]],
    ['HelloVerifyRequest after ServerHello', 'unexpected-message', [hello, [3, writeHelloVerifyRequest(x25519)]]],
    ['a server without a certificate', 'bad-certificate', [hello, [11, Uint8Array.of(0, 0, 0)]]],
    [
      'a certificate that is not of the suite',
      'bad-certificate',
      [[HandshakeType.serverHello, writeServerHello({ ...GOOD, cipherSuite: 0xc02f })], certificate],
    ],
    ['a group that was not offered', 'handshake-failure', [hello, certificate, keyExchange(25, new Uint8Array(133))]],
    ['a signature algorithm that was not', 'bad-signature', [hello, certificate, keyExchange(29, x25519, 0x0804)]],
    ['an explicit curve', 'decode-error', [hello, certificate, [12, Uint8Array.of(1, 0, 29, 1, 1, 4, 3, 0, 0)]]],
    [
      'a server that asks for no certificate',
      'unexpected-message',
      [hello, certificate, keyExchange(29, x25519), done],
    ],
    [
      'a server that takes RSA only',
      'handshake-failure',
      [hello, certificate, keyExchange(29, x25519), request([1], [0x0401])],
    ],
    [
      'a broken CertificateRequest',
      'decode-error',
      [hello, certificate, keyExchange(29, x25519), [13, Uint8Array.of(1)]],
    ],
    [
      'a ServerHelloDone with contents',
      'decode-error',
      [hello, certificate, keyExchange(29, x25519), request([64], [0x0403]), [14, Uint8Array.of(0)]],
    ],
    [
      'a point of small order',
      'handshake-failure',
      [hello, certificate, keyExchange(29, new Uint8Array(32)), request([64], [0x0403]), done],
    ],
  ])('refuses %s', (_what, code, messages) => {
    expect(client(...messages).failure).toMatchObject({ code });
  });
});
