import type { Env } from '@hawser/wire';
import { Alert } from '../alert.ts';
import type { ResolvedConfig } from '../config.ts';
import { type KeyShare, type PublicKey, SignatureScheme } from '../dtls-crypto.ts';
import { equalBytes } from '../equal-bytes.ts';
import { type Failure, failure } from '../errors.ts';
import type { Handover } from '../handshake/handover.ts';
import { parseCertificateVerify, writeCertificateVerify } from '../handshake/messages/certificate-verify.ts';
import { HandshakeType } from '../handshake/messages/header.ts';
import { acceptPeerCertificate } from '../handshake/peer-certificate.ts';
import { Epoch, type RecordLayer13 } from '../record13/record-layer13.ts';
import { RecordProtection13 } from '../record13/record-protection13.ts';
import { Flight13 } from './flight.ts';
import { KeySchedule, type TrafficSecrets } from './key-schedule.ts';
import { parseCertificate13, writeCertificate13 } from './messages/certificate.ts';
import { signedContent } from './signed-content.ts';
import type { Suite13 } from './suites.ts';
import { Transcript13 } from './transcript.ts';

const NO_BYTES = new Uint8Array(0);

/** Schemes of CertificateVerify, best first (RFC 8446 4.2.3): what both kinds of certificate can sign with. */
export const SCHEMES_13: readonly number[] = [SignatureScheme.ecdsaSecp256r1Sha256, SignatureScheme.rsaPssRsaeSha256];

/** What client and server handshakes of DTLS 1.3 share: transcript, flight, the peer's certificate, secrets. */
export class HandshakeContext13 {
  readonly config: ResolvedConfig;
  readonly env: Env;
  readonly records: RecordLayer13;
  readonly transcript = new Transcript13();
  readonly flight = new Flight13();
  /** message_seq of our next message. */
  nextSendSeq = 0;
  /** What the suite that was agreed on makes of secrets; undefined before the hellos. */
  schedule: KeySchedule | undefined;
  /** Client: the shares that were offered. */
  keyShares: readonly KeyShare[] = [];
  remoteCertificate: Uint8Array | undefined;
  srtpProfile: number | undefined;
  helloRetryRequests = 0;
  /** Our Finished is sent and the peer's verified. */
  isComplete = false;
  /** The secrets of the application epochs as they are now; they change with each KeyUpdate. */
  application: TrafficSecrets = NO_SECRETS;
  #remoteKey: PublicKey | undefined;
  #handshakeSecret: Uint8Array = NO_BYTES;
  #handshake: TrafficSecrets = NO_SECRETS;
  #exporterSecret: Uint8Array | undefined;

  constructor(config: ResolvedConfig, env: Env, records: RecordLayer13) {
    this.config = config;
    this.env = env;
    this.records = records;
  }

  get isClient(): boolean {
    return this.config.role === 'client';
  }

  /** Adds a message to the flight and to the transcript, in the epoch that is current. */
  send(type: number, body: Uint8Array): void {
    this.flight.add(this.records.sendEpoch, type, this.nextSendSeq++, body);
    this.transcript.append(type, body);
  }

  /** Begins with the suite that was agreed on. */
  agree(suite: Suite13): KeySchedule {
    this.schedule = new KeySchedule(this.config.crypto, suite);
    this.records.mostRecords = suite.mostRecords;
    return this.schedule;
  }

  /** From the result of the key exchange and the hellos to the keys of epoch 2. @param shared overwritten */
  enterHandshake(shared: Uint8Array): void {
    const schedule = this.schedule as KeySchedule;
    this.#handshakeSecret = schedule.handshakeSecret(shared);
    shared.fill(0);
    this.keyShares = [];
    this.#handshake = schedule.handshakeTraffic(this.#handshakeSecret, this.#transcriptHash());
    const [own, peer] = this.#ownFirst(this.#handshake);
    this.records.installSending(Epoch.handshake, this.protection(own));
    this.records.installReceiving(Epoch.handshake, this.protection(peer));
  }

