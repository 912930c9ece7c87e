import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { bytesOf, configOf, hex, masterKey, rtpPacket, slotWith, textOf } from '../test/support.ts';
import { DTLS_SRTP_PROFILES, SrtpProfile } from './profile.ts';
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

  it('refuses a packet that is longer than the keystream of an index', () => {
    const sender = context('send');
    const length = 2 ** 20 + 12;
    for (const [seal, packet] of [
      ['sealRtp', rtpPacket(5, 1)],
      ['sealRtcp', hex(rtcp)],
    ] as const) {
      const buffer = new Uint8Array(length + 48);
      buffer.set(packet);
      expect(sender[seal]({ ...slotWith(packet), buffer, offset: 0, length })).toBe(Verdict.overLimit);
    }
    expect(sender.ssrcs).toBe(0);
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

describe('master keys by name', () => {
  const names = [Uint8Array.of(0, 1), Uint8Array.of(0, 2), Uint8Array.of(0, 3)];
  const keyOf = (i: number) => ({ key: configOf(7, i).key, salt: configOf(7, i).salt, mki: names[i] });
  const both = () => new SrtpContext({ ...configOf(7), ...keyOf(0), otherKeys: [keyOf(1)] });

  it('open what each has sealed, and indices go on over a change', () => {
    const [sender, receiver] = [both(), both()];
    const opened = [0, 1, 2, 3].map((sequence) => {
      if (sequence === 2) sender.useMasterKey(names[1]);
      const slot = slotWith(rtpPacket(5, sequence));
      expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
      expect(textOf(slot).slice(-4)).toBe(sequence < 2 ? '0001' : '0002');
      return receiver.openRtp(slot);
    });
    expect(opened).toEqual([0, 0, 0, 0]);
    // Under the key before, the same index is another keystream; still it is one that was used.
    sender.useMasterKey(names[0]);
    expect(sender.sealRtp(slotWith(rtpPacket(5, 3)))).toBe(Verdict.replayed);
  });

  it('refuse what none of them has sealed', () => {
    const stranger = new SrtpContext({ ...configOf(7), ...keyOf(2) });
    const slot = slotWith(rtpPacket(5, 1));
    stranger.sealRtp(slot);
    expect(both().openRtp(slot)).toBe(Verdict.unauthenticated);
    expect(() => both().useMasterKey(names[2])).toThrow(expect.objectContaining({ code: 'unknown-key' }));
  });
});

describe('handing over', () => {
  it('leaves the streams to another context, and nothing to this one', () => {
    const first = context('send');
    first.sealRtp(slotWith(rtpPacket(0xffffffff, 65_535)));
    first.sealRtp(slotWith(rtpPacket(0xffffffff, 0)));
    first.sealRtcp(slotWith(hex(rtcp)));
    const state = structuredClone(first.handOver());
    expect(state).toEqual({
      rtp: [{ ssrc: 0xffffffff, nextIndex: 65_537 }],
      rtcp: [{ ssrc: 0xcafebabe, nextIndex: 1 }],
    });
    const gone = expect.objectContaining({ code: 'handed-over' });
    expect(() => first.sealRtp(slotWith(rtpPacket(1, 1)))).toThrow(gone);
    expect(() => first.openRtcp(slotWith(hex(srtcp)))).toThrow(gone);
    expect(() => first.handOver()).toThrow(gone);
    const next = new SrtpContext({ profile: 1, ...masterKey, state });
    expect(next.sealRtp(slotWith(rtpPacket(0xffffffff, 0)))).toBe(Verdict.replayed);
    const slot = slotWith(hex(rtcp));
    next.sealRtcp(slot);
    expect(textOf(slot)).toBe(srtcp);
  });

  it('leaves a rollover counter that was told and not used', () => {
    const first = context('send');
    first.setRolloverCounter(5, 7);
    const next = new SrtpContext({ profile: 1, ...masterKey, state: structuredClone(first.handOver()) });
    const slot = slotWith(rtpPacket(5, 40_000));
    expect(next.sealRtp(slot)).toBe(Verdict.consumed);
    // Under the counter 0 it would be the keystream of a packet that was sent long ago.
    const other = context('send');
    other.resumeRtp(5, 7 * 65_536 + 40_000);
    const same = slotWith(rtpPacket(5, 40_000));
    other.sealRtp(same);
    expect(textOf(slot)).toBe(textOf(same));
  });

  it('leaves a stream that is used up as it is', () => {
    const first = context();
    first.resumeRtp(5, 2 ** 48 - 1);
    first.sealRtp(slotWith(rtpPacket(5, 65_535)));
    const next = new SrtpContext({ profile: 1, ...masterKey, state: first.handOver() });
    expect(next.sealRtp(slotWith(rtpPacket(5, 0)))).toBe(Verdict.overLimit);
  });
});

describe('profiles', () => {
  it.each([
    [SrtpProfile.aes128CmHmacSha1_32, 4, 14],
    [SrtpProfile.aeadAes128Gcm, 16, 20],
    [SrtpProfile.aes256CmHmacSha1_80, 10, 14],
    [SrtpProfile.nullHmacSha1_32, 4, 14],
  ])('%s adds so many bytes', (profile, overheadBytes, rtcpOverheadBytes) => {
    expect(new SrtpContext(configOf(profile))).toMatchObject({ overheadBytes, rtcpOverheadBytes });
    const named = new SrtpContext({ ...configOf(profile), mki: new Uint8Array(4) });
    expect(named).toMatchObject({ overheadBytes: overheadBytes + 4, rtcpOverheadBytes: rtcpOverheadBytes + 4 });
  });

  it('to be negotiated are numbers of use_srtp, and all encrypt', () => {
    expect(DTLS_SRTP_PROFILES.every((profile) => profile <= 0xffff)).toBe(true);
    for (const profile of DTLS_SRTP_PROFILES) {
      expect(() => new SrtpContext({ ...configOf(profile), allowNullCipher: false })).not.toThrow();
    }
  });

  it('that do not encrypt refuse SRTCP that says it is encrypted, as the others the other way round', () => {
    const slot = slotWith(hex(rtcp));
    new SrtpContext(configOf(SrtpProfile.nullHmacSha1_80)).sealRtcp(slot);
    expect(textOf(slot).slice(0, rtcp.length)).toBe(rtcp);
    expect(new SrtpContext(configOf(SrtpProfile.nullHmacSha1_80)).openRtcp(slotWith(hex(srtcp)))).toBe(
      Verdict.unsupported,
    );
  });
});

describe('the rollover counter that is said', () => {
  const sealAt = (index: number) => {
    const sender = context();
    sender.resumeRtp(5, index);
    const slot = slotWith(rtpPacket(5, index % 65_536));
    sender.sealRtp(slot);
    return slot;
  };

  it.each([3 * 65_536, 3 * 65_536 + 40_000, 3 * 65_536 + 65_535, 2 ** 48 - 1])(
    'is that of the next packet: %s',
    (index) => {
      const late = context();
      expect(late.openRtp(sealAt(index))).toBe(Verdict.unauthenticated);
      late.setRolloverCounter(5, Math.floor(index / 65_536));
      // A forged packet does not use it up.
      expect(late.openRtp(slotWith(rtpPacket(5, 100, 50)))).toBe(Verdict.unauthenticated);
      expect(late.openRtp(sealAt(index))).toBe(Verdict.consumed);
      // From then on it is estimated.
      if (index < 2 ** 48 - 1) expect(late.openRtp(sealAt(index + 1))).toBe(Verdict.consumed);
      expect(late.openRtp(sealAt(index))).toBe(Verdict.replayed);
      const sender = context();
      sender.setRolloverCounter(5, Math.floor(index / 65_536));
      const slot = slotWith(rtpPacket(5, index % 65_536));
      sender.sealRtp(slot);
      expect(bytesOf(slot)).toEqual(bytesOf(sealAt(index)));
    },
  );

  it('never goes back, and is a number of 32 bits', () => {
    const receiver = context();
    receiver.resumeRtp(5, 7 * 65_536 + 3);
    const wrong = expect.objectContaining({ code: 'out-of-range' });
    for (const counter of [6, -1, 0.5, 2 ** 32]) expect(() => receiver.setRolloverCounter(5, counter)).toThrow(wrong);
    receiver.setRolloverCounter(5, 7);
    expect(receiver.openRtp(sealAt(7 * 65_536 + 2))).toBe(Verdict.replayed);
    expect(receiver.openRtp(sealAt(7 * 65_536 + 9))).toBe(Verdict.consumed);
    const full = new SrtpContext({ profile: 1, ...masterKey, maxSsrcs: 1 });
    full.setRolloverCounter(1, 0);
    expect(() => full.setRolloverCounter(2, 0)).toThrow(wrong);
  });
});

describe('a stream that has not begun', () => {
  it.each(Object.entries(SrtpProfile))('is not hindered by forged packets of others: %s', (_, profile) => {
    const [sender, receiver] = [new SrtpContext(configOf(profile)), new SrtpContext(configOf(profile))];
    for (const ssrc of [1, 2, 3]) {
      expect(receiver.openRtp(slotWith(rtpPacket(ssrc + 100, 7, 60)))).toBe(Verdict.unauthenticated);
      const slot = slotWith(rtpPacket(ssrc, 7));
      sender.sealRtp(slot);
      expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
    }
    expect(receiver.ssrcs).toBe(3);
  });
});

describe('session keys that are derived anew', () => {
  it('serve late packets of the span before, and streams that are not equally far', () => {
    const config = { ...configOf(7), keyDerivationRate: 16 };
    const [sender, receiver] = [new SrtpContext(config), new SrtpContext(config)];
    const sealed = Array.from({ length: 64 }, (_, i) => {
      const slot = slotWith(rtpPacket(1 + (i % 2), i >> 1 === 31 ? 500 : i));
      expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
      return slot;
    });
    // Every pair of neighbours the other way round, and the two streams always at different places.
    for (let i = 0; i < 64; i++) expect(receiver.openRtp(sealed[i ^ 3])).toBe(Verdict.consumed);
  });
});
