import { describe, expect, it } from 'vitest';
import { roleOf, theirs } from '../../test/support/role.ts';
import { Alert } from '../alert.ts';
import { NamedGroup } from '../dtls-crypto.ts';
import { writeCertificateMessage } from './messages/certificate.ts';
import { type ClientHello, writeClientHello } from './messages/client-hello.ts';
import { ExtensionType, writeU16List } from './messages/extensions.ts';
import { HandshakeType } from './messages/header.ts';
import { writeClientKeyExchange } from './messages/key-exchange.ts';

const u16 = (...list: number[]) => writeU16List(list);

const GOOD: ClientHello = {
  version: 0xfefd,
  random: new Uint8Array(32).fill(5),
  sessionId: new Uint8Array(0),
  cookie: new Uint8Array(0),
  cipherSuites: [0x1a1a, 0xc02b, 0x00ff],
  compressionMethods: Uint8Array.of(0),
  extensions: [
    { type: 0x2a2a, data: new Uint8Array(0) },
    { type: ExtensionType.supportedGroups, data: u16(0x3a3a, 0x11ec, 23, 29) },
    { type: ExtensionType.signatureAlgorithms, data: u16(0x0804, 0x0403) },
    { type: ExtensionType.extendedMasterSecret, data: new Uint8Array(0) },
    { type: ExtensionType.useSrtp, data: Uint8Array.of(0, 4, 0, 7, 0, 1, 0) },
    { type: 43, data: Uint8Array.of(4, 0xfe, 0xfc, 0xfe, 0xfd) },
    { type: 0x4a4a, data: Uint8Array.of(0) },
  ],
};

/** GOOD with one extension changed, or taken away. */
function withExtension(type: number, data: Uint8Array | undefined): ClientHello {
  const others = GOOD.extensions.filter((extension) => extension.type !== type);
  return { ...GOOD, extensions: data === undefined ? others : [...others, { type, data }] };
}

function answerTo(hello: ClientHello) {
  const { context, role } = roleOf('server');
  const failure = role.handleMessage(HandshakeType.clientHello, 0, writeClientHello(hello), 0);
  return { context, role, failure };
}

describe('a server and a ClientHello', () => {
  it('passes over GREASE, unknown suites, unknown groups and DTLS 1.3', () => {
    const { context, failure, role } = answerTo(GOOD);
    expect(failure).toBeUndefined();
    expect(role.waitsFor).toBe('certificate');
    expect(context.keyShare?.group).toBe(NamedGroup.x25519);
    expect(context.srtpProfile).toBe(1);
  });

  it.each<[string, ClientHello, number]>([
    ['P-256 if that is all there is', withExtension(ExtensionType.supportedGroups, u16(23)), NamedGroup.secp256r1],
    [
      'P-256 if no groups are named (RFC 8422 4)',
      withExtension(ExtensionType.supportedGroups, undefined),
      NamedGroup.secp256r1,
    ],
    ['X25519 before P-256', withExtension(ExtensionType.supportedGroups, u16(23, 29)), NamedGroup.x25519],
  ])('takes %s', (_what, hello, group) => {
    const { context, failure } = answerTo(hello);
    expect(failure).toBeUndefined();
    expect(context.keyShare?.group).toBe(group);
  });

  it.each<[string, ClientHello, string, number]>([
    ['DTLS 1.0', { ...GOOD, version: 0xfeff }, 'unsupported-version', Alert.protocolVersion],
    ['TLS', { ...GOOD, version: 0x0303 }, 'unsupported-version', Alert.protocolVersion],
    ['no suite in common', { ...GOOD, cipherSuites: [0x1301] }, 'handshake-failure', Alert.handshakeFailure],
    [
      'no null compression',
      { ...GOOD, compressionMethods: Uint8Array.of(1) },
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'no extended master secret',
      withExtension(ExtensionType.extendedMasterSecret, undefined),
      'no-extended-master-secret',
      Alert.handshakeFailure,
    ],
    [
      'an extended master secret with contents',
      withExtension(ExtensionType.extendedMasterSecret, Uint8Array.of(1)),
      'no-extended-master-secret',
      Alert.handshakeFailure,
    ],
    [
      'a renegotiation',
      withExtension(ExtensionType.renegotiationInfo, Uint8Array.of(1, 9)),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'no group in common',
      withExtension(ExtensionType.supportedGroups, u16(25)),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'no signature algorithm in common',
      withExtension(ExtensionType.signatureAlgorithms, u16(0x0804)),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'no signature algorithms at all',
      withExtension(ExtensionType.signatureAlgorithms, undefined),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'compressed points only',
      withExtension(ExtensionType.ecPointFormats, Uint8Array.of(1, 1)),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'a broken list of groups',
      withExtension(ExtensionType.supportedGroups, Uint8Array.of(0, 3, 0, 29, 0)),
      'decode-error',
      Alert.decodeError,
    ],
    [
      'a broken list of point formats',
      withExtension(ExtensionType.ecPointFormats, Uint8Array.of(2, 0)),
      'decode-error',
      Alert.decodeError,
    ],
    ['a broken use_srtp', withExtension(ExtensionType.useSrtp, Uint8Array.of(0)), 'decode-error', Alert.decodeError],
  ])('refuses %s', (_what, hello, code, alert) => {
    expect(answerTo(hello).failure).toMatchObject({ code, alert });
  });

  it('answers the signalling suite of RFC 5746 3.3 with an empty renegotiation_info', () => {
    const without = answerTo({ ...GOOD, cipherSuites: [0x1a1a, 0xc02b] }).context.transcript.bytes();
    const withIt = answerTo(GOOD).context.transcript.bytes();
    expect(withIt.length - without.length).toBe(5 + 2); // the extension, and the suite itself
  });
});

