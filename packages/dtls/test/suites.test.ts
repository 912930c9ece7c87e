import { createSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { type AeadAlgorithm, type DtlsConfig, generateCertificate, type KeyKind, NamedGroup } from '../src/index.ts';
import { seededEnv } from './support/env.ts';
import { connectedPair, createPair, type Pair, pump, type Side } from './support/pair.ts';

const CIPHERS = ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const;
const PREFIX: Record<AeadAlgorithm, number> = { 'aes-128-gcm': 21, 'aes-256-gcm': 21, 'chacha20-poly1305': 13 };
const versions = ['1.2'] as const;
const certificates = {
  p256: generateCertificate(seededEnv(71)),
  rsa: generateCertificate({ ...seededEnv(72), keyKind: 'rsa' }),
};
const kinds: KeyKind[] = ['p256', 'rsa'];

/** One record there; how long it was on the way, and what came. */
function carry(from: Side, to: Side, text: string): { length: number; text: string } {
  const slot = createSlot(200);
  slot.length = new TextEncoder().encodeInto(text, slot.buffer.subarray(slot.offset)).written;
  expect(from.connection.seal(slot)).toBe(Verdict.consumed);
  const { length } = slot;
  expect(to.connection.open(slot)).toBe(Verdict.consumed);
  return { length, text: new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length)) };
}

function errors({ client, server }: Pair): (string | undefined)[] {
  return [client, server].map(({ events }) => {
    const event = events.at(-1);
    return event?.type === 'error' ? event.error.code : event?.type;
  });
}

/** The suite that the server's hello named. */
function chosenSuite({ server }: Pair): number {
  const [hello] = server.sent;
  const at = 13 + 12 + 2 + 32 + 1;
  return (hello[at] << 8) | hello[at + 1];
}

const SUITE: Record<KeyKind, Record<AeadAlgorithm, number>> = {
  p256: { 'aes-128-gcm': 0xc02b, 'aes-256-gcm': 0xc02c, 'chacha20-poly1305': 0xcca9 },
  rsa: { 'aes-128-gcm': 0xc02f, 'aes-256-gcm': 0xc030, 'chacha20-poly1305': 0xcca8 },
};

describe('suites of DTLS 1.2', () => {
  for (const cipher of CIPHERS) {
    for (const kind of kinds) {
      it.each(kinds)(`${cipher}, server ${kind}, client %s`, (clientKind) => {
        const cipherPreference = [cipher];
        const pair = connectedPair(
          1,
          { certificate: certificates[clientKind], cipherPreference, versions },
          { certificate: certificates[kind], versions },
        );
        const { client, server } = pair;
        expect(errors(pair)).toEqual(['connected', 'connected']);
        expect(chosenSuite(pair)).toBe(SUITE[kind][cipher]);
        expect(carry(client, server, 'over')).toEqual({ length: PREFIX[cipher] + 4 + 16, text: 'over' });
        expect(carry(server, client, 'and back')).toEqual({ length: PREFIX[cipher] + 8 + 16, text: 'and back' });
        const keys = [client, server].map(({ connection }) => connection.exportKeyingMaterial('x', undefined, 20));
        expect(keys[0]).toEqual(keys[1]);
      });
    }
  }

  it('are chosen by the server’s order', () => {
    const pair = connectedPair(1, { versions }, { versions, cipherPreference: ['chacha20-poly1305', 'aes-128-gcm'] });
    expect(chosenSuite(pair)).toBe(0xcca9);
    const other = connectedPair(1, { versions, cipherPreference: ['chacha20-poly1305', 'aes-128-gcm'] }, { versions });
    expect(chosenSuite(other)).toBe(0xc02b);
  });

  it('that have nothing in common end the handshake', () => {
    const pair = createPair(
      1,
      { versions, cipherPreference: ['aes-256-gcm'] },
      { versions, cipherPreference: ['aes-128-gcm'] },
    );
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    pump(pair);
    for (const now of [1000, 2000]) {
      for (const { connection } of [pair.server, pair.client]) connection.handleTimeout(now);
      pump(pair);
    }
    expect(errors(pair)).toEqual(['peer-alert', 'handshake-failure']);
  });

  it.each<[string, DtlsConfig['cipherPreference']]>([
    ['none', []],
    ['one nobody knows', ['rc4' as AeadAlgorithm]],
  ])('%s: is a mistake of the caller', (_what, cipherPreference) => {
    expect(() => createPair(1, { cipherPreference })).toThrow('cipherPreference');
  });
});

describe('groups of DTLS 1.2', () => {
  const only = (...groups: NamedGroup[]) => ({ ...nodeCrypto, groups });

  it.each(Object.entries(NamedGroup).filter(([name]) => name !== 'x25519MlKem768'))('%s', (_name, group) => {
    const pair = connectedPair(1, { versions, crypto: only(group) }, { versions });
    expect(errors(pair)).toEqual(['connected', 'connected']);
    const other = connectedPair(1, { versions }, { versions, crypto: only(group) });
    expect(errors(other)).toEqual(['connected', 'connected']);
  });

  it('leave X25519MLKEM768 to DTLS 1.3', () => {
    const { x25519MlKem768, x25519 } = NamedGroup;
    const pair = connectedPair(1, { versions, crypto: only(x25519MlKem768, x25519) }, { versions });
    expect(errors(pair)).toEqual(['connected', 'connected']);
    const offered = Buffer.from(pair.client.sent[0]);
    expect(offered.includes(Buffer.of(0x11, 0xec))).toBe(false);
  });

  it('are answered for where Node has them', () => {
    const hasMlKem = nodeCrypto.groups.includes(NamedGroup.x25519MlKem768);
    expect(nodeCrypto.groups).toEqual([
      ...(hasMlKem ? [NamedGroup.x25519MlKem768] : []),
      NamedGroup.x25519,
      NamedGroup.secp256r1,
      NamedGroup.secp384r1,
    ]);
  });
});
