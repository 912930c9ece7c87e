import { createSlot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultCrypto, SrtpContext } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { bytesOf, rtpPacket, slotWith } from '../support.ts';

const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const salt = fc.uint8Array({ minLength: 14, maxLength: 14 });
const u32 = fc.integer({ min: 0, max: 0xffffffff });

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
    const bytes = new Uint8Array(headerBytes + payload.length).fill(fill);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, 0x80 | csrcs | (words === undefined ? 0 : 0x10));
    view.setUint32(8, ssrc);
    if (words !== undefined) view.setUint32(12 + 4 * csrcs, (0xbede0000 | words) >>> 0);
    bytes.set(payload, headerBytes);
    return { bytes, headerBytes, ssrc };
  });

describe('sealing', () => {
  it('of RTP is what the readable reference computes, and opening undoes it', () => {
    const index = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(key, salt, rtp, index, fc.integer({ min: 0, max: 7 }), (k, s, packet, i, shift) => {
        new DataView(packet.bytes.buffer).setUint16(2, i % 65536);
        const slot = createSlot();
        slot.offset += shift;
        slot.buffer.fill(0xee);
        slot.buffer.set(packet.bytes, slot.offset);
        slot.length = packet.bytes.length;
        const [sender, receiver] = [0, 1].map(() => new SrtpContext({ profile: 1, key: k, salt: s }));
        for (const context of [sender, receiver]) context.resumeRtp(packet.ssrc, i);
        expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(reference.protectRtp(k, s, packet.bytes, packet.headerBytes, i));
        expect(slot.length).toBe(packet.bytes.length + sender.overheadBytes);
        expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(packet.bytes);
        // Nothing was written outside the packet and its tag.
        const end = slot.offset + slot.length + sender.overheadBytes;
        expect(slot.buffer.subarray(0, slot.offset).every((byte) => byte === 0xee)).toBe(true);
        expect(slot.buffer.subarray(end).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('of RTCP is what the readable reference computes, and opening undoes it', () => {
    const body = fc.uint8Array({ minLength: 4, maxLength: 200 });
    const index = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(key, salt, body, index, (k, s, rest, i) => {
        const packet = Uint8Array.of(0x80, 200, 0, 6, ...rest);
        const ssrc = new DataView(packet.buffer).getUint32(4);
        const [sender, receiver] = [0, 1].map(() => new SrtpContext({ profile: 1, key: k, salt: s }));
        sender.resumeRtcp(ssrc, i);
        const slot = slotWith(packet);
        expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(reference.protectRtcp(k, s, packet, i));
        expect(slot.length).toBe(packet.length + sender.rtcpOverheadBytes);
        expect(receiver.openRtcp(slot)).toBe(Verdict.consumed);
        expect(bytesOf(slot)).toEqual(packet);
      }),
    );
  });

  it('of packets larger than a batch of keystream agrees too', () => {
    const [k, s] = [new Uint8Array(16).fill(7), new Uint8Array(14).fill(9)];
    for (const payloadBytes of [0, 1, 15, 16, 17, 2047, 2048, 2049, 4096, 5000, 65000]) {
      const packet = rtpPacket(1, 1, payloadBytes);
      const slot = slotWith(packet);
      new SrtpContext({ profile: 1, key: k, salt: s }).sealRtp(slot);
      expect(bytesOf(slot)).toEqual(reference.protectRtp(k, s, packet, 12, 1));
    }
  });

  it('leaves the class, the path and the flow of the slot alone', () => {
    const slot = { ...slotWith(rtpPacket(1, 1)), flow: 4, path: 5, cls: 1 as const };
    new SrtpContext({ profile: 1, key: new Uint8Array(16), salt: new Uint8Array(14) }).sealRtp(slot);
    expect(slot).toMatchObject({ flow: 4, path: 5, cls: 1 });
  });

  it('calls the cryptography that it is given', () => {
    const null20 = { digest: (_b: unknown, _o: unknown, _l: unknown, _t: unknown, out: Uint8Array) => out.fill(0) };
    const crypto = { counterMode: () => ({ apply: () => {} }), authenticator: () => null20 };
    const slot = slotWith(rtpPacket(1, 1));
    new SrtpContext({ profile: 1, key: new Uint8Array(16), salt: new Uint8Array(14), crypto }).sealRtp(slot);
    expect(bytesOf(slot)).toEqual(Uint8Array.of(...rtpPacket(1, 1), ...new Uint8Array(10)));
    expect(defaultCrypto).not.toBe(crypto);
  });
});
