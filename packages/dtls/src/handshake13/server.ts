/**
 * The server's side of the handshake of DTLS 1.3, RFC 9147 figure 7:
 *
 * 1. peer → ClientHello. If a cookie is asked for, or there is no share of a group that we have: we → HelloRetryRequest and
 *    forget the hello; the second one brings in its cookie what we need to know of the first.
 * 2. we → ServerHello; and in epoch 2 EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished.
 * 3. peer → Certificate: must have the signalled fingerprint before anything in it is read.
 * 4. peer → CertificateVerify: it has the certificate's private key.
 * 5. peer → Finished: what it saw is what we saw. Connected; the engine answers with an ACK.
 */
import { Alert, AlertLevel } from '../alert.ts';
import type { NamedGroup } from '../dtls-crypto.ts';
import { type Failure, failure } from '../errors.ts';
import type { Handover } from '../handshake/handover.ts';
import { type ClientHello, parseClientHello } from '../handshake/messages/client-hello.ts';
import {
  type Extension,
  ExtensionType,
  extensionData,
  parseU16List,
  parseUseSrtp,
  writeU16List,
  writeUseSrtp,
} from '../handshake/messages/extensions.ts';
import { HandshakeType } from '../handshake/messages/header.ts';
import { writeServerHello } from '../handshake/messages/server-hello.ts';
import { ProtocolVersion } from '../record/record.ts';
import { type HandshakeContext13, type HandshakeRole13, ourScheme, SCHEMES_13 } from './context.ts';
import { type Remembered, readRetryCookie, writeHelloRetryRequest, writeRetryCookie } from './hello-retry-request.ts';
import { parseConnectionId, writeConnectionId } from './messages/connection-id.ts';
import { writeCertificateRequest13, writeEncryptedExtensions } from './messages/extension-lists.ts';
import { type KeyShareEntry, parseClientShares, parseCookie, writeServerShare } from './messages/key-share.ts';
import { suitesOf13 } from './offer.ts';
import { SUITES_13, type Suite13 } from './suites.ts';
import { writeServerVersion } from './supported-versions.ts';

type Waiting = 'client-hello' | 'certificate' | 'certificate-verify' | 'finished' | 'nothing';

/** The message that each state takes, and the state that it leads to (RFC 8446 A.2). */
const AWAITED: Readonly<Record<Waiting, readonly [type: number, next: Waiting]>> = {
  'client-hello': [HandshakeType.clientHello, 'certificate'],
  certificate: [HandshakeType.certificate, 'certificate-verify'],
  'certificate-verify': [HandshakeType.certificateVerify, 'finished'],
  finished: [HandshakeType.finished, 'nothing'],
  nothing: [-1, 'nothing'],
};

const NO_BYTES = new Uint8Array(0);
const SECRET_LENGTH = 32;

/** What the extensions of a ClientHello say, as far as we care. */
interface Wishes {
  readonly suite: Suite13;
  readonly groups: readonly number[];
  readonly shares: readonly KeyShareEntry[];
  readonly srtpProfile: number | undefined;
  readonly connectionId: Uint8Array | undefined;
  readonly cookie: Uint8Array | undefined;
}

export class ServerHandshake13 implements HandshakeRole13 {
  readonly #context: HandshakeContext13;
  readonly cookieSecret = new Uint8Array(SECRET_LENGTH);
  /** The alert that answers a cookie of somebody else; who sent it is not known, and nothing ends by it. */
  readonly #refuse: (level: number, description: number) => void;
  #waiting: Waiting = 'client-hello';

  constructor(context: HandshakeContext13, refuse: (level: number, description: number) => void) {
    this.#context = context;
    this.#refuse = refuse;
    context.env.secure.fillSecure(this.cookieSecret, 0, SECRET_LENGTH);
  }

  get waitsFor(): string {
    return this.#waiting;
  }

  /** A server waits. */
  start(): void {}

  adopt({ cookieSecret }: Handover): void {
    if (cookieSecret !== undefined) this.cookieSecret.set(cookieSecret);
  }

