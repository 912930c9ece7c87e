/**
 * The client's side of the handshake, RFC 6347 figure 1 with client authentication:
 *
 * 1. we → ClientHello. Suites, groups, extended_master_secret, use_srtp.
 * 2. peer → HelloVerifyRequest, if it wants our address proved: we start over with its cookie; neither hello nor request
 *    counts in the transcript.
 * 3. peer → ServerHello: one of what we offered, and nothing else.
 * 4. peer → Certificate: must have the signalled fingerprint before anything in it is read.
 * 5. peer → ServerKeyExchange: its ephemeral key, signed with the certificate's.
 * 6. peer → CertificateRequest: mandatory, both sides of a WebRTC connection show certificates (RFC 8827 6.5).
 * 7. peer → ServerHelloDone. We answer with Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished;
 *    keys are bound to everything up to ClientKeyExchange (RFC 7627 4).
 * 8. peer → Finished, in epoch 1: what it saw is what we saw. Connected.
 *
 * ChangeCipherSpec of the peer tells nothing that the epoch of its records does not, and may be lost.
 */
import { Alert } from '../alert.ts';
import type { SignatureScheme } from '../dtls-crypto.ts';
import { type Failure, failure } from '../errors.ts';
import { isDowngraded } from '../handshake13/supported-versions.ts';
import { ProtocolVersion } from '../record/record.ts';
import { suitesOf } from './cipher-suites.ts';
import type { HandshakeContext, HandshakeRole } from './context.ts';
import type { Handover } from './handover.ts';
import { COMPRESSION_NULL, curves, isFirstHandshake, offerOf12, schemeFor } from './hello.ts';
import { concat } from './key-schedule.ts';
import { writeCertificateMessage } from './messages/certificate.ts';
import { CERTIFICATE_TYPES, parseCertificateRequest } from './messages/certificate-request.ts';
import { writeCertificateVerify } from './messages/certificate-verify.ts';
import { type ClientHello, writeClientHello } from './messages/client-hello.ts';
import { type Extension, ExtensionType, extensionData, parseUseSrtp } from './messages/extensions.ts';
import { HandshakeType } from './messages/header.ts';
import { parseHelloVerifyRequest } from './messages/hello-verify-request.ts';
import { parseServerKeyExchange, writeClientKeyExchange, writeServerParams } from './messages/key-exchange.ts';
import { parseServerHello } from './messages/server-hello.ts';

type Waiting =
  | 'server-hello'
  | 'certificate'
  | 'server-key-exchange'
  | 'certificate-request'
  | 'server-hello-done'
  | 'finished'
  | 'nothing';

/** The message that each state takes; any other is an error (RFC 5246 7.4), but see HelloVerifyRequest. */
const AWAITED: Readonly<Record<Waiting, number>> = {
  'server-hello': HandshakeType.serverHello,
  certificate: HandshakeType.certificate,
  'server-key-exchange': HandshakeType.serverKeyExchange,
  'certificate-request': HandshakeType.certificateRequest,
  'server-hello-done': HandshakeType.serverHelloDone,
  finished: HandshakeType.finished,
  nothing: -1,
};

/** A server that changes its cookie secret asks again; one that keeps asking is not going to be content. */
const MAX_HELLO_VERIFY_REQUESTS = 4;

const NO_BYTES = new Uint8Array(0);

export class ClientHandshake implements HandshakeRole {
  readonly #context: HandshakeContext;
  /** What we ask for of DTLS 1.2, and so what a server may answer. */
  readonly #offered: readonly Extension[];
  /** What we send: that, and more when another version began. */
  #hello: ClientHello;
  #waiting: Waiting = 'server-hello';
  #serverPublicKey: Uint8Array = NO_BYTES;
  /** What the server takes of what our key signs with. */
  #scheme: SignatureScheme | undefined;

