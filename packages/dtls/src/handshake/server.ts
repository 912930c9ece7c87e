/**
 * The server's side of the handshake, RFC 6347 figure 1 with client authentication:
 *
 * 1. peer → ClientHello, often larger than a datagram: today's browsers put the key shares of DTLS 1.3 into it. We answer
 *    with 1.2, which they take; what we do not know in it is passed over.
 * 2. If cookies are asked for: we → HelloVerifyRequest and forget the hello; a hello that brings the cookie goes on.
 * 3. we → ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone.
 * 4. peer → Certificate: must have the signalled fingerprint before anything in it is read.
 * 5. peer → ClientKeyExchange: its ephemeral key. Keys are bound to everything up to here (RFC 7627 4).
 * 6. peer → CertificateVerify: it has the certificate's private key.
 * 7. peer → Finished, in epoch 1: what it saw is what we saw. We answer ChangeCipherSpec, Finished. Connected.
 *
 * Our last flight is kept: if it is lost, the peer repeats its own, and we ours (RFC 6347 4.2.4).
 */
import { Alert } from '../alert.ts';
import { NamedGroup, type SignatureScheme } from '../dtls-crypto.ts';
import { equalBytes } from '../equal-bytes.ts';
import { type Failure, failure } from '../errors.ts';
import { markDowngrade, parseClientVersions } from '../handshake13/supported-versions.ts';
import { ProtocolVersion } from '../record/record.ts';
import { type CipherSuite, suitesOf } from './cipher-suites.ts';
import type { HandshakeContext, HandshakeRole } from './context.ts';
import { COOKIE_SECRET_LENGTH, cookieFor } from './cookie.ts';
import type { Handover } from './handover.ts';
import {
  COMPRESSION_NULL,
  curves,
  EC_POINT_FORMATS,
  EMPTY_RENEGOTIATION_INFO_SCSV,
  EXTENDED_MASTER_SECRET,
  isFirstHandshake,
  POINT_UNCOMPRESSED,
  RENEGOTIATION_INFO,
  SIGNATURE_SCHEMES,
  schemeFor,
} from './hello.ts';
import { concat } from './key-schedule.ts';
import { writeCertificateMessage } from './messages/certificate.ts';
import { CERTIFICATE_TYPES, writeCertificateRequest } from './messages/certificate-request.ts';
import { type ClientHello, parseClientHello } from './messages/client-hello.ts';
import {
  type Extension,
  ExtensionType,
  extensionData,
  parseBytes8,
  parseU16List,
  parseUseSrtp,
  writeBytes8,
  writeUseSrtp,
} from './messages/extensions.ts';
import { HandshakeType } from './messages/header.ts';
import { writeHelloVerifyRequest } from './messages/hello-verify-request.ts';
import { parseClientKeyExchange, writeServerKeyExchange, writeServerParams } from './messages/key-exchange.ts';
import { writeServerHello } from './messages/server-hello.ts';

type Waiting = 'client-hello' | 'certificate' | 'client-key-exchange' | 'certificate-verify' | 'finished' | 'nothing';

/** The message that each state takes; any other is an error (RFC 5246 7.4). */
const AWAITED: Readonly<Record<Waiting, number>> = {
  'client-hello': HandshakeType.clientHello,
  certificate: HandshakeType.certificate,
  'client-key-exchange': HandshakeType.clientKeyExchange,
  'certificate-verify': HandshakeType.certificateVerify,
  finished: HandshakeType.finished,
  nothing: -1,
};

const NO_BYTES = new Uint8Array(0);
/** Records of a hello number from near zero; a number this high is not one to go on from. */
const HIGHEST_ECHOED_NUMBER = 2 ** 32;

/** What was agreed from a ClientHello. */
interface Agreed {
  readonly suite: CipherSuite;
  readonly group: NamedGroup;
  readonly scheme: SignatureScheme;
  readonly extensions: readonly Extension[];
}

export class ServerHandshake implements HandshakeRole {
  readonly #context: HandshakeContext;
  readonly cookieSecret = new Uint8Array(COOKIE_SECRET_LENGTH);
  #waiting: Waiting = 'client-hello';

  constructor(context: HandshakeContext) {
    this.#context = context;
  }

  get waitsFor(): string {
    return this.#waiting;
  }

  start(): void {
    this.#context.env.secure.fillSecure(this.cookieSecret, 0, COOKIE_SECRET_LENGTH);
  }

  adopt({ cookieSecret }: Handover): void {
    if (cookieSecret !== undefined) this.cookieSecret.set(cookieSecret);
  }

