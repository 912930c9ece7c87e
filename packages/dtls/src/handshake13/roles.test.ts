/** Client and server of DTLS 1.3 and what they must not go along with (RFC 8446 4, RFC 9147 5). */
import { describe, expect, it } from 'vitest';
import { ours, theirs } from '../../test/support/role.ts';
import { flightOf, give, type Message, role13, type Side13, serverHelloIn } from '../../test/support/role13.ts';
import { Alert } from '../alert.ts';
import { NamedGroup, SignatureScheme } from '../dtls-crypto.ts';
import type { Failure } from '../errors.ts';
import { writeCertificateVerify } from '../handshake/messages/certificate-verify.ts';
import { type ClientHello, parseClientHello, writeClientHello } from '../handshake/messages/client-hello.ts';
import { type Extension, ExtensionType, extensionData, writeU16List } from '../handshake/messages/extensions.ts';
import { HandshakeType } from '../handshake/messages/header.ts';
import { type ServerHello, writeServerHello } from '../handshake/messages/server-hello.ts';
import { writeHelloRetryRequest } from './hello-retry-request.ts';
import { writeCertificate13 } from './messages/certificate.ts';
import { writeCertificateRequest13, writeEncryptedExtensions } from './messages/extension-lists.ts';
import { parseClientShares, writeClientShares, writeCookie, writeServerShare } from './messages/key-share.ts';
import { writeClientVersions } from './supported-versions.ts';

const { clientHello, serverHello, encryptedExtensions, certificateRequest, certificate, certificateVerify, finished } =
  HandshakeType;

const NO_BYTES = new Uint8Array(0);

/** A client and a server, and what they said up to a point. */
function hellos(clientMore = {}, serverMore = {}) {
  const client = role13('client', clientMore);
  const server = role13('server', serverMore);
  const hello = flightOf(client);
  return { client, server, hello };
}

/** A handshake up to the server's flight. */
function served(clientMore = {}, serverMore = {}) {
  const { client, server, hello } = hellos(clientMore, serverMore);
  expect(give(server, hello)).toBeUndefined();
  return { client, server, flight: flightOf(server) };
}

/** Extensions with that of `type` replaced, or left out. */
function replaced(extensions: readonly Extension[], type: number, data?: Uint8Array): Extension[] {
  const others = extensions.filter((extension) => extension.type !== type);
  return data === undefined ? others : [...others, { type, data }];
}

function expectRefusal(failed: Failure | undefined, code: string, alert: number): void {
  expect(failed).toMatchObject({ code, alert });
}

describe('both sides', () => {
  it.each([
    ['as they are', {}, {}],
    ['with the third suite', { cipherPreference: ['aes-256-gcm'] as const }, {}],
    ['with ChaCha20', {}, { cipherPreference: ['chacha20-poly1305', 'aes-128-gcm'] as const }],
  ])('agree, %s', (_what, clientMore, serverMore) => {
    const { client, server, flight } = served(clientMore, serverMore);
    expect(flight.map(([type]) => type)).toEqual([
      serverHello,
      encryptedExtensions,
      certificateRequest,
      certificate,
      certificateVerify,
      finished,
    ]);
    expect(give(client, flight)).toBeUndefined();
    expect(client.context.isComplete).toBe(true);
    const answer = flightOf(client);
    expect(answer.map(([type]) => type)).toEqual([certificate, certificateVerify, finished]);
    expect(give(server, answer, 1)).toBeUndefined();
    expect(server.context.isComplete).toBe(true);
    const exported = [client, server].map(({ context }) => context.exportKeyingMaterial('x', NO_BYTES, 40));
    expect(exported[0]).toEqual(exported[1]);
    expect(client.context.schedule?.suite.id).toBe(server.context.schedule?.suite.id);
    expect([client.context.srtpProfile, server.context.srtpProfile]).toEqual([1, 1]);
    client.context.wipe();
    expect(client.context.exportKeyingMaterial('x', NO_BYTES, 40)).toBeUndefined();
  });

  it.each(['client', 'server'] as const)('take no message but the one that is awaited: %s', (which) => {
    const { client, server, flight } = served();
    if (which === 'server') give(client, flight);
    const [side, messages, first] = which === 'client' ? [client, flight, 0] : [server, flightOf(client), 1];
    for (let at = 0; at < messages.length; at++) {
      for (const type of [0, 1, 2, 3, 4, 5, 8, 11, 13, 14, 15, 16, 20, 24, 254]) {
        if (type === messages[at][0]) continue;
        const failed = side.role.handleMessage(type, first + at, messages[at][1]);
        expectRefusal(failed, 'unexpected-message', Alert.unexpectedMessage);
      }
      expect(side.role.handleMessage(messages[at][0], first + at, messages[at][1])).toBeUndefined();
    }
  });

  it('refuse every message cut short', () => {
    const whole = served();
    give(whole.client, whole.flight);
    const answer = flightOf(whole.client);
    for (const [which, messages] of [
      ['client', whole.flight],
      ['server', answer],
    ] as const) {
      for (let at = 0; at < messages.length; at++) {
        const [type, body] = messages[at];
        const step = 1 + Math.floor(body.length / 12);
        for (let length = 0; length < body.length; length += step) {
          const { client, server, flight } = served();
          let side: Side13 = client;
          if (which === 'server') {
            expect(give(client, flight)).toBeUndefined();
            side = server;
          }
          expect(give(side, messages.slice(0, at), 1)).toBeUndefined();
          expect(side.role.handleMessage(type, at, body.slice(0, length)), `${type} of ${length}`).toBeDefined();
        }
      }
    }
  });
});

