import type { DtlsConfig } from '../../src/config.ts';
import { resolveConfig } from '../../src/config.ts';
import type { Failure } from '../../src/errors.ts';
import { parseServerHello, type ServerHello } from '../../src/handshake/messages/server-hello.ts';
import { ClientHandshake13 } from '../../src/handshake13/client.ts';
import { HandshakeContext13, type HandshakeRole13 } from '../../src/handshake13/context.ts';
import { ServerHandshake13 } from '../../src/handshake13/server.ts';
import { deterministicCrypto } from '../../src/index.ts';
import { RecordLayer13 } from '../../src/record13/record-layer13.ts';
import { seededEnv } from './env.ts';
import { ours, theirs } from './role.ts';

export interface Side13 {
  readonly context: HandshakeContext13;
  readonly role: HandshakeRole13;
  /** Descriptions of alerts that ended nothing. */
  readonly alerts: number[];
}

/** One side of a handshake of DTLS 1.3, by itself: messages are given to it as they come out of reassembly. */
export function role13(role: 'client' | 'server', more: Partial<DtlsConfig> = {}, seed = 3): Side13 {
  const [own, peer] = role === 'client' ? [ours, theirs] : [theirs, ours];
  const config = resolveConfig({
    role,
    certificate: own,
    remoteFingerprints: [{ algorithm: 'sha-256', value: peer.fingerprint() }],
    crypto: deterministicCrypto,
    versions: ['1.3'],
    ...more,
  });
  const alerts: number[] = [];
  const context = new HandshakeContext13(
    config,
    seededEnv(role === 'client' ? seed : seed + 100),
    new RecordLayer13(64),
  );
  const handshake =
    role === 'client'
      ? new ClientHandshake13(context)
      : new ServerHandshake13(context, (_level, description) => alerts.push(description));
  handshake.start();
  return { context, role: handshake, alerts };
}

/** A message as it is handed on: type and body. */
export type Message = readonly [type: number, body: Uint8Array];

/** What the flight of `context` holds, in order. */
export function flightOf({ context }: Side13): Message[] {
  return context.flight.messages.map(({ type, body }) => [type, body] as const);
}

/** Gives messages to a side until one is refused. */
export function give({ role }: Side13, messages: readonly Message[], firstSeq = 0): Failure | undefined {
  let seq = firstSeq;
  for (const [type, body] of messages) {
    const failed = role.handleMessage(type, seq++, body);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/** The ServerHello among `messages`. */
export function serverHelloIn(messages: readonly Message[]): ServerHello {
  return parseServerHello(messages[0][1]) as ServerHello;
}
