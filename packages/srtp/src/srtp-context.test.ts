import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { bytesOf, hex, masterKey, rtpPacket, slotWith, textOf } from '../test/support.ts';
import { SrtpContext } from './srtp-context.ts';

// The packets of libsrtp's own test (test/srtp_driver.c) under the RFC 3711 B.3 master key.
const rtp = '800f1234decafbadcafebabeabababababababababababababababab';
const srtp = '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb';
const rtcp = '81c8000bcafebabeabababababababababababababababab';
const srtcp = '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798';

function context(direction?: 'send' | 'receive') {
  return new SrtpContext({ profile: 1, ...masterKey, direction });
}

describe('SrtpContext', () => {
  it('seals the RTP packet of libsrtp', () => {
    const slot = slotWith(hex(rtp));
    expect(context().sealRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(srtp);
  });

  it('opens the RTP packet of libsrtp, once', () => {
    const receiver = context();
    const slot = slotWith(hex(srtp));
    expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(rtp);
    expect(receiver.openRtp(slotWith(hex(srtp)))).toBe(Verdict.replayed);
    expect(receiver.counters.rtp).toMatchObject({ consumed: 1, replayed: 1 });
  });

  it('seals and opens the RTCP packet of libsrtp, whose index is 1', () => {
    const sender = context();
    sender.resumeRtcp(0xcafebabe, 1);
    const slot = slotWith(hex(rtcp));
    expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(srtcp);
    const receiver = context();
    expect(receiver.openRtcp(slot)).toBe(Verdict.consumed);
    expect(textOf(slot)).toBe(rtcp);
    expect(receiver.openRtcp(slotWith(hex(srtcp)))).toBe(Verdict.replayed);
  });

  it('counts the SRTCP index up from 0 (RFC 3711 3.4)', () => {
    const sender = context();
    const trailers = [0, 1, 2].map(() => {
      const slot = slotWith(hex(rtcp));
      sender.sealRtcp(slot);
      return textOf(slot).slice(-28, -20);
    });
    expect(trailers).toEqual(['80000000', '80000001', '80000002']);
  });

  it('refuses an SRTCP packet that says it is not encrypted', () => {
    const slot = slotWith(hex(srtcp.replace('80000001', '00000001')));
    expect(context().openRtcp(slot)).toBe(Verdict.unsupported);
  });

  it('keeps the streams of different SSRCs apart', () => {
    const [sender, receiver] = [context(), context()];
    for (const ssrc of [1, 0xffffffff, 0x80000000, 1, 0xffffffff]) {
      const sequence = 10 + sender.counters.rtp.consumed;
      const slot = slotWith(rtpPacket(ssrc, sequence));
      expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
      expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
      expect(bytesOf(slot)).toEqual(rtpPacket(ssrc, sequence));
    }
    expect(receiver.ssrcs).toBe(3);
  });

  it('takes no more SSRCs than it may, and goes on with those it has', () => {
    const sender = context();
    const receiver = new SrtpContext({ profile: 1, ...masterKey, maxSsrcs: 2 });
    const open = (ssrc: number, sequence: number) => {
      const slot = slotWith(rtpPacket(ssrc, sequence));
      sender.sealRtp(slot);
      return receiver.openRtp(slot);
    };
    expect([open(1, 1), open(2, 1), open(3, 1), open(2, 2)]).toEqual([
      Verdict.consumed,
      Verdict.consumed,
      Verdict.overLimit,
      Verdict.consumed,
    ]);
  });

  it('refuses to go beyond the last index of either kind: the key is used up (RFC 3711 9.2)', () => {
    const [sender, receiver] = [context(), context()];
    for (const each of [sender, receiver]) each.resumeRtp(5, 2 ** 48 - 1);
    const last = slotWith(rtpPacket(5, 65535));
    expect(sender.sealRtp(last)).toBe(Verdict.consumed);
    expect(receiver.openRtp(last)).toBe(Verdict.consumed);
    expect(sender.sealRtp(slotWith(rtpPacket(5, 0)))).toBe(Verdict.overLimit);
    expect(receiver.openRtp(slotWith(rtpPacket(5, 0)))).toBe(Verdict.overLimit);
    sender.resumeRtcp(0xcafebabe, 2 ** 31 - 1);
    expect(sender.sealRtcp(slotWith(hex(rtcp)))).toBe(Verdict.consumed);
    expect(sender.sealRtcp(slotWith(hex(rtcp)))).toBe(Verdict.overLimit);
  });

  it('never seals an index for other bytes, and never goes back', () => {
    const sender = context();
    expect(sender.sealRtp(slotWith(rtpPacket(5, 100)))).toBe(Verdict.consumed);
    expect(sender.sealRtp(slotWith(rtpPacket(5, 100, 20, 1)))).toBe(Verdict.replayed);
    expect(() => sender.resumeRtp(5, 100)).toThrow(expect.objectContaining({ code: 'out-of-range' }));
    sender.resumeRtp(5, 200);
    expect(sender.sealRtp(slotWith(rtpPacket(5, 150)))).toBe(Verdict.replayed);
    expect(sender.sealRtp(slotWith(rtpPacket(5, 200)))).toBe(Verdict.consumed);
  });

  it('is for one direction: that which it was made for, or that of its first call', () => {
    const wrong = expect.objectContaining({ code: 'wrong-direction' });
    const used = context();
    used.openRtp(slotWith(hex(srtp)));
    expect(() => used.sealRtp(slotWith(hex(rtp)))).toThrow(wrong);
    expect(() => context('send').openRtcp(slotWith(hex(srtcp)))).toThrow(wrong);
    expect(() => context('receive').sealRtcp(slotWith(hex(rtcp)))).toThrow(wrong);
  });

  it('refuses a slot without room for the tag', () => {
    const packet = hex(rtp);
    const buffer = new Uint8Array(packet.length + 9);
    buffer.set(packet);
    const slot = { ...slotWith(packet), buffer, offset: 0 };
    expect(() => context().sealRtp(slot)).toThrow(expect.objectContaining({ code: 'no-room' }));
    expect(buffer.subarray(0, packet.length)).toEqual(packet);
  });

  it.each([
    [{ key: masterKey.key.subarray(1) }, 'bad-key-length'],
    [{ salt: new Uint8Array(12) }, 'bad-key-length'],
    [{ profile: 9 as 1 }, 'unsupported-profile'],
    [{ profile: 7 as 1 }, 'bad-key-length'],
    [{ profile: 5 as 1 }, 'unsupported-profile'],
    [{ replayWindow: 100 }, 'out-of-range'],
    [{ replayWindow: 32 }, 'out-of-range'],
    [{ replayWindow: 65536 }, 'out-of-range'],
    [{ maxSsrcs: 0 }, 'out-of-range'],
    [{ repeatWindow: 3 }, 'out-of-range'],
    [{ repeatWindow: 16_384 }, 'out-of-range'],
    [{ keyDerivationRate: 3 }, 'out-of-range'],
    [{ keyDerivationRate: 2 ** 25 }, 'out-of-range'],
    [{ encryptedExtensions: [0] }, 'out-of-range'],
    [{ encryptedExtensions: [256] }, 'out-of-range'],
    [{ mki: new Uint8Array(0) }, 'out-of-range'],
    [{ mki: new Uint8Array(129) }, 'out-of-range'],
    [{ otherKeys: [{ ...masterKey, mki: new Uint8Array(1) }] }, 'out-of-range'],
    [{ mki: new Uint8Array(2), otherKeys: [{ ...masterKey, mki: new Uint8Array(1) }] }, 'bad-key-length'],
    [{ state: { rtp: [{ ssrc: 1, nextIndex: 2 ** 48 + 1 }], rtcp: [] } }, 'out-of-range'],
  ])('refuses the configuration %j: %s', (wrong, code) => {
    const config = { profile: 1 as const, ...masterKey, ...wrong };
    expect(() => new SrtpContext(config)).toThrow(expect.objectContaining({ code }));
  });

  it('says what it adds to a packet', () => {
    expect(context()).toMatchObject({ overheadBytes: 10, rtcpOverheadBytes: 14 });
  });
});