describe('a server that knows DTLS 1.3', () => {
  it.each<[string, Uint8Array, string | undefined]>([
    ['that names 1.2', Uint8Array.of(2, 0xfe, 0xfd), undefined],
    ['that names 1.0 alone', Uint8Array.of(2, 0xfe, 0xff), 'unsupported-version'],
    ['that is malformed', Uint8Array.of(3, 0xfe, 0xfd), 'unsupported-version'],
  ])('goes by a list of versions %s, and by nothing else (RFC 8446 4.2.1)', (_what, versions, code) => {
    expect(answerTo(withExtension(43, versions)).failure?.code).toBe(code);
  });
});

describe('a server that asks for cookies', () => {
  /** The cookie of the HelloVerifyRequest that waits to be sent. */
  function cookieFrom({ context }: ReturnType<typeof roleOf>): Uint8Array {
    const out = new Uint8Array(300);
    const length = context.flight.write(context.records, out, 0, out.length);
    expect([out[13], length]).toEqual([HandshakeType.helloVerifyRequest, 13 + 12 + 3 + 32]);
    return out.slice(28, length);
  }

  it('goes on with its own cookie, for the hello that it was given for, and no other', () => {
    const server = roleOf('server', { requireCookie: true });
    const ask = (hello: ClientHello, seq: number) =>
      server.role.handleMessage(HandshakeType.clientHello, seq, writeClientHello(hello), seq);
    ask(GOOD, 0);
    const cookie = cookieFrom(server);
    expect(server.role.waitsFor).toBe('client-hello');
    for (const wrong of [new Uint8Array(32), cookie.slice(0, 31), Uint8Array.of(...cookie, 0)]) {
      ask({ ...GOOD, cookie: wrong }, 1);
      expect(cookieFrom(server)).toEqual(cookie);
    }
    ask({ ...GOOD, random: new Uint8Array(32), cookie }, 1);
    expect(cookieFrom(server)).not.toEqual(cookie);
    expect(server.context.keyShare).toBeUndefined();
    expect(server.context.transcript.bytes().length).toBe(0);
    ask({ ...GOOD, cookie }, 1);
    expect(server.role.waitsFor).toBe('certificate');
  });
});

describe('a server and what follows', () => {
  function afterHello() {
    const { context, role } = answerTo(GOOD);
    return { context, role };
  }

  it('refuses a message out of turn', () => {
    const { role } = afterHello();
    const failure = role.handleMessage(HandshakeType.clientKeyExchange, 1, new Uint8Array(33), 1);
    expect(failure).toMatchObject({ code: 'unexpected-message', alert: Alert.unexpectedMessage });
  });

  it('refuses a client without a certificate', () => {
    const { role } = afterHello();
    const failure = role.handleMessage(HandshakeType.certificate, 1, Uint8Array.of(0, 0, 0), 1);
    expect(failure).toMatchObject({ code: 'bad-certificate', alert: Alert.handshakeFailure });
  });

  it.each(['', '000004', '000003000000', '00000500000100'])('refuses a Certificate of %s', (text) => {
    const { role } = afterHello();
    const body = Uint8Array.from(Buffer.from(text, 'hex'));
    expect(role.handleMessage(HandshakeType.certificate, 1, body, 1)).toMatchObject({ code: 'decode-error' });
  });

  it('refuses a public key that is none', () => {
    const { role } = afterHello();
    expect(role.handleMessage(HandshakeType.certificate, 1, writeCertificateMessage(theirs.der), 1)).toBeUndefined();
    const zero = writeClientKeyExchange(new Uint8Array(32));
    const failure = role.handleMessage(HandshakeType.clientKeyExchange, 2, zero, 2);
    expect(failure).toMatchObject({ code: 'handshake-failure', alert: Alert.illegalParameter });
  });

  it('refuses a certificate with a key that it cannot verify with, even under the right fingerprint', () => {
    // An Ed25519 key in a certificate that is well-formed otherwise: the object identifier of the key type is changed.
    const der = theirs.der.slice();
    const ecPublicKey = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    der[Buffer.from(der).indexOf(Buffer.from(ecPublicKey)) + 6] = 2;
    const { config } = roleOf('server').context;
    const value = Buffer.from(config.crypto.digest('sha-256', der))
      .toString('hex')
      .replace(/..(?=.)/g, '$&:');
    const { role } = roleOf('server', { remoteFingerprints: [{ algorithm: 'sha-256', value }] });
    role.handleMessage(HandshakeType.clientHello, 0, writeClientHello(GOOD), 0);
    const failure = role.handleMessage(HandshakeType.certificate, 1, writeCertificateMessage(der), 1);
    expect(failure).toMatchObject({ code: 'bad-certificate', alert: Alert.unsupportedCertificate });
  });
});
