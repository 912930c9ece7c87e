import { createSlot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultCrypto, SrtpContext, type SrtpProfile } from '../../src/index.ts';
import { profileSizes } from '../../src/profile.ts';
import * as reference from '../reference.ts';
import { bytesOf, profiles, rtpPacket, slotWith, ways } from '../support.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const cases = profiles.flatMap(([name, profile]) => ways.map(([way, crypto]) => ({ name, profile, way, crypto })));

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Everything that a configuration says of the bytes of a packet. */
function keying(profile: SrtpProfile) {
  const { cipher, keyBytes, rtpTagBytes, saltBytes } = profileSizes(profile);
  return fc.record({
    cipher: fc.constant(cipher),
    tagBytes: fc.constant(rtpTagBytes),
    key: bytes(keyBytes),
    salt: bytes(saltBytes),
    mki: fc.option(fc.uint8Array({ minLength: 1, maxLength: 8 }), { nil: undefined }),
    keyDerivationRate: fc.constantFrom(0, 0, 1, 16, 2 ** 24),
  });
}

/** An RTP packet with CSRCs and an extension, and how long its header is. */
const rtp = fc
  .record({
    ssrc: u32,
    csrcs: fc.integer({ min: 0, max: 15 }),
    words: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    payload: fc.uint8Array({ maxLength: 200 }),
    fill: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ ssrc, csrcs, words, payload, fill }) => {
    const headerBytes = 12 + 4 * csrcs + (words === undefined ? 0 : 4 + 4 * words);
    const packet = new Uint8Array(headerBytes + payload.length).fill(fill);
    const view = new DataView(packet.buffer);
    view.setUint8(0, 0x80 | csrcs | (words === undefined ? 0 : 0x10));
    view.setUint32(8, ssrc);
    if (words !== undefined) view.setUint32(12 + 4 * csrcs, (0xbede0000 | words) >>> 0);
    packet.set(payload, headerBytes);
    return { packet, headerBytes, ssrc };
  });

