import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { Bench, BenchCase } from '@hawser/bench';
import { createSlot, SLOT_HEAD_ROOM, Verdict } from '@hawser/wire';
import { type DtlsCrypto, generateCertificate, nodeCrypto } from '../src/index.ts';
import { seededEnv } from '../test/support/env.ts';
import { connectedPair } from '../test/support/pair.ts';

const times = (body: () => void) => (iterations: number) => {
  for (let i = 0; i < iterations; i++) body();
};

/** `node:crypto` as it is, until `isOff`: then a cipher of equal lengths that does nothing, to see what is ours. */
function switchable() {
  const state = { isOff: false };
  const crypto: DtlsCrypto = {
    ...nodeCrypto,
    createAead(algorithm, key) {
      const aead = nodeCrypto.createAead(algorithm, key);
      return {
        seal: (nonce, aad, buffer, offset, length) => {
          if (!state.isOff) aead.seal(nonce, aad, buffer, offset, length);
        },
        open: (nonce, aad, buffer, offset, length) => state.isOff || aead.open(nonce, aad, buffer, offset, length),
      };
    },
  };
  return { state, crypto };
}

function sealAndOpen(payloadBytes: number, crypto: DtlsCrypto) {
  const { client, server } = connectedPair(1, { crypto }, { crypto });
  const slot = createSlot(1500);
  return () => {
    slot.offset = SLOT_HEAD_ROOM;
    slot.length = payloadBytes;
    const sealed = client.connection.seal(slot);
    if (sealed !== Verdict.consumed || server.connection.open(slot) !== Verdict.consumed) throw new Error('not opened');
  };
}

/** The calls that AES-GCM needs, on the same bytes, with nothing around them. */
function floor(payloadBytes: number) {
  const key = createSecretKey(new Uint8Array(16));
  const nonce = new Uint8Array(12);
  const aad = new Uint8Array(13);
  const bytes = new Uint8Array(payloadBytes);
  return () => {
    nonce[11]++;
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    cipher.setAAD(aad);
    bytes.set(cipher.update(bytes));
    cipher.final();
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(cipher.getAuthTag());
    bytes.set(decipher.update(bytes));
    decipher.final();
  };
}

const ours = switchable();
const withoutCipher = sealAndOpen(1150, ours.crypto);
ours.state.isOff = true;

function records(payloadBytes: number): BenchCase {
  return {
    name: `seal and open ${payloadBytes} bytes`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: times(sealAndOpen(payloadBytes, nodeCrypto)),
    peers: { 'node:crypto alone': { version: process.versions.node, fn: times(floor(payloadBytes)) } },
  };
}

const client = generateCertificate(seededEnv(1));
const server = generateCertificate(seededEnv(2));
let seed = 0;

/** One record there and opened; a whole handshake, both sides, without a network. */
export const benches: Bench[] = [
  {
    name: 'dtls',
    cases: [
      records(100),
      records(1150),
      {
        name: 'seal and open, the cipher taken out',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(withoutCipher),
        allocation: { atMost: 0 },
      },
      {
        name: 'handshake, both sides',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => {
          const pair = connectedPair(seed++, { certificate: client }, { certificate: server });
          if (pair.client.connection.state !== 'connected') throw new Error('not connected');
        }),
      },
    ],
  },
];
