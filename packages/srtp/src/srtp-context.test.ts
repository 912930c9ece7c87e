import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { hex, masterKey, slotWith, textOf } from '../test/support.ts';
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
});
