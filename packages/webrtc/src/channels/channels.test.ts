import { describe, expect, it } from 'vitest';
import { eventsOf, makePeer, negotiate, setRemote } from '../../test/support/peers.ts';
import type { SessionDescription } from '../index.ts';

describe('data channels', () => {
  it('created before the association wait, and open on it in order', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const first = a.machine.createDataChannel(0, { label: 'first' });
    const second = a.machine.createDataChannel(0, { label: 'second' });
    expect([first.state, first.id, a.machine.bufferedAmount(first)]).toEqual(['connecting', undefined, 0]);
    a.machine.setBufferedAmountLowThreshold(first, 10);
    negotiate(a, b);
    expect([first.id, second.id]).toEqual([0, 2]);
    expect(() => a.machine.send(0, first, new Uint8Array(1), 0, 1, true)).toThrow(
      expect.objectContaining({ code: 'invalid-state' }),
    );
    a.session.events.push({ type: 'channel-open', channel: 0 });
    a.machine.handleTimeout(0);
    expect(eventsOf(a, 'channel-open').map((event) => event.channel)).toEqual([first]);
    expect(a.machine.send(0, first, new Uint8Array(1), 0, 1, true)).toBe(0);
    expect(a.machine.bufferedAmount(first)).toBe(7);
    expect(a.machine.channelOf(0)).toBe(first);
  });

  it('of the peer are told once and are open', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.createDataChannel(0, { label: 'x' });
    negotiate(a, b);
    const info = b.session.channelInfo(4);
    b.session.events.push({ type: 'channel', channel: 4, info }, { type: 'channel-open', channel: 4 });
    b.machine.handleTimeout(0);
    const [{ channel }] = eventsOf(b, 'datachannel');
    expect([channel.label, channel.incoming, channel.state]).toEqual(['channel 4', true, 'open']);
    expect(eventsOf(b, 'channel-open')).toHaveLength(0);
  });

  it('of the peer that are over before they are told harm nothing, and are told', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.createDataChannel(0, { label: 'x' });
    negotiate(a, b);
    const info = b.session.channelInfo(4);
    b.session.channelInfo = () => {
      throw new Error('there is no channel 4');
    };
    const channel = 4;
    b.session.events.push({ type: 'channel', channel, info }, { type: 'channel-closed', channel, isEnd: true });
    b.machine.handleTimeout(0);
    expect(eventsOf(b, 'datachannel')).toMatchObject([{ channel: { label: 'channel 4', state: 'closed' } }]);
    expect(eventsOf(b, 'channel-closed')).toHaveLength(1);
  });

  it('close: waiting ones at once, open ones when the association says so', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const gone = a.machine.createDataChannel(0, { label: 'gone' });
    const kept = a.machine.createDataChannel(0, { label: 'kept' });
    a.machine.closeChannel(0, gone);
    expect(gone.state).toBe('closed');
    negotiate(a, b);
    expect(gone.id).toBeUndefined();
    a.machine.closeChannel(0, kept);
    expect(kept.state).toBe('closed');
    expect(eventsOf(a, 'channel-closed').map((event) => event.channel)).toEqual([gone, kept]);
    expect(a.machine.send(0, kept, new Uint8Array(1), 0, 1, true)).toBe(3);
    expect(a.machine.channelOf(0)).toBeUndefined();
  });

  it('that the peer refuses never open', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    const channel = a.machine.createDataChannel(0, { label: 'd' });
    a.machine.setLocalDescription(0);
    setRemote(b, a.machine.localDescription as SessionDescription);
    b.machine.setLocalDescription(0);
    const { sdp } = b.machine.localDescription as SessionDescription;
    const refusing = sdp.replace('m=application 9', 'm=application 0').replace('BUNDLE 0 1', 'BUNDLE 0');
    setRemote(a, { type: 'answer', sdp: refusing });
    expect(channel.state).toBe('closed');
    expect(a.session.remotes.at(-1)?.sctp).toBeUndefined();
  });

  it('end with the association and with the connection', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const channel = a.machine.createDataChannel(0, { label: 'd' });
    negotiate(a, b);
    a.session.events.push({ type: 'sctp-closed', reason: 'aborted', detail: '' } as never);
    a.machine.handleTimeout(0);
    expect(channel.state).toBe('closed');
    const other = b.machine.createDataChannel(0, { label: 'e' });
    b.machine.close(0);
    expect(other.state).toBe('closed');
    expect(eventsOf(b, 'closed')).toHaveLength(1);
    b.machine.close(0);
    expect(eventsOf(b, 'closed')).toHaveLength(1);
    expect(eventsOf(b, 'connectionstatechange').at(-1)?.state).toBe('closed');
  });

  it('with options that exclude each other are misuse', () => {
    const a = makePeer(1);
    const misuse = expect.objectContaining({ code: 'type-error' });
    expect(() => a.machine.createDataChannel(0, { label: '', maxRetransmits: 1, maxPacketLifeTimeMs: 1 })).toThrow(
      misuse,
    );
    expect(() => a.machine.createDataChannel(0, { label: '', negotiated: true })).toThrow(misuse);
    expect(() => a.machine.createDataChannel(0, { label: 'ä'.repeat(40_000) })).toThrow(misuse);
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(0);
  });
});