  handleMessage(type: number, seq: number, body: Uint8Array): Failure | undefined {
    const [awaited, next] = AWAITED[this.#waiting];
    if (type !== awaited) {
      return failure('unexpected-message', Alert.unexpectedMessage, `type ${type} while waiting for ${this.#waiting}`);
    }
    if (type === HandshakeType.clientHello) return this.#handleClientHello(seq, body);
    const context = this.#context;
    let failed: Failure | undefined;
    if (type === HandshakeType.certificate) failed = context.acceptCertificate(body);
    else if (type === HandshakeType.certificateVerify) failed = context.acceptCertificateVerify(body);
    else failed = context.acceptFinished(body);
    if (failed !== undefined) return failed;
    context.transcript.append(type, body);
    this.#waiting = next;
    if (type === HandshakeType.finished) context.enterApplication();
    return undefined;
  }

  #handleClientHello(seq: number, body: Uint8Array): Failure | undefined {
    const context = this.#context;
    const { config } = context;
    const hello = parseClientHello(body);
    if (hello === undefined) return failure('decode-error', Alert.decodeError, 'ClientHello');
    const wishes = wishesOf(hello, context);
    if ('code' in wishes) return wishes;
    context.nextSendSeq = seq;
    const { cookie, shares } = wishes;
    const remembered =
      cookie === undefined ? undefined : readRetryCookie(config.crypto, this.cookieSecret, hello.random, cookie);
    if (cookie !== undefined && remembered === undefined) return this.#refuseCookie();

    const ofGroup = remembered?.group ?? 0;
    const mutual = config.crypto.groups.filter((ours) => wishes.groups.includes(ours));
    const group = mutual.find(
      (ours) => (ofGroup === 0 || ours === ofGroup) && shares.some((share) => share.group === ours),
    );
    if (remembered === undefined) {
      const wanted = mutual[0];
      if (wanted === undefined) return failure('handshake-failure', Alert.handshakeFailure, 'no group in common');
      if (group === undefined || config.requireCookie) {
        return this.#sendRetryRequest(seq, hello, body, wishes.suite, group === undefined ? wanted : 0);
      }
    }
    if (group === undefined) {
      return failure('handshake-failure', Alert.illegalParameter, 'not the share that was asked for');
    }
    return this.#sendFlight(body, hello, wishes, group, remembered, cookie ?? NO_BYTES);
  }

  /**
   * RFC 9147 5.1: a cookie that is not ours is answered with illegal_parameter. There is no handshake yet that could end: the
   * next hello is as good as the first.
   */
  #refuseCookie(): undefined {
    this.#context.flight.clear();
    this.#refuse(AlertLevel.fatal, Alert.illegalParameter);
  }

  #sendRetryRequest(seq: number, hello: ClientHello, body: Uint8Array, suite: Suite13, group: number): undefined {
    const context = this.#context;
    const { crypto } = context.config;
    context.agree(suite);
    context.transcript.append(HandshakeType.clientHello, body);
    const helloHash = crypto.digest(suite.hash, context.transcript.bytes());
    context.forget();
    const remembered = { suite: suite.id, group, helloHash };
    const cookie = writeRetryCookie(crypto, this.cookieSecret, hello.random, remembered);
    context.flight.begin('nothing');
    context.flight.add(0, HandshakeType.serverHello, seq, writeHelloRetryRequest(suite.id, group, cookie));
    context.helloRetryRequests++;
  }

  #sendFlight(
    body: Uint8Array,
    hello: ClientHello,
    wishes: Wishes,
    group: NamedGroup,
    remembered: Remembered | undefined,
    cookie: Uint8Array,
  ): Failure | undefined {
    const context = this.#context;
    const { config, env, records } = context;
    const suite = SUITES_13.find(({ id }) => id === (remembered?.suite ?? wishes.suite.id)) as Suite13;
    if (!hello.cipherSuites.includes(suite.id)) {
      return failure('handshake-failure', Alert.illegalParameter, 'the second hello offers other suites');
    }
    const entry = wishes.shares.find((share) => share.group === group) as KeyShareEntry;
    const answer = config.crypto.answerKeyShare(group, entry.publicKey, env.secure);
    if (answer === undefined) {
      return failure('handshake-failure', Alert.illegalParameter, 'not a usable public key');
    }
    context.agree(suite);
    if (remembered !== undefined) {
      context.transcript.startFromHash(remembered.helloHash);
      const request = writeHelloRetryRequest(remembered.suite, remembered.group, cookie);
      context.transcript.append(HandshakeType.serverHello, request);
    }
    context.transcript.append(HandshakeType.clientHello, body);
    context.flight.begin('answer');
    const random = new Uint8Array(32);
    env.secure.fillSecure(random, 0, 32);
    const extensions: Extension[] = [
      { type: ExtensionType.supportedVersions, data: writeServerVersion(ProtocolVersion.dtls13) },
      { type: ExtensionType.keyShare, data: writeServerShare({ group, publicKey: answer.publicKey }) },
    ];
    if (wishes.connectionId !== undefined && config.connectionId !== undefined) {
      extensions.push({ type: ExtensionType.connectionId, data: writeConnectionId(config.connectionId) });
      records.connectionIds.negotiate(config.connectionId, wishes.connectionId);
    }
    const serverHello = writeServerHello({
      version: ProtocolVersion.dtls12,
      random,
      sessionId: NO_BYTES, // RFC 9147 5: never echoed
      cipherSuite: suite.id,
      compressionMethod: 0,
      extensions,
    });
    context.send(HandshakeType.serverHello, serverHello);
    context.enterHandshake(answer.secret);
    this.#sendProtected(wishes.srtpProfile);
    this.#waiting = 'certificate';
    return undefined;
  }

  #sendProtected(srtpProfile: number | undefined): void {
    const context = this.#context;
    context.srtpProfile = srtpProfile;
    const extensions: Extension[] = [];
    if (srtpProfile !== undefined) {
      const data = writeUseSrtp({ profiles: [srtpProfile], mki: NO_BYTES });
      extensions.push({ type: ExtensionType.useSrtp, data });
    }
    context.send(HandshakeType.encryptedExtensions, writeEncryptedExtensions(extensions));
    const request = [{ type: ExtensionType.signatureAlgorithms, data: writeU16List(SCHEMES_13) }];
    context.send(HandshakeType.certificateRequest, writeCertificateRequest13(request));
    context.sendCertificate();
    context.sendFinished();
    context.deriveApplication();
  }
}