  constructor(context: HandshakeContext) {
    this.#context = context;
    const { cipherSuites, extensions } = offerOf12(context.config);
    this.#offered = extensions;
    this.#hello = {
      version: ProtocolVersion.dtls12,
      random: context.clientRandom,
      sessionId: NO_BYTES,
      cookie: NO_BYTES,
      cipherSuites,
      compressionMethods: Uint8Array.of(COMPRESSION_NULL),
      extensions,
    };
  }

  get waitsFor(): string {
    return this.#waiting;
  }

  start(): void {
    this.#context.env.secure.fillSecure(this.#context.clientRandom, 0, 32);
    this.#sendClientHello();
  }

  adopt({ sentHello }: Handover): void {
    if (sentHello === undefined) return;
    const context = this.#context;
    context.clientRandom.set(sentHello.hello.random);
    this.#hello = sentHello.hello;
    context.flight.begin('answer');
    context.send(HandshakeType.clientHello, sentHello.body);
    context.flight.skip();
  }

  handleMessage(type: number, seq: number, body: Uint8Array): Failure | undefined {
    const isVerifyRequest = type === HandshakeType.helloVerifyRequest && this.#waiting === 'server-hello';
    if (isVerifyRequest) return this.#handleHelloVerifyRequest(body);
    if (type !== AWAITED[this.#waiting]) {
      return failure('unexpected-message', Alert.unexpectedMessage, `type ${type} while waiting for ${this.#waiting}`);
    }
    if (type === HandshakeType.finished) return this.#handleFinished(body);
    this.#context.transcript.append(type, seq, body);
    switch (type) {
      case HandshakeType.serverHello:
        return this.#handleServerHello(body);
      case HandshakeType.certificate:
        return this.#handleCertificate(body);
      case HandshakeType.serverKeyExchange:
        return this.#handleServerKeyExchange(body);
      case HandshakeType.certificateRequest:
        return this.#handleCertificateRequest(body);
      default:
        return this.#handleServerHelloDone(body);
    }
  }

  #sendClientHello(): void {
    this.#context.flight.begin('answer');
    this.#context.send(HandshakeType.clientHello, writeClientHello(this.#hello));
  }

  #handleHelloVerifyRequest(body: Uint8Array): Failure | undefined {
    const cookie = parseHelloVerifyRequest(body);
    if (cookie === undefined) return failure('decode-error', Alert.decodeError, 'HelloVerifyRequest');
    if (++this.#context.helloVerifyRequests > MAX_HELLO_VERIFY_REQUESTS) {
      return failure('handshake-failure', Alert.handshakeFailure, 'no cookie contents the server');
    }
    this.#context.transcript.reset();
    this.#hello = { ...this.#hello, cookie };
    this.#sendClientHello();
    return undefined;
  }

  #handleServerHello(body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const hello = parseServerHello(body);
    if (hello === undefined) return failure('decode-error', Alert.decodeError, 'ServerHello');
    if (hello.version !== ProtocolVersion.dtls12) {
      return failure('unsupported-version', Alert.protocolVersion, 'the server does not speak DTLS 1.2');
    }
    if (isDowngraded(context.config, hello.random)) {
      return failure('downgrade', Alert.illegalParameter, 'the server speaks DTLS 1.3: somebody changed our hello');
    }
    const suite = suitesOf(context.config.cipherPreference).find(({ id }) => id === hello.cipherSuite);
    if (suite === undefined || hello.compressionMethod !== COMPRESSION_NULL) {
      return failure('handshake-failure', Alert.illegalParameter, 'the server chose what was not offered');
    }
    for (const { type } of hello.extensions) {
      if (extensionData(this.#offered, type) === undefined) {
        return failure('handshake-failure', Alert.unsupportedExtension, `extension ${type} was not offered`);
      }
    }
    if (extensionData(hello.extensions, ExtensionType.extendedMasterSecret)?.length !== 0) {
      return failure('no-extended-master-secret', Alert.handshakeFailure, 'RFC 7627 is required');
    }
    const renegotiationInfo = extensionData(hello.extensions, ExtensionType.renegotiationInfo);
    if (renegotiationInfo !== undefined && !isFirstHandshake(renegotiationInfo)) {
      return failure('handshake-failure', Alert.handshakeFailure, 'renegotiation_info is not empty (RFC 5746 3.4)');
    }
    context.srtpProfile = undefined;
    const useSrtp = extensionData(hello.extensions, ExtensionType.useSrtp);
    const wrong = useSrtp === undefined ? undefined : this.#acceptSrtp(useSrtp);
    if (wrong !== undefined) return wrong;
    const peersId = extensionData(hello.extensions, ExtensionType.connectionId);
    if (peersId !== undefined && !context.acceptConnectionId(peersId)) {
      return failure('decode-error', Alert.decodeError, 'connection_id');
    }
    context.suite = suite;
    context.serverRandom.set(hello.random);
    return this.#waitFor('certificate');
  }

  /** RFC 5764 4.1.1: exactly one profile, of those offered, and no MKI since we offered none (4.1.3). */
  #acceptSrtp(data: Uint8Array): Failure | undefined {
    const useSrtp = parseUseSrtp(data);
    if (useSrtp === undefined) return failure('decode-error', Alert.decodeError, 'use_srtp');
    const profile = useSrtp.profiles[0];
    const isOffered = this.#context.config.srtpProfiles.includes(profile);
    if (useSrtp.profiles.length !== 1 || !isOffered || useSrtp.mki.length !== 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'use_srtp answers what was not offered');
    }
    this.#context.srtpProfile = profile;
    return undefined;
  }

  /** RFC 5246 7.4.2: the certificate's key is of the kind that the suite names. */
  #handleCertificate(body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const failed = context.acceptCertificate(body);
    if (failed !== undefined) return failed;
    if (context.remoteKey?.kind !== context.suite.keyKind) {
      return failure('bad-certificate', Alert.illegalParameter, 'the certificate is not of the suite that was chosen');
    }
    return this.#waitFor('server-key-exchange');
  }

  #handleServerKeyExchange(body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const message = parseServerKeyExchange(body);
    if (message === undefined) return failure('decode-error', Alert.decodeError, 'ServerKeyExchange');
    const group = curves(context.config.crypto).find((offered) => offered === message.group);
    if (group === undefined)
      return failure('handshake-failure', Alert.illegalParameter, 'a group that was not offered');
    // RFC 8422 5.4: the signature covers both randoms and the parameters.
    const params = writeServerParams(message.group, message.publicKey);
    const signed = concat(context.clientRandom, context.serverRandom, params);
    const wrong = context.checkSignature(message.signatureAlgorithm, signed, message.signature);
    if (wrong !== undefined) return wrong;
    context.keyShare = context.config.crypto.generateKeyShare(group, context.env.secure);
    this.#serverPublicKey = message.publicKey;
    return this.#waitFor('certificate-request');
  }

  #handleCertificateRequest(body: Uint8Array): Failure | undefined {
    const request = parseCertificateRequest(body);
    if (request === undefined) return failure('decode-error', Alert.decodeError, 'CertificateRequest');
    const { privateKey } = this.#context.config.certificate;
    this.#scheme = schemeFor(privateKey, request.signatureAlgorithms);
    if (!request.certificateTypes.includes(CERTIFICATE_TYPES[privateKey.kind]) || this.#scheme === undefined) {
      return failure('handshake-failure', Alert.handshakeFailure, 'the server does not take our kind of certificate');
    }
    return this.#waitFor('server-hello-done');
  }

  #handleServerHelloDone(body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const { certificate } = context.config;
    if (body.length !== 0) return failure('decode-error', Alert.decodeError, 'ServerHelloDone is not empty');
    context.flight.begin('answer');
    context.send(HandshakeType.certificate, writeCertificateMessage(certificate.der));
    const publicKey = context.keyShare?.publicKey as Uint8Array;
    context.send(HandshakeType.clientKeyExchange, writeClientKeyExchange(publicKey));
    const failed = context.deriveKeys(this.#serverPublicKey);
    if (failed !== undefined) {
      context.flight.clear();
      return failed;
    }
    const scheme = this.#scheme as SignatureScheme;
    const signature = certificate.privateKey.sign(scheme, context.transcript.bytes());
    const verify = writeCertificateVerify({ signatureAlgorithm: scheme, signature });
    context.send(HandshakeType.certificateVerify, verify);
    context.sendFinished();
    return this.#waitFor('finished');
  }

  #handleFinished(body: Uint8Array): Failure | undefined {
    const failed = this.#context.acceptFinished(body);
    if (failed !== undefined) return failed;
    this.#context.flight.clear();
    this.#context.complete();
    return this.#waitFor('nothing');
  }

  #waitFor(next: Waiting): undefined {
    this.#waiting = next;
  }
}
