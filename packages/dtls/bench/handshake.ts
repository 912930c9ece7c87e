/** Time of a whole handshake between two of ours, both sides, without a network. */
import { nodeCrypto } from '../src/crypto.ts';
import { deterministicCrypto, generateCertificate } from '../src/index.ts';
import { seededEnv } from '../test/support/env.ts';
import { connectedPair } from '../test/support/pair.ts';

for (const [name, crypto] of Object.entries({ nodeCrypto, deterministicCrypto })) {
  const client = generateCertificate(seededEnv(1), crypto);
  const server = generateCertificate(seededEnv(2), crypto);
  for (let i = 0; i < 20; i++) connectedPair(i, { certificate: client, crypto }, { certificate: server, crypto });
  const start = process.hrtime.bigint();
  for (let i = 0; i < 100; i++) connectedPair(i, { certificate: client, crypto }, { certificate: server, crypto });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  process.stdout.write(`${JSON.stringify({ bench: 'dtls handshake', case: name, value: ms / 100, unit: 'ms' })}\n`);
}