describe.each(cases)('sealing, $name, $way', ({ profile, crypto }) => {
  const contextOf = (keys: Parameters<typeof reference.protectRtp>[0]) =>
    new SrtpContext({ ...keys, profile, allowNullCipher: true, crypto });

  it('of RTP is what the readable reference computes, and opening undoes it', () => {
    const index = fc.integer({ min: 0, max: 2 ** 48 - 4 });
    fc.assert(
      fc.property(
        keying(profile),
        rtp,
        index,
        fc.integer({ min: 0, max: 7 }),
        (keys, { packet, ...p }, first, shift) => {
          const [sender, receiver] = [contextOf(keys), contextOf(keys)];
          for (const context of [sender, receiver]) context.resumeRtp(p.ssrc, first);
          // Three of them, so that keystream made ahead is used too.
          for (let i = first; i < first + 3; i++) {
            new DataView(packet.buffer).setUint16(2, i % 65536);
            const slot = createSlot();
            slot.offset += shift;
            slot.buffer.fill(0xee);
            slot.buffer.set(packet, slot.offset);
            slot.length = packet.length;
            expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
            expect(bytesOf(slot)).toEqual(reference.protectRtp(keys, packet, p.headerBytes, i));
            expect(slot.length).toBe(packet.length + sender.overheadBytes);
            expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
            expect(bytesOf(slot)).toEqual(packet);
            // Nothing was written outside the packet and its tail.
            const end = slot.offset + slot.length + sender.overheadBytes;
            expect(slot.buffer.subarray(0, slot.offset).every((byte) => byte === 0xee)).toBe(true);
            expect(slot.buffer.subarray(end).every((byte) => byte === 0xee)).toBe(true);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of RTCP is what the readable reference computes, and opening undoes it', () => {
    const body = fc.uint8Array({ minLength: 4, maxLength: 200 });
    const index = fc.integer({ min: 0, max: 2 ** 31 - 4 });
    fc.assert(
      fc.property(keying(profile), body, index, (keys, rest, first) => {
        const packet = Uint8Array.of(0x80, 200, 0, 6, ...rest);
        const [sender, receiver] = [contextOf(keys), contextOf(keys)];
        sender.resumeRtcp(new DataView(packet.buffer).getUint32(4), first);
        for (let i = first; i < first + 3; i++) {
          const slot = slotWith(packet);
          expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
          expect(bytesOf(slot)).toEqual(reference.protectRtcp(keys, packet, i));
          expect(slot.length).toBe(packet.length + sender.rtcpOverheadBytes);
          expect(receiver.openRtcp(slot)).toBe(Verdict.consumed);
          expect(bytesOf(slot)).toEqual(packet);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of every length agrees too: at the edges of blocks, of keystream and of what the kernels take', () => {
    const { cipher, keyBytes, rtpTagBytes: tagBytes, saltBytes } = profileSizes(profile);
    const keys = { cipher, tagBytes, key: new Uint8Array(keyBytes).fill(7), salt: new Uint8Array(saltBytes).fill(9) };
    const sender = contextOf(keys);
    const near = [0, 64, 512, 2048, 3072, 4096, 12_276, 12_288, 24_576].flatMap((edge) =>
      [-17, -16, -1, 0, 1, 15].map((away) => edge + away),
    );
    const lengths = [...near.filter((length) => length >= 0), ...Array.from({ length: 130 }, (_, i) => i), 65_000];
    lengths.forEach((length, i) => {
      const packet = rtpPacket(1, i, length);
      const slot = slotWith(packet);
      expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
      expect(Buffer.compare(bytesOf(slot), reference.protectRtp(keys, packet, 12, i))).toBe(0);
    });
  });
});

describe('encrypted header extensions', () => {
  const element = fc.record({ id: fc.integer({ min: 1, max: 14 }), value: fc.uint8Array({ maxLength: 20 }) });
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 5 });
  const keyed = profiles.filter(([name]) => !name.startsWith('null'));

  it.each(keyed)('are what the readable reference computes, and opening undoes it: %s', (_, profile) => {
    const elements = fc.array(element, { minLength: 1, maxLength: 6 });
    const index = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(keying(profile), elements, ids, index, u32, (keys, list, encryptedExtensions, i, ssrc) => {
        const body = list.flatMap(({ id, value }) => [id, value.length, ...value]);
        while (body.length % 4 !== 0) body.push(0);
        const packet = Uint8Array.of(0x90, 96, ...new Uint8Array(10), 0x10, 0, 0, body.length / 4, ...body, 1, 2, 3);
        new DataView(packet.buffer).setUint16(2, i % 65536);
        new DataView(packet.buffer).setUint32(8, ssrc);
        const config = { ...keys, profile, encryptedExtensions };
        const [sender, receiver] = [new SrtpContext(config), new SrtpContext(config)];
        for (const context of [sender, receiver]) context.resumeRtp(ssrc, i);
        const slot = slotWith(packet);
        expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
        const hidden = packet.slice();
        hidden.set(reference.encryptExtension(keys, ssrc, i, list, encryptedExtensions), 16);
        const headerBytes = packet.length - 3;
        expect(bytesOf(slot)).toEqual(reference.protectRtp(keys, hidden, headerBytes, i));
        expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(packet);
      }),
      { numRuns: 40 },
    );
  });

  it('may be anything: what is not a list of elements stays as it is, and nothing is read beyond it', () => {
    const config = { profile: 1, key: new Uint8Array(16), salt: new Uint8Array(14) } as const;
    const encryptedExtensions = Array.from({ length: 255 }, (_, i) => i + 1);
    fc.assert(
      fc.property(fc.constantFrom(0xbede, 0x1000, 0x100f, 0x1234), fc.uint8Array({ maxLength: 40 }), (form, body) => {
        const padded = new Uint8Array(4 * Math.ceil(body.length / 4));
        padded.set(body);
        const head = [0x90, 96, ...new Uint8Array(10), form >>> 8, form & 0xff, 0, padded.length / 4];
        const packet = Uint8Array.of(...head, ...padded, 9, 9, 9);
        const [sender, receiver] = [1, 2].map(() => new SrtpContext({ ...config, encryptedExtensions }));
        const slot = slotWith(packet);
        expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
        if (form === 0x1234)
          expect(bytesOf(slot).subarray(0, head.length + padded.length)).toEqual(packet.slice(0, -3));
        expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(packet);
      }),
    );
  });
});

describe('the slot and the configuration', () => {
  it('sealing leaves the class, the path and the flow of the slot alone', () => {
    const slot = { ...slotWith(rtpPacket(1, 1)), flow: 4, path: 5, cls: 1 as const };
    new SrtpContext({ profile: 1, key: new Uint8Array(16), salt: new Uint8Array(14) }).sealRtp(slot);
    expect(slot).toMatchObject({ flow: 4, path: 5, cls: 1 });
  });

  it('a packet may be a small part of a large buffer', () => {
    const [k, s] = [new Uint8Array(16).fill(7), new Uint8Array(14).fill(9)];
    const packet = rtpPacket(1, 1, 100);
    for (const offset of [0, 3, 5000, 60_000]) {
      const slot = { ...slotWith(packet), buffer: new Uint8Array(65_536).fill(0xee), offset };
      slot.buffer.set(packet, offset);
      new SrtpContext({ profile: 1, key: k, salt: s }).sealRtp(slot);
      const keys = { cipher: 'aes-cm', tagBytes: 10, key: k, salt: s } as const;
      expect(bytesOf(slot)).toEqual(reference.protectRtp(keys, packet, 12, 1));
      expect(slot.buffer.filter((byte) => byte === 0xee).length).toBeGreaterThanOrEqual(65_536 - packet.length - 10);
      slot.buffer.fill(0xee, offset, offset + slot.length);
      expect(slot.buffer.every((byte) => byte === 0xee)).toBe(true);
    }
  });

  it('the cryptography that is given is called', () => {
    const null20 = { digest: (_b: unknown, _o: unknown, _l: unknown, _t: unknown, out: Uint8Array) => out.fill(0) };
    const crypto = {
      ...defaultCrypto,
      counterMode: () => ({ apply: () => {} }),
      authenticator: () => null20,
    };
    const slot = slotWith(rtpPacket(1, 1));
    new SrtpContext({ profile: 1, key: new Uint8Array(16), salt: new Uint8Array(14), crypto }).sealRtp(slot);
    expect(bytesOf(slot)).toEqual(Uint8Array.of(...rtpPacket(1, 1), ...new Uint8Array(10)));
  });
});
