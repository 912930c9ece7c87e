import type { DtlsConfig } from '../../src/config.ts';
import { resolveConfig } from '../../src/config.ts';
import { ClientHandshake } from '../../src/handshake/client.ts';
import { HandshakeContext, type HandshakeRole } from '../../src/handshake/context.ts';
import { ServerHandshake } from '../../src/handshake/server.ts';
import { deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { RecordLayer } from '../../src/record/record-layer.ts';
import { seededEnv } from './env.ts';

export const ours = generateCertificate(seededEnv(1), deterministicCrypto);
export const theirs = generateCertificate(seededEnv(2), deterministicCrypto);

/** One side of a handshake, by itself: messages are given to it as they come out of reassembly. */
export function roleOf(
  role: 'client' | 'server',
  more: Partial<DtlsConfig> = {},
): { context: HandshakeContext; role: HandshakeRole } {
  const remoteFingerprints = [{ algorithm: 'sha-256', value: theirs.fingerprint() }];
  const config = resolveConfig({ role, certificate: ours, remoteFingerprints, crypto: deterministicCrypto, ...more });
  const context = new HandshakeContext(config, seededEnv(3), new RecordLayer(64));
  const handshake = role === 'client' ? new ClientHandshake(context) : new ServerHandshake(context);
  handshake.start();
  return { context, role: handshake };
}
