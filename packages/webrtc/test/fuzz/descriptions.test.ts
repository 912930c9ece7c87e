import { readdirSync, readFileSync } from 'node:fs';
import { deterministicCrypto, generateCertificate } from '@hawser/dtls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PeerConnectionMachine, type SessionDescription, WebrtcError } from '../../src/index.ts';
import { countingEnv, makePeer, negotiate, type Peer, setRemote } from '../support/peers.ts';

const folder = new URL('../vectors/captures/', import.meta.url);
const offers = readdirSync(folder)
  .filter((name) => name.endsWith('.sdp'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

const damage = fc.record({
  at: fc.nat(),
  remove: fc.nat(30),
  insert: fc.string({ maxLength: 6 }),
  swap: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: undefined }),
});

function damaged(text: string, how: { at: number; remove: number; insert: string; swap?: [number, number] }): string {
  const at = how.at % (text.length + 1);
  const cut = text.slice(0, at) + how.insert + text.slice(at + how.remove);
  if (how.swap === undefined) return cut;
  const lines = cut.split('\r\n');
  const i = how.swap[0] % lines.length;
  const j = how.swap[1] % lines.length;
  [lines[i], lines[j]] = [lines[j], lines[i]];
  return lines.join('\r\n');
}

/** The peer may say anything; afterwards it still negotiates with a good one. */
function isUsable(peer: Peer): void {
  if (peer.machine.signalingState !== 'stable') setRemote(peer, { type: 'rollback', sdp: '' });
  expect(peer.machine.signalingState).toBe('stable');
}

describe('damaged descriptions', () => {
  it('as offers: refused or answered, never thrown, and the machine goes on', () => {
    fc.assert(
      fc.property(fc.constantFrom(...offers), damage, (text, how) => {
        const peer = makePeer(1);
        const error = peer.machine.setRemoteDescription(0, { type: 'offer', sdp: damaged(text, how as never) });
        if (error === undefined) {
          peer.machine.createAnswer(0);
          // An answer that accepts nothing, or in which nothing fits, is refused with a code; nothing else comes out.
          try {
            peer.machine.setLocalDescription(0);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: expect.stringMatching(/^(invalid-access|not-supported)$/) });
          }
        }
        isUsable(peer);
      }),
      { numRuns: 400 },
    );
  });

  it('as answers: the offer stays pending until a good one comes', () => {
    fc.assert(
      fc.property(damage, fc.constantFrom<('answer' | 'pranswer')[]>('answer', 'pranswer'), (how, type) => {
        const a = makePeer(1);
        const b = makePeer(2);
        a.machine.addTransceiver(0, 'audio');
        a.machine.addTransceiver(0, 'video');
        a.machine.createDataChannel(0, { label: 'd' });
        a.machine.setLocalDescription(0);
        setRemote(b, a.machine.localDescription as SessionDescription);
        b.machine.setLocalDescription(0);
        const good = (b.machine.localDescription as SessionDescription).sdp;
        const error = a.machine.setRemoteDescription(0, { type, sdp: damaged(good, how as never) });
        if (error === undefined) return;
        expect(a.machine.signalingState).toBe('have-local-offer');
        expect(a.session.remotes).toHaveLength(0);
        expect(a.machine.setRemoteDescription(0, { type: 'answer', sdp: good })).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('as re-offers: what was agreed stays agreed', () => {
    fc.assert(
      fc.property(damage, (how) => {
        const a = makePeer(1);
        const b = makePeer(2);
        a.machine.addTransceiver(0, 'audio');
        a.machine.addTransceiver(0, 'video');
        negotiate(a, b);
        const agreed = b.machine.transceivers.map((t) => [t.mid, t.currentDirection]);
        a.machine.setLocalDescription(0);
        const offer = (a.machine.localDescription as SessionDescription).sdp;
        b.machine.setRemoteDescription(0, { type: 'offer', sdp: damaged(offer, how as never) });
        isUsable(b);
        expect(b.machine.transceivers.map((t) => [t.mid, t.currentDirection])).toEqual(agreed);
        expect(b.machine.setRemoteDescription(0, { type: 'offer', sdp: offer })).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe('on a real session', () => {
  const certificate = generateCertificate({ unixMs: 1.8e12, secure: countingEnv(9).secure }, deterministicCrypto);
  const make = (seed: number) =>
    new PeerConnectionMachine({ certificate, crypto: { dtls: deterministicCrypto } }, countingEnv(seed));

  it('damaged offers and answers throw nothing that the peer could cause', () => {
    fc.assert(
      fc.property(damage, fc.boolean(), (how, isAnswer) => {
        const a = make(1);
        const b = make(2);
        a.addTransceiver(0, 'audio');
        a.createDataChannel(0, { label: 'd' });
        a.setLocalDescription(0);
        const offer = (a.localDescription as SessionDescription).sdp;
        const error = b.setRemoteDescription(0, {
          type: 'offer',
          sdp: isAnswer ? offer : damaged(offer, how as never),
        });
        if (error !== undefined) return;
        try {
          b.setLocalDescription(0);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WebrtcError);
          return;
        }
        const answer = (b.localDescription as SessionDescription).sdp;
        a.setRemoteDescription(0, { type: 'answer', sdp: isAnswer ? damaged(answer, how as never) : answer });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [/a=sctp-port:5000/g, 'a=sctp-port:0', 'invalid-access'],
    [/a=fingerprint:.*/g, `a=fingerprint:sha-1 ${Array(20).fill('AB').join(':')}`, 'not-supported'],
    [/a=fingerprint:.*/g, 'a=fingerprint:sha-999 AB:CD', 'not-supported'],
  ])('an answer with %s changed to %s is refused', (from, to, code) => {
    const a = make(1);
    const b = make(2);
    a.createDataChannel(0, { label: 'd' });
    a.setLocalDescription(0);
    expect(b.setRemoteDescription(0, a.localDescription as SessionDescription)).toBeUndefined();
    b.setLocalDescription(0);
    const answer = (b.localDescription as SessionDescription).sdp;
    expect(a.setRemoteDescription(0, { type: 'answer', sdp: answer.replace(from, to) })?.code).toBe(code);
    expect(a.setRemoteDescription(0, { type: 'answer', sdp: answer })).toBeUndefined();
  });
});

it('candidates of any text', () => {
  const a = makePeer(1);
  const b = makePeer(2);
  a.machine.addTransceiver(0, 'audio');
  negotiate(a, b);
  const good = 'candidate:1 1 udp 2113937151 192.0.2.1 4000 typ host generation 0 ufrag abcd network-cost 50';
  fc.assert(
    fc.property(
      damage,
      fc.option(fc.constantFrom('0', '', 'x'), { nil: null }),
      fc.option(fc.integer(), { nil: null }),
      (how, mid, index) => {
        const error = b.machine.addIceCandidate(0, {
          candidate: damaged(good, how as never),
          sdpMid: mid,
          sdpMLineIndex: index,
        });
        if (error !== undefined) expect(error.code).toMatch(/^(type-error|operation-error)$/);
      },
    ),
    { numRuns: 500 },
  );
  expect(b.machine.signalingState).toBe('stable');
});