describe('a server and a ClientHello', () => {
  const hello = () => parseClientHello(flightOf(role13('client'))[0][1]) as ClientHello;
  const answer = (changed: ClientHello, more = {}) =>
    give(role13('server', more), [[clientHello, writeClientHello(changed)]]);

  it.each<[string, (hello: ClientHello) => ClientHello, string, number]>([
    ['a legacy cookie', (one) => ({ ...one, cookie: Uint8Array.of(1) }), 'handshake-failure', Alert.illegalParameter],
    [
      'compression',
      (one) => ({ ...one, compressionMethods: Uint8Array.of(1, 0) }),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    ['no suite of ours', (one) => ({ ...one, cipherSuites: [0x1304] }), 'handshake-failure', Alert.handshakeFailure],
    ...[ExtensionType.keyShare, ExtensionType.supportedGroups, ExtensionType.signatureAlgorithms].map(
      (type): [string, (hello: ClientHello) => ClientHello, string, number] => [
        `no extension ${type}`,
        (one) => ({ ...one, extensions: replaced(one.extensions, type) }),
        'handshake-failure',
        Alert.missingExtension,
      ],
    ),
    [
      'no group of ours',
      (one) => ({
        ...one,
        extensions: replaced(one.extensions, ExtensionType.supportedGroups, writeU16List([0x9a9a])),
      }),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    [
      'no signature algorithm of ours',
      (one) => ({
        ...one,
        extensions: replaced(one.extensions, ExtensionType.signatureAlgorithms, writeU16List([0x0807])),
      }),
      'handshake-failure',
      Alert.handshakeFailure,
    ],
    ...[
      ExtensionType.keyShare,
      ExtensionType.supportedGroups,
      ExtensionType.signatureAlgorithms,
      ExtensionType.useSrtp,
      ExtensionType.cookie,
      ExtensionType.connectionId,
    ].map((type): [string, (hello: ClientHello) => ClientHello, string, number] => [
      `a broken extension ${type}`,
      (one) => ({ ...one, extensions: replaced(one.extensions, type, Uint8Array.of(0, 9, 1)) }),
      'decode-error',
      Alert.decodeError,
    ]),
    [
      'two shares of a group',
      (one) => {
        const data = writeClientShares([
          { group: 29, publicKey: new Uint8Array(32) },
          { group: 29, publicKey: new Uint8Array(32) },
        ]);
        return { ...one, extensions: replaced(one.extensions, ExtensionType.keyShare, data) };
      },
      'decode-error',
      Alert.decodeError,
    ],
    ...[
      ['X25519 of small order', 29, new Uint8Array(32)],
      ['X25519 cut short', 29, new Uint8Array(31).fill(9)],
      ['P-256 off the curve', 23, Uint8Array.of(4, ...new Uint8Array(64).fill(1))],
      ['P-256 compressed', 23, Uint8Array.of(2, ...new Uint8Array(32).fill(1))],
      ['P-384 off the curve', 24, Uint8Array.of(4, ...new Uint8Array(96).fill(1))],
    ].map(([what, group, publicKey]): [string, (hello: ClientHello) => ClientHello, string, number] => [
      `a public key that is none: ${what}`,
      (one) => {
        const data = writeClientShares([{ group: group as number, publicKey: publicKey as Uint8Array }]);
        return { ...one, extensions: replaced(one.extensions, ExtensionType.keyShare, data) };
      },
      'handshake-failure',
      Alert.illegalParameter,
    ]),
  ])('refuses %s', (_what, change, code, alert) => {
    expectRefusal(answer(change(hello())), code, alert);
  });

  it('passes over what it does not know', () => {
    const unknown = [0x0a0a, 0x1a1a, 0xfafa].map((type) => ({ type, data: Uint8Array.of(1, 2, 3) }));
    const one = hello();
    const changed = {
      ...one,
      cipherSuites: [0x8a8a, ...one.cipherSuites],
      extensions: [...unknown, ...one.extensions],
    };
    expect(answer(changed)).toBeUndefined();
  });

  it('leaves use_srtp out without a profile in common', () => {
    const { server } = served({ srtpProfiles: [7] }, { srtpProfiles: [1] });
    expect(server.context.srtpProfile).toBeUndefined();
  });
});

describe('HelloRetryRequest', () => {
  it('asks for a share of another group, and gets it', () => {
    const curves = { groups: [NamedGroup.secp384r1, NamedGroup.x25519] };
    const server = role13('server', { crypto: { ...role13('server').context.config.crypto, ...curves } });
    const client = role13('client');
    expect(give(server, flightOf(client))).toBeUndefined();
    // The share of X25519 would have done; a server that has it takes it rather than a round trip.
    expect(server.role.waitsFor).toBe('certificate');
    const only = { groups: [NamedGroup.secp384r1] };
    const strict = role13('server', { crypto: { ...server.context.config.crypto, ...only } });
    const second = role13('client');
    expect(give(strict, flightOf(second))).toBeUndefined();
    expect(strict.role.waitsFor).toBe('client-hello');
    expect(give(second, flightOf(strict))).toBeUndefined();
    const shares = parseClientShares(
      extensionData(
        (parseClientHello(flightOf(second)[0][1]) as ClientHello).extensions,
        ExtensionType.keyShare,
      ) as Uint8Array,
    );
    expect(shares?.map(({ group }) => group)).toEqual([NamedGroup.secp384r1]);
    expect(give(strict, flightOf(second), 1)).toBeUndefined();
    expect(give(second, flightOf(strict))).toBeUndefined();
    expect(give(strict, flightOf(second), 2)).toBeUndefined();
    expect(strict.context.isComplete).toBe(true);
  });

  it('leaves nothing behind: any server of the same secret goes on with the second hello', () => {
    const server = role13('server', { requireCookie: true });
    const client = role13('client');
    give(server, flightOf(client));
    expect(server.context.transcript.bytes().length).toBe(0);
    expect(server.context.schedule).toBeUndefined();
    const request = flightOf(server);
    // Hellos of others in between change nothing.
    for (let seed = 50; seed < 60; seed++) give(server, flightOf(role13('client', {}, seed)));
    expect(give(client, request)).toBeUndefined();
    expect(give(server, flightOf(client), 1)).toBeUndefined();
    expect(give(client, flightOf(server))).toBeUndefined();
    expect(client.context.isComplete).toBe(true);
  });

  it('with a cookie that was changed, or is of another hello, ends nothing but is answered', () => {
    const server = role13('server', { requireCookie: true });
    const client = role13('client');
    give(server, flightOf(client));
    give(client, flightOf(server));
    const second = parseClientHello(flightOf(client)[0][1]) as ClientHello;
    const cookie = (extensionData(second.extensions, ExtensionType.cookie) as Uint8Array).slice(2);
    for (const at of [0, 3, 10, cookie.length - 1]) {
      const wrong = cookie.slice();
      wrong[at] ^= 1;
      const extensions = replaced(second.extensions, ExtensionType.cookie, writeCookie(wrong));
      expect(give(server, [[clientHello, writeClientHello({ ...second, extensions })]], 1)).toBeUndefined();
    }
    const other = { ...second, random: new Uint8Array(32) };
    expect(give(server, [[clientHello, writeClientHello(other)]], 1)).toBeUndefined();
    expect(server.alerts).toEqual(new Array(5).fill(Alert.illegalParameter));
    expect(server.role.waitsFor).toBe('client-hello');
    expect(give(server, flightOf(client), 1)).toBeUndefined();
    expect(server.role.waitsFor).toBe('certificate');
  });

  it('that asks for a share is not answered with another', () => {
    const base = role13('server').context.config.crypto;
    const server = role13('server', { crypto: { ...base, groups: [NamedGroup.secp384r1, NamedGroup.secp256r1] } });
    const client = role13('client');
    give(server, flightOf(client));
    give(client, flightOf(server));
    const second = parseClientHello(flightOf(client)[0][1]) as ClientHello;
    const share = base.generateKeyShare(NamedGroup.secp256r1, client.context.env.secure);
    const extensions = replaced(second.extensions, ExtensionType.keyShare, writeClientShares([share]));
    const failed = give(server, [[clientHello, writeClientHello({ ...second, extensions })]], 1);
    expectRefusal(failed, 'handshake-failure', Alert.illegalParameter);
  });

  it.each<[string, (suite: number) => Uint8Array, string, number]>([
    ['changes nothing', (suite) => withoutCookie(suite, 0), 'handshake-failure', Alert.illegalParameter],
    ['asks for the share it has', (suite) => withoutCookie(suite, 29), 'handshake-failure', Alert.illegalParameter],
    ['asks for an unknown group', (suite) => withoutCookie(suite, 99), 'handshake-failure', Alert.illegalParameter],
    [
      'has a suite that was not offered',
      () => writeHelloRetryRequest(0x1304, 0, Uint8Array.of(1)),
      'handshake-failure',
      Alert.illegalParameter,
    ],
  ])('that %s is refused', (_what, request, code, alert) => {
    const client = role13('client');
    expectRefusal(give(client, [[serverHello, request(0x1301)]]), code, alert);
  });

  it('comes once', () => {
    const client = role13('client');
    const request: Message = [serverHello, writeHelloRetryRequest(0x1301, 0, Uint8Array.of(1))];
    expect(give(client, [request])).toBeUndefined();
    expectRefusal(give(client, [request]), 'unexpected-message', Alert.unexpectedMessage);
  });

  it('binds the suite', () => {
    const client = role13('client');
    give(client, [[serverHello, writeHelloRetryRequest(0x1303, 0, Uint8Array.of(1))]]);
    const { flight } = served();
    expectRefusal(give(client, flight.slice(0, 1)), 'handshake-failure', Alert.illegalParameter);
  });

  /** A request without a cookie, which ours always have. */
  function withoutCookie(suite: number, group: number): Uint8Array {
    const request = serverHelloIn([[serverHello, writeHelloRetryRequest(suite, group, Uint8Array.of(1))]]);
    return writeServerHello({ ...request, extensions: replaced(request.extensions, ExtensionType.cookie) });
  }
});

describe('a client and a ServerHello', () => {
  it.each<[string, (hello: ServerHello) => ServerHello, string, number]>([
    [
      'an echoed session',
      (one) => ({ ...one, sessionId: Uint8Array.of(1) }),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'a suite that was not offered',
      (one) => ({ ...one, cipherSuite: 0x1304 }),
      'handshake-failure',
      Alert.illegalParameter,
    ],
    ['compression', (one) => ({ ...one, compressionMethod: 1 }), 'handshake-failure', Alert.illegalParameter],
    ['legacy version 1.0', (one) => ({ ...one, version: 0xfeff }), 'handshake-failure', Alert.illegalParameter],
    [
      'a version that was not offered',
      (one) => ({
        ...one,
        extensions: replaced(one.extensions, ExtensionType.supportedVersions, Uint8Array.of(0xfe, 0xfd)),
      }),
      'unsupported-version',
      Alert.illegalParameter,
    ],
    [
      'no share',
      (one) => ({ ...one, extensions: replaced(one.extensions, ExtensionType.keyShare) }),
      'handshake-failure',
      Alert.missingExtension,
    ],
    [
      'a broken share',
      (one) => ({ ...one, extensions: replaced(one.extensions, ExtensionType.keyShare, Uint8Array.of(0, 29)) }),
      'decode-error',
      Alert.decodeError,
    ],
    [
      'a share of a group that was not offered one',
      (one) => {
        const data = writeServerShare({ group: 23, publicKey: new Uint8Array(65).fill(4) });
        return { ...one, extensions: replaced(one.extensions, ExtensionType.keyShare, data) };
      },
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'a share of small order',
      (one) => {
        const data = writeServerShare({ group: 29, publicKey: new Uint8Array(32) });
        return { ...one, extensions: replaced(one.extensions, ExtensionType.keyShare, data) };
      },
      'handshake-failure',
      Alert.illegalParameter,
    ],
    [
      'an extension nobody offered',
      (one) => ({ ...one, extensions: replaced(one.extensions, 0x0a0a, NO_BYTES) }),
      'handshake-failure',
      Alert.unsupportedExtension,
    ],
    [
      'use_srtp in the clear',
      (one) => ({ ...one, extensions: replaced(one.extensions, ExtensionType.useSrtp, Uint8Array.of(0, 2, 0, 1, 0)) }),
      'handshake-failure',
      Alert.illegalParameter,
    ],
  ])('refuses %s', (_what, change, code, alert) => {
    const { client, flight } = served();
    const changed = writeServerHello(change(serverHelloIn(flight)));
    expectRefusal(give(client, [[serverHello, changed]]), code, alert);
  });
});

describe('a client and what follows', () => {
  const after = (count: number, messages: readonly Message[], more = {}) => {
    const { client, flight } = served(more);
    expect(give(client, flight.slice(0, count))).toBeUndefined();
    return give(client, messages, count);
  };
  const srtp = (...data: number[]): Message => [
    encryptedExtensions,
    writeEncryptedExtensions([{ type: ExtensionType.useSrtp, data: Uint8Array.from(data) }]),
  ];

  it.each<[string, Message, string, number]>([
    ['an SRTP profile nobody offered', srtp(0, 2, 0, 7, 0), 'handshake-failure', Alert.illegalParameter],
    ['two SRTP profiles', srtp(0, 4, 0, 1, 0, 1, 0), 'handshake-failure', Alert.illegalParameter],
    ['a master key identifier', srtp(0, 2, 0, 1, 1, 9), 'handshake-failure', Alert.illegalParameter],
    ['a broken use_srtp', srtp(0, 2), 'decode-error', Alert.decodeError],
    [
      'an extension nobody offered',
      [encryptedExtensions, writeEncryptedExtensions([{ type: 16, data: NO_BYTES }])],
      'handshake-failure',
      Alert.unsupportedExtension,
    ],
    [
      'an extension that belongs elsewhere',
      [encryptedExtensions, writeEncryptedExtensions([{ type: ExtensionType.keyShare, data: NO_BYTES }])],
      'handshake-failure',
      Alert.illegalParameter,
    ],
  ])('refuses EncryptedExtensions with %s', (_what, message, code, alert) => {
    expectRefusal(after(1, [message]), code, alert);
  });

  it('refuses a request that its certificate cannot answer', () => {
    const schemes = (list: number[]): Message => [
      certificateRequest,
      writeCertificateRequest13([{ type: ExtensionType.signatureAlgorithms, data: writeU16List(list) }]),
    ];
    expect(after(2, [schemes([0x0807, SignatureScheme.ecdsaSecp256r1Sha256])])).toBeUndefined();
    expectRefusal(after(2, [schemes([0x0807])]), 'handshake-failure', Alert.handshakeFailure);
    expectRefusal(after(2, [[certificateRequest, writeCertificateRequest13([])]]), 'handshake-failure', 109);
    const withContext = Uint8Array.of(1, 7, ...writeCertificateRequest13([]).subarray(1));
    expectRefusal(after(2, [[certificateRequest, withContext]]), 'handshake-failure', Alert.illegalParameter);
  });

  it('refuses certificates that are not the one that was signalled', () => {
    const give13 = (body: Uint8Array) => after(3, [[certificate, body]]);
    expectRefusal(give13(writeCertificate13(ours.der)), 'fingerprint-mismatch', Alert.badCertificate);
    expectRefusal(give13(Uint8Array.of(0, 0, 0, 0)), 'bad-certificate', Alert.decodeError);
    const context = Uint8Array.of(1, 7, ...writeCertificate13(theirs.der).subarray(1));
    expectRefusal(give13(context), 'handshake-failure', Alert.illegalParameter);
    const damaged = theirs.der.slice();
    damaged[damaged.length - 1] ^= 1;
    expectRefusal(give13(writeCertificate13(damaged)), 'fingerprint-mismatch', Alert.badCertificate);
  });

  it('refuses signatures of the wrong key, over the wrong thing, of the wrong kind', () => {
    const { flight } = served();
    const verify = flight[4][1];
    const signature = (algorithm: number, change: (bytes: Uint8Array) => void): Message => {
      const bytes = verify.slice(4);
      change(bytes);
      return [certificateVerify, writeCertificateVerify({ signatureAlgorithm: algorithm, signature: bytes })];
    };
    const ecdsa = SignatureScheme.ecdsaSecp256r1Sha256;
    expectRefusal(after(4, [signature(ecdsa, (bytes) => bytes.fill(1, 20, 24))]), 'bad-signature', Alert.decryptError);
    // An ECDSA key and the numbers of RSA: with PSS, with the padding that 1.3 does not have, with SHA-1.
    for (const [algorithm, alert] of [
      [SignatureScheme.rsaPssRsaeSha256, Alert.decryptError],
      [SignatureScheme.rsaPkcs1Sha256, Alert.illegalParameter],
      [0x0203, Alert.illegalParameter],
    ]) {
      expectRefusal(after(4, [signature(algorithm, () => undefined)]), 'bad-signature', alert);
    }
    // Signed by the client's key, over the server's text.
    const other = theirs.privateKey.sign(ecdsa, new Uint8Array(130).fill(32));
    const message = writeCertificateVerify({ signatureAlgorithm: ecdsa, signature: other });
    expectRefusal(after(4, [[certificateVerify, message]]), 'bad-signature', Alert.decryptError);
  });

  it('refuses a wrong Finished', () => {
    const { flight } = served();
    for (const at of [0, 31]) {
      const body = flight[5][1].slice();
      body[at] ^= 1;
      expectRefusal(after(5, [[finished, body]]), 'bad-finished', Alert.decryptError);
    }
    expectRefusal(after(5, [[finished, new Uint8Array(12)]]), 'bad-finished', Alert.decryptError);
  });
});

describe('a server and the answer', () => {
  const withAnswer = (at: number, message: Message) => {
    const { client, server, flight } = served();
    give(client, flight);
    const answer = flightOf(client);
    expect(give(server, answer.slice(0, at), 1)).toBeUndefined();
    return give(server, [message], 1 + at);
  };

  it('refuses a client without a certificate, with a strange one, without its key, with a wrong Finished', () => {
    expectRefusal(
      withAnswer(0, [certificate, Uint8Array.of(0, 0, 0, 0)]),
      'bad-certificate',
      Alert.certificateRequired,
    );
    expectRefusal(withAnswer(0, [certificate, writeCertificate13(theirs.der)]), 'fingerprint-mismatch', 42);
    const signature = theirs.privateKey.sign(SignatureScheme.ecdsaSecp256r1Sha256, new Uint8Array(3));
    const verify = writeCertificateVerify({ signatureAlgorithm: 0x0403, signature });
    expectRefusal(withAnswer(1, [certificateVerify, verify]), 'bad-signature', Alert.decryptError);
    expectRefusal(withAnswer(2, [finished, new Uint8Array(32)]), 'bad-finished', Alert.decryptError);
  });
});

describe('supported_versions', () => {
  it('of a client of both versions names both, the higher first', () => {
    const { hello } = hellos({ versions: ['1.2', '1.3'] });
    const parsed = parseClientHello(hello[0][1]) as ClientHello;
    const data = extensionData(parsed.extensions, ExtensionType.supportedVersions);
    expect(data).toEqual(writeClientVersions([0xfefc, 0xfefd]));
    expect(parsed.cipherSuites.slice(0, 3)).toEqual([0x1301, 0x1303, 0x1302]);
    expect(parsed.cipherSuites).toContain(0xc02b);
  });
});