/** What the client asks for, or why that is not enough (RFC 8446 4.1.2, 9.2; RFC 9147 5.3). */
function wishesOf(hello: ClientHello, { config }: HandshakeContext13): Wishes | Failure {
  const { compressionMethods } = hello;
  if (hello.cookie.length !== 0 || compressionMethods.length !== 1 || compressionMethods[0] !== 0) {
    return failure('handshake-failure', Alert.illegalParameter, 'legacy_cookie or legacy_compression_methods');
  }
  const suite = suitesOf13(config).find(({ id }) => hello.cipherSuites.includes(id));
  if (suite === undefined) return failure('handshake-failure', Alert.handshakeFailure, 'no cipher suite in common');
  const data = (type: number): Uint8Array | undefined => extensionData(hello.extensions, type);
  const [schemeData, groupData, shareData, cookieData, srtpData, idData] = [
    data(ExtensionType.signatureAlgorithms),
    data(ExtensionType.supportedGroups),
    data(ExtensionType.keyShare),
    data(ExtensionType.cookie),
    data(ExtensionType.useSrtp),
    data(ExtensionType.connectionId),
  ];
  if (schemeData === undefined || groupData === undefined || shareData === undefined) {
    const why = 'signature_algorithms, supported_groups and key_share are mandatory';
    return failure('handshake-failure', Alert.missingExtension, why);
  }
  const schemes = parseU16List(schemeData);
  const groups = parseU16List(groupData);
  const shares = parseClientShares(shareData);
  const cookie = cookieData === undefined ? NO_BYTES : parseCookie(cookieData);
  const useSrtp = srtpData === undefined ? { profiles: [], mki: NO_BYTES } : parseUseSrtp(srtpData);
  const connectionId = idData === undefined ? NO_BYTES : parseConnectionId(idData);
  if (!schemes || !groups || !shares || !cookie || !useSrtp || !connectionId) {
    return failure('decode-error', Alert.decodeError, 'an extension of ClientHello');
  }
  if (!schemes.includes(ourScheme(config.certificate.privateKey))) {
    return failure('handshake-failure', Alert.handshakeFailure, 'no signature algorithm in common');
  }
  return {
    suite,
    groups,
    shares,
    // Our order decides. None in common: the answer leaves use_srtp out and data still flows (RFC 5764 4.1.1).
    srtpProfile: config.srtpProfiles.find((ours) => useSrtp.profiles.includes(ours)),
    connectionId: idData === undefined ? undefined : connectionId,
    cookie: cookieData === undefined ? undefined : cookie,
  };
}
