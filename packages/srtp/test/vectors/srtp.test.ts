import { hexText, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { HeaderExtensions } from '../../src/header-extensions.ts';
import { defaultCrypto, SrtpContext, type SrtpCrypto, SrtpProfile } from '../../src/index.ts';
import { KernelGcmTransform } from '../../src/kernel/gcm-transform.ts';
import { openKernel } from '../../src/kernel/kernel.ts';
import { KeystreamCache, StreamKeystream } from '../../src/kernel/keystream.ts';
import { deriveKey, deriveSessionKeys } from '../../src/key-derivation.ts';
import { Packet, type PacketTransform } from '../../src/packet.ts';
import { PlainGcmTransform } from '../../src/plain/gcm-transform.ts';
import { profileSizes } from '../../src/profile.ts';
import { Tail } from '../../src/tail.ts';
import { readI32 } from '../../src/words.ts';
import * as reference from '../reference.ts';
import { hex, slotWith, textOf } from '../support.ts';
import data from './srtp.json';

// RFC 3711 B.2 and B.3, RFC 6188 7, RFC 6904 A, RFC 7714 16 and 17, and the packets of libsrtp's own tests; `source` of each
// vector says which. Packets go through both implementations: the kernels and the plain way.

// biome-ignore lint/suspicious/noExplicitAny: the vectors' shape differs by kind
type Fields = Record<string, any>;
interface Vector {
  readonly name: string;
  readonly input: Fields;
  readonly expected: Fields;
}
const vectors = data as unknown as Vector[];

const profiles: Readonly<Record<string, SrtpProfile>> = {
  SRTP_AES128_CM_HMAC_SHA1_80: SrtpProfile.aes128CmHmacSha1_80,
  SRTP_AES128_CM_HMAC_SHA1_32: SrtpProfile.aes128CmHmacSha1_32,
  NULL_HMAC_SHA1_80: SrtpProfile.nullHmacSha1_80,
  SRTP_AEAD_AES_128_GCM: SrtpProfile.aeadAes128Gcm,
  SRTP_AEAD_AES_256_GCM: SrtpProfile.aeadAes256Gcm,
  AES_192_CM_HMAC_SHA1_80: SrtpProfile.aes192CmHmacSha1_80,
  AES_256_CM_HMAC_SHA1_80: SrtpProfile.aes256CmHmacSha1_80,
};

const ways: readonly (readonly [string, SrtpCrypto | undefined])[] = [
  ['kernels', undefined],
  ['plain', defaultCrypto],
];

const used = new Set<Vector>();

function select(has: (input: Fields, expected: Fields) => boolean) {
  const chosen = vectors.filter(({ input, expected }) => has(input, expected));
  for (const vector of chosen) used.add(vector);
  return chosen.map((vector) => [vector.name, vector] as const);
}

function contextOf(input: Fields, crypto: SrtpCrypto | undefined): SrtpContext {
  return new SrtpContext({
    profile: profiles[input['profile']],
    key: hex(input['masterKey']),
    salt: hex(input['masterSalt']),
    mki: input['mki'] === undefined ? undefined : hex(input['mki']),
    encryptedExtensions: input['encryptedIds'],
    allowNullCipher: true,
    crypto,
  });
}

describe('keystream and keys', () => {
  it.each(select((input) => input['segmentOctets'] !== undefined))('%s', (_, { input, expected }) => {
    const bytes = new Uint8Array(Math.min(input['segmentOctets'], 2 ** 20));
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
    const [key, salt] = [hex(input['masterKey']), hex(input['masterSalt'])];
    const keys = deriveSessionKeys(defaultCrypto, profileSizes(1), key, salt, 'rtcp');
    expect(hexText(keys.cipherKey)).toBe(expected['rtcpCipherKey']);
    expect(hexText(keys.authKey)).toBe(expected['rtcpAuthKey']);
    expect(hexText(keys.cipherSalt)).toBe(expected['rtcpCipherSalt']);
  });

  it.each(select((input) => input['headerKey'] !== undefined))('%s', (_, { input, expected }) => {
    const cipher = defaultCrypto.counterMode(hex(input['headerKey']));
    const extensions = new HeaderExtensions(cipher, hex(input['headerSalt']), input['encryptedIds']);
    const header = hex(`90000000${'00'.repeat(8)}${input['profile']}0006${input['plaintext']}`);
    extensions.apply(header, 0, header.length, input['ssrc'], input['roc'] * 65536 + input['seq']);
    expect(hexText(header, 16, header.length - 16)).toBe(expected['ciphertext']);
  });
});

describe.each(ways)('packets, %s', (_way, crypto) => {
  it.each(
    select((input, { srtp, srtcp }) => input['profile'] !== undefined && input['rtp'] !== undefined && !srtp && !srtcp),
  )('%s', (_, { input, expected }) => {
    const ssrc = Number.parseInt(input['rtp'].slice(16, 24), 16);
    const nextIndex = input['roc'] * 65536 + Number.parseInt(input['rtp'].slice(4, 8), 16);
    const [sender, receiver] = [contextOf(input, crypto), contextOf(input, crypto)];
    for (const context of [sender, receiver]) if (nextIndex > 65535) context.resumeRtp(ssrc, nextIndex);
    const slot = slotWith(hex(input['rtp']));
    expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(expected['protected']);
    expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(input['rtp']);
  });

  it.each(select((input) => input['profile'] !== undefined && input['rtcp'] !== undefined))(
    '%s',
    (_, { input, expected }) => {
      const [sender, receiver] = [contextOf(input, crypto), contextOf(input, crypto)];
      sender.resumeRtcp(Number.parseInt(input['rtcp'].slice(8, 16), 16), input['srtcpIndex']);
      const slot = slotWith(hex(input['rtcp']));
      expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
      expect(textOf(slot)).toBe(expected['protected']);
      expect(receiver.openRtcp(slot)).toBe(Verdict.consumed);
      expect(textOf(slot)).toBe(input['rtcp']);
    },
  );

  it.each(select((_, expected) => expected['reject'] === true))('%s', (_, { input }) => {
    const slot = slotWith(hex(input['protected']));
    expect(contextOf(input, crypto).openRtp(slot)).toBeLessThan(0);
    expect(textOf(slot)).toBe(input['protected']);
  });
});

/** AES-GCM under session keys, as RFC 7714 gives them: without the derivation that a context does first. */
function gcmTransform(input: Fields, kind: 'rtp' | 'rtcp', isKernel: boolean): PacketTransform {
  const keys = {
    cipherKey: hex(input['sessionKey']),
    cipherSalt: hex(input['sessionSalt']),
    authKey: new Uint8Array(0),
  };
  const tail = new Tail(kind, 'aes-gcm', 16, new Uint8Array(0));
  const plain = new PlainGcmTransform(defaultCrypto, keys, tail, kind);
  const kernel = openKernel();
  if (kernel === undefined) throw new Error('this Node has no WebAssembly SIMD');
  return isKernel ? new KernelGcmTransform(new KeystreamCache(kernel), keys, tail, kind, plain) : plain;
}

describe.each(ways)('RFC 7714 16, 17, %s', (way) => {
  const isGcm = (input: Fields) => input['sessionSalt'] !== undefined;

  it.each(select((input) => isGcm(input) && input['encrypt']))('%s', (_, { input, expected }) => {
    const kind = input['rtp'] === undefined ? 'rtcp' : 'rtp';
    const slot = slotWith(hex(input[kind]));
    const packet = new Packet();
    packet.bytes = slot.buffer;
    packet.offset = slot.offset;
    packet.headerBytes = kind === 'rtp' ? 12 : 8;
    packet.bodyBytes = slot.length - packet.headerBytes;
    packet.ssrc = readI32(slot.buffer, slot.offset + (kind === 'rtp' ? 8 : 4));
    packet.index =
      kind === 'rtp' ? input['roc'] * 65536 + Number.parseInt(input['rtp'].slice(4, 8), 16) : input['srtcpIndex'];
    packet.keystream = new StreamKeystream();
    const transform = gcmTransform(input, kind, way === 'kernels');
    transform.seal(packet);
    slot.length += transform.tailBytes;
    expect(textOf(slot)).toBe(expected[`s${kind}`]);
    expect(transform.open(packet)).toBe(true);
    slot.length -= transform.tailBytes;
    expect(textOf(slot)).toBe(input[kind]);
  });

  it.each(select((input) => isGcm(input) && !input['encrypt']))('%s', (_, { input, expected }) => {
    // Nothing is encrypted, all is associated data; contexts refuse such packets (RFC 5764 4.1.2), the tag is GCM's all the same.
    const kind = input['rtp'] === undefined ? 'rtcp' : 'rtp';
    const index = kind === 'rtcp' ? `0${input['srtcpIndex'].toString(16).padStart(7, '0')}` : '';
    const associated = hex(input[kind] + index);
    const tag = new Uint8Array(16);
    defaultCrypto.aead(hex(input['sessionKey'])).seal(hex(expected['iv']), associated, associated, 0, 0, tag);
    expect(input[kind] + hexText(tag) + index).toBe(expected[`s${kind}`]);
  });
});

it('no vector is left out', () => {
  expect(vectors.filter((vector) => !used.has(vector))).toEqual([]);
});
