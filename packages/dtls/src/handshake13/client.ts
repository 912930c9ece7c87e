/**
 * The client's side of the handshake of DTLS 1.3, RFC 9147 figure 7:
 *
 * 1. we → ClientHello, with a key share. It offers 1.2 as well if that will do: a server that answers so is 1.2's business.
 * 2. peer → HelloRetryRequest, if it wants our address proved or another group: we repeat the hello with what it asks for,
 *    once (RFC 8446 4.1.4).
 * 3. peer → ServerHello: its key share. From here on everything is in epoch 2.
 * 4. peer → EncryptedExtensions: use_srtp. CertificateRequest: mandatory, both sides of a WebRTC connection show
 *    certificates (RFC 8827 6.5).
 * 5. peer → Certificate: must have the signalled fingerprint before anything in it is read. CertificateVerify: it has the key.
 * 6. peer → Finished: what it saw is what we saw. We answer Certificate, CertificateVerify, Finished and are connected;
 *    the flight is repeated until the server's ACK (RFC 9147 5.7).
 */
import { Alert } from '../alert.ts';
import { type KeyShare, NamedGroup } from '../dtls-crypto.ts';
import { type Failure, failure } from '../errors.ts';
import { COMPRESSION_NULL } from '../handshake/hello.ts';
import { type ClientHello, writeClientHello } from '../handshake/messages/client-hello.ts';
import { ExtensionType, extensionData, parseU16List, parseUseSrtp } from '../handshake/messages/extensions.ts';
import { HandshakeType } from '../handshake/messages/header.ts';
import { parseServerHello, type ServerHello } from '../handshake/messages/server-hello.ts';
import { ProtocolVersion } from '../record/record.ts';
import { type HandshakeContext13, type HandshakeRole13, ourScheme } from './context.ts';
import { RETRY_RANDOM } from './hello-retry-request.ts';
import { parseConnectionId } from './messages/connection-id.ts';
import { parseCertificateRequest13, parseEncryptedExtensions } from './messages/extension-lists.ts';
import { parseCookie, parseSelectedGroup, parseServerShare } from './messages/key-share.ts';
import { helloOf13, suitesOf13 } from './offer.ts';
import type { Suite13 } from './suites.ts';
import { parseServerVersion } from './supported-versions.ts';

type Waiting =
  | 'server-hello'
  | 'encrypted-extensions'
  | 'certificate-request'
  | 'certificate'
  | 'certificate-verify'
  | 'finished'
  | 'nothing';

/** The message that each state takes, and the state that it leads to (RFC 8446 A.1). */
const AWAITED: Readonly<Record<Waiting, readonly [type: number, next: Waiting]>> = {
  'server-hello': [HandshakeType.serverHello, 'encrypted-extensions'],
  'encrypted-extensions': [HandshakeType.encryptedExtensions, 'certificate-request'],
  'certificate-request': [HandshakeType.certificateRequest, 'certificate'],
  certificate: [HandshakeType.certificate, 'certificate-verify'],
  'certificate-verify': [HandshakeType.certificateVerify, 'finished'],
  finished: [HandshakeType.finished, 'nothing'],
  nothing: [-1, 'nothing'],
};

/** What a ServerHello of 1.3 may hold, RFC 8446 4.2 and RFC 9146 3; and what a HelloRetryRequest may. */
const IN_SERVER_HELLO: readonly number[] = [
  ExtensionType.supportedVersions,
  ExtensionType.keyShare,
  ExtensionType.connectionId,
];
const IN_RETRY_REQUEST: readonly number[] = [
  ExtensionType.supportedVersions,
  ExtensionType.keyShare,
  ExtensionType.cookie,
];
/** Of what we offer, what EncryptedExtensions may hold. */
const IN_ENCRYPTED_EXTENSIONS: readonly number[] = [ExtensionType.supportedGroups, ExtensionType.useSrtp];

const NO_BYTES = new Uint8Array(0);

export class ClientHandshake13 implements HandshakeRole13 {
  readonly #context: HandshakeContext13;
  readonly #random = new Uint8Array(32);
  #hello: ClientHello | undefined;
  #helloBody: Uint8Array = NO_BYTES;
  #retriedSuite: number | undefined;
  #waiting: Waiting = 'server-hello';

  constructor(context: HandshakeContext13) {
    this.#context = context;
  }

  get waitsFor(): string {
    return this.#waiting;
  }

  /** The hello as it was sent last, for a server of the other version. */
  get sentHello(): { readonly hello: ClientHello; readonly body: Uint8Array } | undefined {
    return this.#hello === undefined ? undefined : { hello: this.#hello, body: this.#helloBody };
  }