  handleMessage(type: number, seq: number, body: Uint8Array, recordNumber: number): Failure | undefined {
    if (type !== AWAITED[this.#waiting]) {
      return failure('unexpected-message', Alert.unexpectedMessage, `type ${type} while waiting for ${this.#waiting}`);
    }
    const context = this.#context;
    // These two are about the transcript before them.
    if (type === HandshakeType.finished) return this.#handleFinished(seq, body);
    if (type === HandshakeType.certificateVerify) {
      const failed = context.acceptCertificateVerify(body);
      context.transcript.append(type, seq, body);
      return failed ?? this.#waitFor('finished');
    }
    if (type === HandshakeType.clientHello) return this.#handleClientHello(seq, body, recordNumber);
    context.transcript.append(type, seq, body);
    if (type === HandshakeType.certificate) {
      return context.acceptCertificate(body) ?? this.#waitFor('client-key-exchange');
    }
    const publicKey = parseClientKeyExchange(body);
    if (publicKey === undefined) return failure('decode-error', Alert.decodeError, 'ClientKeyExchange');
    return context.deriveKeys(publicKey) ?? this.#waitFor('certificate-verify');
  }

  #handleClientHello(seq: number, body: Uint8Array, recordNumber: number): Failure | undefined {
    const context = this.#context;
    const { crypto, requireCookie } = context.config;
    const hello = parseClientHello(body);
    if (hello === undefined) return failure('decode-error', Alert.decodeError, 'ClientHello');
    context.nextSendSeq = seq;
    if (requireCookie) {
      if (recordNumber < HIGHEST_ECHOED_NUMBER) context.records.continueFrom(recordNumber);
      const cookie = cookieFor(crypto, this.cookieSecret, hello);
      if (!equalBytes(cookie, hello.cookie)) return this.#sendHelloVerifyRequest(seq, cookie);
    }
    const agreed = agree(hello, context);
    if ('code' in agreed) return agreed;
    context.suite = agreed.suite;
    context.clientRandom.set(hello.random);
    context.transcript.append(HandshakeType.clientHello, seq, body);
    this.#sendFlight(agreed);
    return this.#waitFor('certificate');
  }

  #sendHelloVerifyRequest(seq: number, cookie: Uint8Array): undefined {
    const { flight } = this.#context;
    flight.begin('nothing');
    flight.addMessage(0, HandshakeType.helloVerifyRequest, seq, writeHelloVerifyRequest(cookie));
    this.#context.helloVerifyRequests++;
  }

  #sendFlight(agreed: Agreed): void {
    const context = this.#context;
    const { crypto, certificate } = context.config;
    const { secure } = context.env;
    secure.fillSecure(context.serverRandom, 0, 32);
    markDowngrade(context.config, context.serverRandom);
    context.keyShare = crypto.generateKeyShare(agreed.group, secure);
    const { publicKey, group } = context.keyShare;
    context.flight.begin('answer');
    const hello = writeServerHello({
      version: ProtocolVersion.dtls12,
      random: context.serverRandom,
      sessionId: NO_BYTES, // no resumption (RFC 5246 7.4.1.3)
      cipherSuite: agreed.suite.id,
      compressionMethod: COMPRESSION_NULL,
      extensions: agreed.extensions,
    });
    context.send(HandshakeType.serverHello, hello);
    context.send(HandshakeType.certificate, writeCertificateMessage(certificate.der));
    // RFC 8422 5.4: the signature covers both randoms and the parameters.
    const signed = concat(context.clientRandom, context.serverRandom, writeServerParams(group, publicKey));
    const signature = certificate.privateKey.sign(agreed.scheme, signed);
    const exchange = writeServerKeyExchange({ group, publicKey, signatureAlgorithm: agreed.scheme, signature });
    context.send(HandshakeType.serverKeyExchange, exchange);
    const request = writeCertificateRequest({
      certificateTypes: Uint8Array.of(CERTIFICATE_TYPES.p256, CERTIFICATE_TYPES.rsa),
      signatureAlgorithms: SIGNATURE_SCHEMES,
    });
    context.send(HandshakeType.certificateRequest, request);
    context.send(HandshakeType.serverHelloDone, NO_BYTES);
  }

  #handleFinished(seq: number, body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const failed = context.acceptFinished(body);
    if (failed !== undefined) return failed;
    context.transcript.append(HandshakeType.finished, seq, body);
    context.flight.begin('nothing');
    context.sendFinished();
    context.complete();
    return this.#waitFor('nothing');
  }

  #waitFor(next: Waiting): undefined {
    this.#waiting = next;
  }
}