  /** With the server's Finished in the transcript: the secrets of what follows. */
  deriveApplication(): void {
    const schedule = this.schedule as KeySchedule;
    const master = schedule.masterSecret(this.#handshakeSecret);
    this.#handshakeSecret.fill(0);
    const hash = this.#transcriptHash();
    this.application = schedule.applicationTraffic(master, hash);
    this.#exporterSecret = schedule.exporterSecret(master, hash);
    master.fill(0);
  }

  /** Both Finished are there: what is sent and received from now on has epoch 3. */
  enterApplication(): void {
    const [own, peer] = this.#ownFirst(this.application);
    this.records.installSending(Epoch.application, this.protection(own));
    this.records.installReceiving(Epoch.application, this.protection(peer));
    for (const secret of [this.#handshake.client, this.#handshake.server]) secret.fill(0);
    this.isComplete = true;
    this.transcript.reset();
  }

  /** Protection with the keys of a traffic secret. */
  protection(secret: Uint8Array): RecordProtection13 {
    const { suite, trafficKeys } = this.#suiteAndKeys(secret);
    return new RecordProtection13(this.config.crypto, suite, trafficKeys);
  }

  /** Certificate and CertificateVerify, RFC 8446 4.4.2 and 4.4.3. */
  sendCertificate(): void {
    const { privateKey, der } = this.config.certificate;
    this.send(HandshakeType.certificate, writeCertificate13(der));
    const content = signedContent(this.config.role, this.#transcriptHash());
    const signatureAlgorithm = ourScheme(privateKey);
    const signature = privateKey.sign(signatureAlgorithm, content);
    this.send(HandshakeType.certificateVerify, writeCertificateVerify({ signatureAlgorithm, signature }));
  }

  sendFinished(): void {
    const [own] = this.#ownFirst(this.#handshake);
    const schedule = this.schedule as KeySchedule;
    this.send(HandshakeType.finished, schedule.verifyData(own, this.#transcriptHash()));
  }

  acceptCertificate(body: Uint8Array): Failure | undefined {
    const message = parseCertificate13(body);
    if (message === undefined) return failure('decode-error', Alert.decodeError, 'Certificate');
    if (message.context.length !== 0) {
      return failure('handshake-failure', Alert.illegalParameter, 'a certificate_request_context in the handshake');
    }
    // RFC 8446 4.4.2.4: a server's empty list is a decode error, a client's is answered with certificate_required.
    if (message.der.length === 0) {
      const alert = this.isClient ? Alert.decodeError : Alert.certificateRequired;
      return failure('bad-certificate', alert, 'the peer sent no certificate');
    }
    const key = acceptPeerCertificate(message.der, this.config);
    if ('code' in key) return key;
    this.remoteCertificate = message.der;
    this.#remoteKey = key;
    return undefined;
  }

  /** Checks CertificateVerify against the transcript before it. */
  acceptCertificateVerify(body: Uint8Array): Failure | undefined {
    const message = parseCertificateVerify(body);
    if (message === undefined) return failure('decode-error', Alert.decodeError, 'CertificateVerify');
    const { signatureAlgorithm, signature } = message;
    const scheme = SCHEMES_13.find((offered) => offered === signatureAlgorithm) as SignatureScheme | undefined;
    if (scheme === undefined || this.#remoteKey === undefined) {
      return failure('bad-signature', Alert.illegalParameter, 'a signature algorithm that was not offered');
    }
    const content = signedContent(this.isClient ? 'server' : 'client', this.#transcriptHash());
    const isValid = this.config.crypto.verify(this.#remoteKey, scheme, content, signature);
    return isValid ? undefined : failure('bad-signature', Alert.decryptError, 'the signature does not match');
  }

  /** Checks the peer's Finished against the transcript before it. */
  acceptFinished(body: Uint8Array): Failure | undefined {
    const [, peer] = this.#ownFirst(this.#handshake);
    const expected = (this.schedule as KeySchedule).verifyData(peer, this.#transcriptHash());
    if (equalBytes(body, expected)) return undefined;
    return failure('bad-finished', Alert.decryptError, 'verify_data differs: the handshake was tampered with');
  }

  exportKeyingMaterial(label: string, context: Uint8Array, lengthBytes: number): Uint8Array | undefined {
    if (this.#exporterSecret === undefined) return undefined;
    return this.schedule?.exportKeyingMaterial(this.#exporterSecret, label, context, lengthBytes);
  }

  /** Forgets the hellos so far: a server that asks for a cookie keeps nothing (RFC 9147 5.1). */
  forget(): void {
    this.transcript.reset();
    this.schedule = undefined;
    this.nextSendSeq = 0;
  }

  /** Wipes the secrets. */
  wipe(): void {
    const { client, server } = this.application;
    for (const secret of [client, server, this.#handshake.client, this.#handshake.server, this.#handshakeSecret]) {
      secret.fill(0);
    }
    this.#exporterSecret?.fill(0);
    this.#exporterSecret = undefined;
    this.keyShares = [];
    this.records.uninstall();
    this.transcript.reset();
  }

  #transcriptHash(): Uint8Array {
    return (this.schedule as KeySchedule).digest(this.transcript.bytes());
  }

  #ownFirst({ client, server }: TrafficSecrets): [own: Uint8Array, peer: Uint8Array] {
    return this.isClient ? [client, server] : [server, client];
  }

  #suiteAndKeys(secret: Uint8Array) {
    const schedule = this.schedule as KeySchedule;
    return { suite: schedule.suite, trafficKeys: schedule.trafficKeys(secret) };
  }
}

/** The scheme that our certificate's key signs with. */
export function ourScheme({ kind }: PublicKey): SignatureScheme {
  return kind === 'rsa' ? SignatureScheme.rsaPssRsaeSha256 : SignatureScheme.ecdsaSecp256r1Sha256;
}

const NO_SECRETS: TrafficSecrets = { client: NO_BYTES, server: NO_BYTES };

/** One side of the handshake: takes the peer's messages in order, fills the context's flight. */
export interface HandshakeRole13 {
  /** What is waited for, for traces. */
  readonly waitsFor: string;
  /** Server: the secret of its cookies. */
  readonly cookieSecret?: Uint8Array;
  /** Begins: a client sends its first flight. */
  start(): void;
  /** Server: goes on with the cookies that were given out while both versions were possible. */
  adopt?(handover: Handover): void;
  /** Acts on a whole message; a failure ends the connection. */
  handleMessage(type: number, seq: number, body: Uint8Array): Failure | undefined;
}