  start(): void {
    const { config, env } = this.#context;
    env.secure.fillSecure(this.#random, 0, 32);
    const groups = firstShares(config.crypto.groups);
    this.#context.keyShares = groups.map((group) => config.crypto.generateKeyShare(group, env.secure));
    this.#sendClientHello(NO_BYTES);
  }

  handleMessage(type: number, _seq: number, body: Uint8Array): Failure | undefined {
    const [awaited, next] = AWAITED[this.#waiting];
    if (type !== awaited) {
      return failure('unexpected-message', Alert.unexpectedMessage, `type ${type} while waiting for ${this.#waiting}`);
    }
    const context = this.#context;
    let failed: Failure | undefined;
    if (type === HandshakeType.serverHello) {
      const hello = parseServerHello(body);
      if (hello === undefined) return failure('decode-error', Alert.decodeError, 'ServerHello');
      const isRetry = hello.random.every((byte, i) => byte === RETRY_RANDOM[i]);
      if (isRetry) return this.#handleRetryRequest(hello, body);
      failed = this.#handleServerHello(hello, body);
    } else if (type === HandshakeType.finished) {
      failed = this.#handleFinished(body);
    } else {
      failed = this.#handleProtected(type, body);
      context.transcript.append(type, body);
    }
    if (failed === undefined) this.#waiting = next;
    return failed;
  }

  #sendClientHello(cookie: Uint8Array): void {
    const context = this.#context;
    const { config, keyShares, flight } = context;
    this.#hello = helloOf13(config, this.#random, keyShares, cookie, config.connectionId);
    this.#helloBody = writeClientHello(this.#hello);
    flight.begin('answer');
    context.send(HandshakeType.clientHello, this.#helloBody);
  }

  #handleProtected(type: number, body: Uint8Array): Failure | undefined {
    const context = this.#context;
    if (type === HandshakeType.encryptedExtensions) return this.#handleEncryptedExtensions(body);
    if (type === HandshakeType.certificateRequest) return this.#handleCertificateRequest(body);
    if (type === HandshakeType.certificate) return context.acceptCertificate(body);
    return context.acceptCertificateVerify(body);
  }

  /** RFC 8446 4.1.4: what both kinds of ServerHello must be. */
  #checkHello(hello: ServerHello, allowed: readonly number[]): Suite13 | Failure {
    const version = extensionData(hello.extensions, ExtensionType.supportedVersions);
    if (version === undefined || parseServerVersion(version) !== ProtocolVersion.dtls13) {
      return failure('unsupported-version', Alert.illegalParameter, 'the server chose a version that was not offered');
    }
    // RFC 9147 5.3: there is no session to resume, and so nothing to be echoed.
    if (hello.version !== ProtocolVersion.dtls12 || hello.sessionId.length !== 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'legacy_version or legacy_session_id_echo');
    }
    const suite = suitesOf13(this.#context.config).find(({ id }) => id === hello.cipherSuite);
    if (suite === undefined || hello.compressionMethod !== COMPRESSION_NULL) {
      return failure('handshake-failure', Alert.illegalParameter, 'the server chose what was not offered');
    }
    for (const { type } of hello.extensions) {
      const isOffered = this.#isOffered(type) || type === ExtensionType.cookie;
      if (allowed.includes(type) && isOffered) continue;
      const alert = isOffered ? Alert.illegalParameter : Alert.unsupportedExtension;
      return failure('handshake-failure', alert, `extension ${type} has no place in this message`);
    }
    return suite;
  }

