import { hexText, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { defaultCrypto, SrtpContext } from '../../src/index.ts';
import { deriveKey, deriveRtcpKeys } from '../../src/key-derivation.ts';
import * as reference from '../reference.ts';
import { hex, slotWith, textOf } from '../support.ts';
import data from './srtp.json';

// RFC 3711 B.2 and B.3, and the packets of libsrtp's own tests; `source` of each vector says which.

// biome-ignore lint/suspicious/noExplicitAny: the vectors' shape differs by kind
type Fields = Record<string, any>;
const vectors = data as unknown as { name: string; input: Fields; expected: Fields }[];

function select(has: (input: Fields, expected: Fields) => boolean) {
  return vectors.filter(({ input, expected }) => has(input, expected)).map((vector) => [vector.name, vector] as const);
}

function contextOf(input: Fields): SrtpContext {
  return new SrtpContext({ profile: 1, key: hex(input['masterKey']), salt: hex(input['masterSalt']) });
}

describe('keystream and keys', () => {
  it.each(select((input) => input['sessionKey'] !== undefined))('%s', (_, { input, expected }) => {
    const bytes = new Uint8Array(input['segmentOctets']);
    defaultCrypto.counterMode(hex(input['sessionKey'])).apply(hex(input['sessionSaltShifted']), bytes, 0, bytes.length);
    for (const { blockIndex, keystream } of expected['blocks']) {
      expect(hexText(bytes, 16 * blockIndex, 16)).toBe(keystream);
    }
  });

  it.each(select((input) => input['labels'] !== undefined))('%s', (_, { input, expected }) => {
    for (const [name, label] of Object.entries(input['labels'])) {
      const bytes = expected[name].length / 2;
      const [key, salt] = [hex(input['masterKey']), hex(input['masterSalt'])];
      expect(hexText(deriveKey(defaultCrypto, key, salt, label as 0, bytes))).toBe(expected[name]);
      expect(hexText(reference.deriveKey(key, salt, label as number, bytes))).toBe(expected[name]);
    }
  });

  it.each(select((_, expected) => expected['rtcpCipherKey'] !== undefined))('%s', (_, { input, expected }) => {
    const keys = deriveRtcpKeys(defaultCrypto, hex(input['masterKey']), hex(input['masterSalt']));
    expect(hexText(keys.cipherKey)).toBe(expected['rtcpCipherKey']);
    expect(hexText(keys.authKey)).toBe(expected['rtcpAuthKey']);
    expect(hexText(keys.cipherSalt)).toBe(expected['rtcpCipherSalt']);
  });
});

describe('packets', () => {
  it.each(select((input) => input['rtp'] !== undefined))('%s', (_, { input, expected }) => {
    const ssrc = Number.parseInt(input['rtp'].slice(16, 24), 16);
    const nextIndex = input['roc'] * 65536 + Number.parseInt(input['rtp'].slice(4, 8), 16);
    const [sender, receiver] = [contextOf(input), contextOf(input)];
    for (const context of [sender, receiver]) if (nextIndex > 65535) context.resumeRtp(ssrc, nextIndex);
    const slot = slotWith(hex(input['rtp']));
    expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(expected['protected']);
    expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(input['rtp']);
  });

  it.each(select((input) => input['rtcp'] !== undefined))('%s', (_, { input, expected }) => {
    const [sender, receiver] = [contextOf(input), contextOf(input)];
    sender.resumeRtcp(Number.parseInt(input['rtcp'].slice(8, 16), 16), input['srtcpIndex']);
    const slot = slotWith(hex(input['rtcp']));
    expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(expected['protected']);
    expect(receiver.openRtcp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(input['rtcp']);
  });

  it.each(select((_, expected) => expected['reject'] === true))('%s', (_, { input }) => {
    const slot = slotWith(hex(input['protected']));
    expect(contextOf(input).openRtp(slot)).toBeLessThan(0);
    expect(textOf(slot)).toBe(input['protected']);
  });
});
