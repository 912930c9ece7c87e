import { createSlot, type Env, resetSlot } from '@hawser/wire';
import {
  type DtlsCertificate,
  type DtlsConfig,
  DtlsConnection,
  type DtlsEvent,
  generateCertificate,
} from '../../src/index.ts';
import { seededEnv } from './env.ts';

export interface Side {
  readonly connection: DtlsConnection;
  readonly certificate: DtlsCertificate;
  readonly env: Env;
  readonly events: DtlsEvent[];
  /** Datagrams sent, as they left. */
  readonly sent: Uint8Array[];
}

export interface Pair {
  readonly client: Side;
  readonly server: Side;
  now: number;
}

type Overrides = Partial<Omit<DtlsConfig, 'role'>>;

/** A client and a server that know each other's fingerprints; not started. */
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
    const config = { role, certificate: own, remoteFingerprints, ...more };
    return { connection: new DtlsConnection(config, env), certificate: own, env, events: [], sent: [] };
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