  #handleRetryRequest(hello: ServerHello, body: Uint8Array): Failure | undefined {
    const context = this.#context;
    if (context.helloRetryRequests > 0) {
      return failure('unexpected-message', Alert.unexpectedMessage, 'a second HelloRetryRequest (RFC 8446 4.1.4)');
    }
    const suite = this.#checkHello(hello, IN_RETRY_REQUEST);
    if ('code' in suite) return suite;
    const share = extensionData(hello.extensions, ExtensionType.keyShare);
    const cookieData = extensionData(hello.extensions, ExtensionType.cookie);
    const cookie = cookieData === undefined ? NO_BYTES : parseCookie(cookieData);
    if (cookie === undefined) return failure('decode-error', Alert.decodeError, 'cookie');
    if (share !== undefined) {
      const failed = this.#changeGroup(share);
      if (failed !== undefined) return failed;
    } else if (cookie.length === 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'a HelloRetryRequest that changes nothing');
    }
    this.#retriedSuite = suite.id;
    context.helloRetryRequests++;
    const hash = context.agree(suite).digest(context.transcript.bytes());
    context.transcript.startFromHash(hash);
    context.transcript.append(HandshakeType.serverHello, body);
    this.#sendClientHello(cookie);
    return undefined;
  }

  /** RFC 8446 4.2.8: a group that we have and sent no share of. */
  #changeGroup(data: Uint8Array): Failure | undefined {
    const { config, env, keyShares } = this.#context;
    const wanted = parseSelectedGroup(data);
    const group = config.crypto.groups.find((ours) => ours === wanted);
    if (group === undefined || keyShares.some((share) => share.group === group)) {
      return failure('handshake-failure', Alert.illegalParameter, 'a group that was not offered, or has a share');
    }
    this.#context.keyShares = [config.crypto.generateKeyShare(group, env.secure)];
    return undefined;
  }

  #handleServerHello(hello: ServerHello, body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const suite = this.#checkHello(hello, IN_SERVER_HELLO);
    if ('code' in suite) return suite;
    if (this.#retriedSuite !== undefined && this.#retriedSuite !== suite.id) {
      return failure('handshake-failure', Alert.illegalParameter, 'another suite than in HelloRetryRequest');
    }
    const data = extensionData(hello.extensions, ExtensionType.keyShare);
    if (data === undefined) return failure('handshake-failure', Alert.missingExtension, 'no key share');
    const entry = parseServerShare(data);
    if (entry === undefined) return failure('decode-error', Alert.decodeError, 'key_share');
    const ours: KeyShare | undefined = context.keyShares.find(({ group }) => group === entry.group);
    const shared = ours?.deriveSecret(entry.publicKey);
    if (shared === undefined) {
      return failure(
        'handshake-failure',
        Alert.illegalParameter,
        'not a usable public key of a group that was offered',
      );
    }
    const failed = this.#acceptConnectionId(hello);
    if (failed !== undefined) return failed;
    context.agree(suite);
    context.transcript.append(HandshakeType.serverHello, body);
    context.enterHandshake(shared);
    return undefined;
  }

  #acceptConnectionId(hello: ServerHello): Failure | undefined {
    const data = extensionData(hello.extensions, ExtensionType.connectionId);
    const { config, records } = this.#context;
    if (data === undefined || config.connectionId === undefined) return undefined;
    const id = parseConnectionId(data);
    if (id === undefined) return failure('decode-error', Alert.decodeError, 'connection_id');
    records.connectionIds.negotiate(config.connectionId, id);
    return undefined;
  }

  #handleEncryptedExtensions(body: Uint8Array): Failure | undefined {
    const extensions = parseEncryptedExtensions(body);
    if (extensions === undefined) return failure('decode-error', Alert.decodeError, 'EncryptedExtensions');
    for (const { type } of extensions) {
      if (IN_ENCRYPTED_EXTENSIONS.includes(type) && this.#isOffered(type)) continue;
      const alert = this.#isOffered(type) ? Alert.illegalParameter : Alert.unsupportedExtension;
      return failure('handshake-failure', alert, `extension ${type} has no place in EncryptedExtensions`);
    }
    const data = extensionData(extensions, ExtensionType.useSrtp);
    if (data === undefined) return undefined;
    const useSrtp = parseUseSrtp(data);
    if (useSrtp === undefined) return failure('decode-error', Alert.decodeError, 'use_srtp');
    // RFC 5764 4.1.1: exactly one profile, of those offered, and no MKI since we offered none (4.1.3).
    const profile = useSrtp.profiles[0];
    const isOffered = this.#context.config.srtpProfiles.includes(profile);
    if (useSrtp.profiles.length !== 1 || !isOffered || useSrtp.mki.length !== 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'use_srtp answers what was not offered');
    }
    this.#context.srtpProfile = profile;
    return undefined;
  }

  #handleCertificateRequest(body: Uint8Array): Failure | undefined {
    const request = parseCertificateRequest13(body);
    if (request === undefined) return failure('decode-error', Alert.decodeError, 'CertificateRequest');
    if (request.context.length !== 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'a certificate_request_context in the handshake');
    }
    const algorithms = extensionData(request.extensions, ExtensionType.signatureAlgorithms);
    if (algorithms === undefined) {
      return failure('handshake-failure', Alert.missingExtension, 'signature_algorithms in CertificateRequest');
    }
    if (parseU16List(algorithms)?.includes(ourScheme(this.#context.config.certificate.privateKey)) === true) {
      return undefined;
    }
    return failure('handshake-failure', Alert.handshakeFailure, 'the server takes no certificate like ours');
  }

  #handleFinished(body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const failed = context.acceptFinished(body);
    if (failed !== undefined) return failed;
    context.transcript.append(HandshakeType.finished, body);
    context.deriveApplication();
    context.flight.begin('ack');
    context.sendCertificate();
    context.sendFinished();
    context.enterApplication();
    return undefined;
  }

  #isOffered(type: number): boolean {
    return extensionData(this.#hello?.extensions ?? [], type) !== undefined;
  }
}

/** One share is sent, of our best group; where that is a hybrid that few have, one of the best curve beside it. */
function firstShares(groups: readonly NamedGroup[]): readonly NamedGroup[] {
  return groups.slice(0, groups[0] === NamedGroup.x25519MlKem768 ? 2 : 1);
}
