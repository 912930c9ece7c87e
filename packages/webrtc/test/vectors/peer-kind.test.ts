import { readdirSync, readFileSync } from 'node:fs';
import { bundleTransport } from '@hawser/sdp';
import { describe, expect, it } from 'vitest';
import { peerKind, reorderBudgetOf } from '../../src/negotiation/peer-kind.ts';
import { makePeer, parsed } from '../support/peers.ts';

const folder = new URL('./captures/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.sdp'));
const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8');

/** werift wrote these two: in calls with Chromium, one of them named after it. */
const WERIFT = ['chromium-werift-multipath-dup-pathfail-av.offer.sdp', 'werift-chromium-datachannel.offer.sdp'];

function kindIn(name: string): string {
  if (WERIFT.includes(name)) return 'unknown';
  return name.startsWith('firefox-') ? 'firefox' : 'libwebrtc';
}

function kindOf(sdp: string): string {
  const description = parsed({ type: 'offer', sdp });
  const transport = bundleTransport(description);
  if (transport === undefined) throw new Error('no transport');
  return peerKind(description, transport);
}

describe('whose description it is', () => {
  it.each(names)('%s', (name) => expect(kindOf(textOf(name))).toBe(kindIn(name)));

  it('has offers and answers of both browsers, and a third that imitates one', () => {
    const kinds = names.map((name) => `${kindIn(name)} ${name.includes('answer') ? 'answer' : 'offer'}`);
    for (const kind of ['libwebrtc', 'firefox']) {
      expect(kinds).toContain(`${kind} offer`);
      expect(kinds).toContain(`${kind} answer`);
    }
    expect(names).toEqual(expect.arrayContaining(WERIFT));
  });

  const chromium = textOf('chromium-data-only-offer.sdp');
  it.each([
    ['another origin', chromium.replace('IN IP4 127.0.0.1', 'IN IP4 192.0.2.1')],
    ['streams not named', chromium.replace('a=msid-semantic: WMS', 'a=msid-semantic: WMS *')],
    ['no mixed extmaps', chromium.replace('a=extmap-allow-mixed\r\n', '')],
    ['a password of libnice', chromium.replace(/a=ice-pwd:.*/, 'a=ice-pwd:0123456789012345678901')],
    ['a ufrag of pion', chromium.replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:0123456789abcdef')],
  ])('is unknown with %s', (_what, sdp) => {
    expect(sdp).not.toBe(chromium);
    expect(kindOf(sdp)).toBe('unknown');
  });

  it('our own mark goes before any guess, version 0 of it is none', () => {
    const [version, origin, ...rest] = chromium.split('\r\n');
    const marked = (mark: string) => [version, origin, ...rest.slice(0, 3), mark, ...rest.slice(3)].join('\r\n');
    expect(kindOf(marked('a=hawser:1'))).toBe('hawser');
    expect(kindOf(marked('a=hawser:0'))).toBe('libwebrtc');
  });
});

describe('what the session is told of the replay windows', () => {
  it.each([
    ['chromium-audio-video-data-offer.sdp', { records: 192, srtpPackets: 768 }],
    ['firefox-audio-video-data-offer.sdp', { records: 768, srtpPackets: 768 }],
    ['werift-chromium-datachannel.offer.sdp', undefined],
  ])('%s', (name, budget) => {
    const { machine, session } = makePeer(1);
    expect(machine.setRemoteDescription(0, { type: 'offer', sdp: textOf(name) })).toBeUndefined();
    machine.setLocalDescription(0);
    expect(session.remotes[0].reorderBudget).toEqual(budget);
    expect(session.remotes[0].hawser).toBe(false);
  });

  it('between two of ours nothing bounds the skew', () => {
    const [a, b] = [makePeer(1), makePeer(2)];
    a.machine.createDataChannel(0, { label: 'x' });
    a.machine.setLocalDescription(0);
    const offer = a.machine.localDescription;
    if (offer === null) throw new Error('no offer');
    expect(b.machine.setRemoteDescription(0, offer)).toBeUndefined();
    b.machine.setLocalDescription(0);
    expect(b.session.remotes[0]).toMatchObject({ hawser: true, reorderBudget: reorderBudgetOf('hawser') });
    expect(reorderBudgetOf('hawser')).toEqual({ records: Infinity, srtpPackets: Infinity });
  });
});