/** What we and the client have in common, or why it is not enough. */
function agree(hello: ClientHello, context: HandshakeContext): Agreed | Failure {
  // DTLS versions count downwards: 1.0 is 0xfeff. A client that also speaks 1.3 says 1.2 here (RFC 9147 5.3), and its
  // supported_versions does not concern a server that does not know it.
  if (hello.version >>> 8 !== 0xfe || hello.version > ProtocolVersion.dtls12) {
    return failure('unsupported-version', Alert.protocolVersion, 'the client does not speak DTLS 1.2');
  }
  const data = (type: number): Uint8Array | undefined => extensionData(hello.extensions, type);
  const { certificate, cipherPreference, connectionId, crypto, versions } = context.config;
  // Who knows supported_versions goes by nothing else (RFC 8446 4.2.1).
  const theirVersions = versions.includes('1.3') ? data(ExtensionType.supportedVersions) : undefined;
  if (theirVersions !== undefined && parseClientVersions(theirVersions)?.includes(ProtocolVersion.dtls12) !== true) {
    return failure('unsupported-version', Alert.protocolVersion, 'the client says that it does not speak DTLS 1.2');
  }
  const { privateKey } = certificate;
  // Our order decides, among suites for the kind of certificate that we have.
  const suite = suitesOf(cipherPreference).find(
    ({ id, keyKind }) => keyKind === privateKey.kind && hello.cipherSuites.includes(id),
  );
  if (suite === undefined) {
    return failure('handshake-failure', Alert.handshakeFailure, 'no cipher suite in common');
  }
  if (!hello.compressionMethods.includes(COMPRESSION_NULL)) {
    return failure('handshake-failure', Alert.illegalParameter, 'null compression is mandatory');
  }
  if (data(ExtensionType.extendedMasterSecret)?.length !== 0) {
    return failure('no-extended-master-secret', Alert.handshakeFailure, 'RFC 7627 is required');
  }
  const renegotiationInfo = data(ExtensionType.renegotiationInfo);
  if (renegotiationInfo !== undefined && !isFirstHandshake(renegotiationInfo)) {
    return failure('handshake-failure', Alert.handshakeFailure, 'renegotiation_info is not empty (RFC 5746 3.6)');
  }
  const algorithms = list(data(ExtensionType.signatureAlgorithms));
  const formats = data(ExtensionType.ecPointFormats);
  const pointFormats = formats === undefined ? undefined : (parseBytes8(formats) ?? NO_BYTES);
  const groups = list(data(ExtensionType.supportedGroups));
  if (algorithms?.length === 0 || groups?.length === 0 || pointFormats?.length === 0) {
    return failure('decode-error', Alert.decodeError, 'a list in an extension of ClientHello');
  }
  // Without the extension the client takes SHA-1 only (RFC 5246 7.4.1.4.1), which we do not make.
  const scheme = algorithms === undefined ? undefined : schemeFor(privateKey, algorithms);
  if (scheme === undefined || pointFormats?.includes(POINT_UNCOMPRESSED) === false) {
    return failure('handshake-failure', Alert.handshakeFailure, 'no signature algorithm or point format in common');
  }
  // Without the extension any group will do (RFC 8422 4); P-256 is the one everybody has.
  const group = groups === undefined ? NamedGroup.secp256r1 : curves(crypto).find((ours) => groups.includes(ours));
  if (group === undefined) return failure('handshake-failure', Alert.handshakeFailure, 'no group in common');

  const extensions = [EXTENDED_MASTER_SECRET];
  if (renegotiationInfo !== undefined || hello.cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV)) {
    extensions.push(RENEGOTIATION_INFO);
  }
  if (pointFormats !== undefined) extensions.push(EC_POINT_FORMATS);
  const srtp = data(ExtensionType.useSrtp);
  if (srtp !== undefined) {
    const useSrtp = parseUseSrtp(srtp);
    if (useSrtp === undefined) return failure('decode-error', Alert.decodeError, 'use_srtp');
    // Our order decides. None in common: the answer leaves use_srtp out and data still flows (RFC 5764 4.1.1).
    const profile = context.config.srtpProfiles.find((ours) => useSrtp.profiles.includes(ours));
    context.srtpProfile = profile;
    if (profile !== undefined) {
      extensions.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: [profile], mki: NO_BYTES }) });
    }
  }
  const id = data(ExtensionType.connectionId);
  if (id !== undefined && connectionId !== undefined) {
    if (!context.acceptConnectionId(id)) return failure('decode-error', Alert.decodeError, 'connection_id');
    extensions.push({ type: ExtensionType.connectionId, data: writeBytes8(connectionId) });
  }
  return { suite, group, scheme, extensions };
}

/** The numbers in a list extension: undefined when it is absent, empty when it is malformed. */
function list(data: Uint8Array | undefined): readonly number[] | undefined {
  return data === undefined ? undefined : (parseU16List(data) ?? []);
}
