import { createSlot, type Env, resetSlot } from '@hawser/wire';
import { nodeCrypto } from '../../src/crypto.ts';
import type { AeadAlgorithm, DtlsCrypto } from '../../src/dtls-crypto.ts';
import {
  type DtlsCertificate,
  type DtlsConfig,
  DtlsConnection,
  type DtlsEvent,
  type DtlsVersion,
  generateCertificate,
} from '../../src/index.ts';
import { RecordProtection } from '../../src/record/record-protection.ts';
import { seededEnv } from './env.ts';

export interface Side {
  readonly connection: DtlsConnection;
  readonly certificate: DtlsCertificate;
  readonly env: Env;
  readonly events: DtlsEvent[];
  /** Datagrams sent, as they left. */
  readonly sent: Uint8Array[];
  /** A record of any type under this side's keys, with a number that it has not reached: what only a strange peer sends. */
  sealAs(type: number, payload: Uint8Array): Uint8Array;
}

/** Cryptography that remembers the key and the part of the nonce that were first sealed with. */
class KeyTap {
  readonly crypto: DtlsCrypto;
  #key: Uint8Array = new Uint8Array(16);
  #algorithm: AeadAlgorithm = 'aes-128-gcm';
  #iv: Uint8Array = new Uint8Array(4);
  #number = 1_000_000;

  constructor(crypto: DtlsCrypto) {
    this.crypto = {
      ...crypto,
      createAead: (algorithm, key) => {
        const aead = crypto.createAead(algorithm, key);
        const kept = key.slice();
        let isUsed = false;
        return {
          open: (nonce, aad, buffer, offset, length) => aead.open(nonce, aad, buffer, offset, length),
          seal: (nonce, aad, buffer, offset, length) => {
            if (!isUsed) {
              this.#key = kept;
              this.#algorithm = algorithm;
              // Epoch and number are the last bytes of the nonce; of the first record of epoch 1: 1, 0.
              this.#iv =
                algorithm === 'chacha20-poly1305'
                  ? nonce.map((byte, i) => (i === 5 ? byte ^ 1 : byte))
                  : nonce.slice(0, 4);
              isUsed = true;
            }
            aead.seal(nonce, aad, buffer, offset, length);
          },
        };
      },
    };
  }

  sealAs(type: number, payload: Uint8Array): Uint8Array {
    const protection = new RecordProtection(nodeCrypto, this.#algorithm, this.#key, this.#iv);
    const { prefixLength } = protection;
    const record = new Uint8Array(prefixLength + payload.length + 16);
    record.set(payload, prefixLength);
    protection.seal(record, prefixLength, payload.length, type, 0xfefd, 1, this.#number++);
    return record;
  }
}

export interface Pair {
  readonly client: Side;
  readonly server: Side;
  now: number;
}

type Overrides = Partial<Omit<DtlsConfig, 'role'>>;

/** A client and a server that know each other's fingerprints; not started. DTLS 1.2 unless `versions` says otherwise. */
export function createPair(seed = 1, client: Overrides = {}, server: Overrides = {}): Pair {
  const clientEnv = seededEnv(seed);
  const serverEnv = seededEnv(seed + 1_000_000);
  const clientCertificate = client.certificate ?? generateCertificate(clientEnv, client.crypto);
  const serverCertificate = server.certificate ?? generateCertificate(serverEnv, server.crypto);
  const side = (
    role: 'client' | 'server',
    env: Env,
    own: DtlsCertificate,
    peer: DtlsCertificate,
    more: Overrides,
  ): Side => {
    const remoteFingerprints = [{ algorithm: 'sha-256', value: peer.fingerprint() }];
    const tap = new KeyTap(more.crypto ?? nodeCrypto);
    const versions: DtlsVersion[] = ['1.2'];
    const config = { role, certificate: own, remoteFingerprints, versions, ...more, crypto: tap.crypto };
    const connection = new DtlsConnection(config, env);
    return { connection, certificate: own, env, events: [], sent: [], sealAs: (type, body) => tap.sealAs(type, body) };
  };
  return {
    client: side('client', clientEnv, clientCertificate, serverCertificate, client),
    server: side('server', serverEnv, serverCertificate, clientCertificate, server),
    now: 0,
  };
}

/** Polls everything a side wants to send, and its events. */
export function drain(side: Side, now: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  const slot = createSlot(1500);
  while (side.connection.pollTransmit(now, slot)) {
    out.push(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    resetSlot(slot);
  }
  side.sent.push(...out);
  for (let event = side.connection.pollEvent(); event !== undefined; event = side.connection.pollEvent()) {
    side.events.push(event);
  }
  return out;
}

/** Hands a datagram to a side. */
export function deliver(side: Side, now: number, datagram: Uint8Array): number {
  return side.connection.handleDatagram(now, 0, datagram, 0, datagram.length);
}

/** Carries datagrams back and forth, without loss or delay, until both sides are silent. */
export function pump(pair: Pair): void {
  for (let round = 0; round < 50; round++) {
    const fromClient = drain(pair.client, pair.now);
    const fromServer = drain(pair.server, pair.now);
    if (fromClient.length + fromServer.length === 0) return;
    for (const datagram of fromClient) deliver(pair.server, pair.now, datagram);
    for (const datagram of fromServer) deliver(pair.client, pair.now, datagram);
  }
}

/** A pair that is connected. */
export function connectedPair(seed = 1, client: Overrides = {}, server: Overrides = {}): Pair {
  const pair = createPair(seed, client, server);
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  pump(pair);
  return pair;
}
