import type { Env } from '@hawser/wire';
import { Alert } from '../alert.ts';
import type { ResolvedConfig } from '../config.ts';
import type { KeyShare, PublicKey } from '../dtls-crypto.ts';
import { equalBytes } from '../equal-bytes.ts';
import { type Failure, failure } from '../errors.ts';
import type { RecordLayer } from '../record/record-layer.ts';
import { RecordProtection } from '../record/record-protection.ts';
import { type CipherSuite, EVERYBODYS_SUITE } from './cipher-suites.ts';
import { Flight } from './flight.ts';
import type { Handover } from './handover.ts';
import { SIGNATURE_SCHEMES } from './hello.ts';
import { extendedMasterSecret, keyBlock, verifyData } from './key-schedule.ts';
import { parseCertificateMessage } from './messages/certificate.ts';
import { parseCertificateVerify } from './messages/certificate-verify.ts';
import { parseBytes8 } from './messages/extensions.ts';
import { HandshakeType } from './messages/header.ts';
import { acceptPeerCertificate } from './peer-certificate.ts';
import { Transcript } from './transcript.ts';

const NO_ID = new Uint8Array(0);

/** What client and server handshakes share: the transcript, the flight being sent, the peer's certificate, the secrets. */
export class HandshakeContext {
  readonly config: ResolvedConfig;
  readonly env: Env;
  readonly records: RecordLayer;
  readonly transcript = new Transcript();
  readonly flight = new Flight();
  /** message_seq of our next message. */
  nextSendSeq = 0;
  readonly clientRandom = new Uint8Array(32);
  readonly serverRandom = new Uint8Array(32);
  /** What was agreed on: until then what everybody has. */
  suite: CipherSuite = EVERYBODYS_SUITE;
  keyShare: KeyShare | undefined;
  masterSecret: Uint8Array | undefined;
  remoteCertificate: Uint8Array | undefined;
  remoteKey: PublicKey | undefined;
  srtpProfile: number | undefined;
  helloVerifyRequests = 0;
  /** Both Finished messages are verified and sent. */
  isComplete = false;
  /** Epoch of what we send: 1 from our Finished on. */
  sendEpoch = 0;

  constructor(config: ResolvedConfig, env: Env, records: RecordLayer) {
    this.config = config;
    this.env = env;
    this.records = records;
  }

  /** Adds a message to the flight and to the transcript. */
  send(type: number, body: Uint8Array): void {
    const seq = this.nextSendSeq++;
    this.flight.addMessage(this.sendEpoch, type, seq, body);
    this.transcript.append(type, seq, body);
  }

  /** Adds ChangeCipherSpec and our Finished (RFC 5246 7.1, 7.4.9). */
  sendFinished(): void {
    this.flight.addChangeCipherSpec();
    this.sendEpoch = 1;
    this.send(HandshakeType.finished, this.#verifyData(this.config.role));
  }

  acceptCertificate(body: Uint8Array): Failure | undefined {
    const der = parseCertificateMessage(body);
    if (der === undefined) return failure('decode-error', Alert.decodeError, 'Certificate');
    if (der.length === 0) return failure('bad-certificate', Alert.handshakeFailure, 'the peer sent no certificate');
    const key = acceptPeerCertificate(der, this.config);
    if ('code' in key) return key;
    this.remoteCertificate = der;
    this.remoteKey = key;
    return undefined;
  }

  /** Checks CertificateVerify against the transcript before it (RFC 5246 7.4.8). */
  acceptCertificateVerify(body: Uint8Array): Failure | undefined {
    const message = parseCertificateVerify(body);
    if (message === undefined) return failure('decode-error', Alert.decodeError, 'CertificateVerify');
    return this.checkSignature(message.signatureAlgorithm, this.transcript.bytes(), message.signature);
  }

  /** RFC 9146 3: both sides sent the extension; each sends what the other asked for. False when it is malformed. */
  acceptConnectionId(data: Uint8Array): boolean {
    const remote = parseBytes8(data);
    if (remote === undefined) return false;
    this.records.connectionIds.negotiate(this.config.connectionId ?? NO_ID, remote);
    return true;
  }

  /** Checks a signature of the peer over `message`. */
  checkSignature(algorithm: number, message: Uint8Array, signature: Uint8Array): Failure | undefined {
    const scheme = SIGNATURE_SCHEMES.find((offered) => offered === algorithm);
    if (scheme === undefined || this.remoteKey === undefined) {
      return failure('bad-signature', Alert.illegalParameter, 'a signature algorithm that was not offered');
    }
    const isValid = this.config.crypto.verify(this.remoteKey, scheme, message, signature);
    return isValid ? undefined : failure('bad-signature', Alert.decryptError, 'the signature does not match');
  }

  /** Checks the peer's Finished against the transcript before it. */
  acceptFinished(body: Uint8Array): Failure | undefined {
    const expected = this.#verifyData(this.config.role === 'client' ? 'server' : 'client');
    if (equalBytes(body, expected)) return undefined;
    return failure('bad-finished', Alert.decryptError, 'verify_data differs: the handshake was tampered with');
  }

  /** From both public keys and the transcript up to ClientKeyExchange to the keys of epoch 1. */
  deriveKeys(peerPublicKey: Uint8Array): Failure | undefined {
    const { crypto, role } = this.config;
    const { suite } = this;
    const premaster = this.keyShare?.deriveSecret(peerPublicKey);
    if (premaster === undefined) return failure('handshake-failure', Alert.illegalParameter, 'not a usable public key');
    this.masterSecret = extendedMasterSecret(crypto, suite.hash, premaster, this.transcript.bytes());
    premaster.fill(0);
    this.keyShare = undefined;
    const keys = keyBlock(crypto, suite, this.masterSecret, this.clientRandom, this.serverRandom);
    const { local, remote } = this.records.connectionIds;
    const [toServer, toClient] = role === 'client' ? [remote, local] : [local, remote];
    const client = new RecordProtection(crypto, suite.aead, keys.clientWriteKey, keys.clientWriteIv, toServer);
    const server = new RecordProtection(crypto, suite.aead, keys.serverWriteKey, keys.serverWriteIv, toClient);
    for (const bytes of Object.values(keys) as Uint8Array[]) bytes.fill(0);
    if (role === 'client') this.records.install(client, server);
    else this.records.install(server, client);
    return undefined;
  }

  /** Forgets what only the handshake needed. */
  complete(): void {
    this.isComplete = true;
    this.transcript.reset();
  }

  /** Wipes the secrets. */
  wipe(): void {
    this.masterSecret?.fill(0);
    this.masterSecret = undefined;
    this.keyShare = undefined;
    this.records.uninstall();
    this.transcript.reset();
  }

  #verifyData(sender: 'client' | 'server'): Uint8Array {
    return verifyData(
      this.config.crypto,
      this.suite.hash,
      this.masterSecret as Uint8Array,
      sender,
      this.transcript.bytes(),
    );
  }
}

/** One side of the handshake: takes the peer's messages in order, fills the context's flight. */
export interface HandshakeRole {
  /** What is waited for, for traces. */
  readonly waitsFor: string;
  /** Begins: a client sends its first flight. */
  start(): void;
  /** Server: the secret of its cookies. */
  readonly cookieSecret?: Uint8Array;
  /** Goes on with what began while both versions were possible: the client's hello, the server's cookies. */
  adopt?(handover: Handover): void;
  /** Acts on a whole message; a failure ends the connection. */
  handleMessage(type: number, seq: number, body: Uint8Array, recordNumber: number): Failure | undefined;
}
