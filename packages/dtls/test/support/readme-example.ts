import { randomFillSync } from 'node:crypto';
import { createSlot, type Env, resetSlot } from '@hawser/wire';
import { DtlsConnection, generateCertificate } from '../../src/index.ts';

const secure = { fillSecure: (out: Uint8Array, at: number, length: number) => void randomFillSync(out, at, length) };
const env: Env = { now: 0, unixMs: Date.now(), secure, jitter: { nextUnit: Math.random } };
const [a, b] = [generateCertificate(env), generateCertificate(env)]; // fingerprints go into the descriptions
const fingerprint = (of: typeof a) => [{ algorithm: 'sha-256', value: of.fingerprint() }];
const local = new DtlsConnection({ role: 'client', certificate: a, remoteFingerprints: fingerprint(b) }, env);
export const remote = new DtlsConnection({ role: 'server', certificate: b, remoteFingerprints: fingerprint(a) }, env);

const slot = createSlot(); // here the network is a variable
const carry = (from: DtlsConnection, to: DtlsConnection) => {
  for (resetSlot(slot); from.pollTransmit(0, slot); resetSlot(slot))
    to.handleDatagram(0, 0, slot.buffer, slot.offset, slot.length);
};
for (const side of [remote, local]) side.start(0);
for (let i = 0; i < 2; i++) [carry(local, remote), carry(remote, local)];
slot.length = 5; // 5 bytes of payload: sealed in place, and opened in place by the other side
if (local.seal(slot) !== 0 || remote.open(slot) !== 0) throw new Error('not connected');
