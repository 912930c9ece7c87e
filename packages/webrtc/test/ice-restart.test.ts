import { describe, expect, it } from 'vitest';
import { eventsOf, makePeer, negotiate, type Peer, setRemote } from './support/peers.ts';

/** Two connected peers with one base each. */
function pair(): { a: Peer; b: Peer } {
  const a = makePeer(1);
  const b = makePeer(2);
  a.machine.addTransceiver(0, 'audio');
  negotiate(a, b);
  for (const [i, { machine }] of [a, b].entries()) {
    machine.addBase(0, { base: 0, address: `192.0.2.${i}`, port: 5_000 });
    machine.endOfLocalCandidates(0);
  }
  return { a, b };
}

const ufrags = (peer: Peer): (string | null | undefined)[] =>
  eventsOf(peer, 'icecandidate').map(({ candidate }) => candidate?.usernameFragment);
const local = ({ machine }: Peer) => machine.localDescription as { type: 'offer' | 'answer'; sdp: string };

describe('ICE restart, RFC 8829 5.2.1 and 5.3.1', () => {
  it('changes the credentials of both sides, and the DTLS association stays', () => {
    const { a, b } = pair();
    const before = [a.session.iceParameters, b.session.iceParameters];
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    expect(local(a).sdp).toContain(`a=ice-ufrag:${a.session.iceParameters.ufrag}\r\n`);
    expect(local(a).sdp).not.toContain(`a=ice-ufrag:${before[0].ufrag}\r\n`);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    expect(local(b).sdp).not.toContain(`a=ice-ufrag:${before[1].ufrag}\r\n`);
    setRemote(a, local(b));
    expect(a.session.remotes.at(-1)).toMatchObject(b.session.iceParameters);
    expect(b.session.remotes.at(-1)).toMatchObject(a.session.iceParameters);
    expect(a.session.remotes.at(-1)?.dtlsRole).toBe(a.session.remotes[0].dtlsRole);
    expect([a.machine.signalingState, b.machine.signalingState]).toEqual(['stable', 'stable']);
  });

  it('tells candidates under the new name once the description has it, and their end again', () => {
    const { a, b } = pair();
    const { ufrag } = a.session.iceParameters;
    expect(ufrags(a)).toEqual([ufrag, undefined]);
    const offer = a.machine.createOffer(0, { iceRestart: true });
    expect(ufrags(a)).toEqual([ufrag, undefined]);
    // The description in force is still the old one.
    expect(local(a).sdp).toContain(`a=ice-ufrag:${ufrag}\r\n`);
    a.machine.setLocalDescription(0, offer);
    const renewed = a.session.iceParameters.ufrag;
    expect(ufrags(a)).toEqual([ufrag, undefined, renewed, undefined]);
    expect(eventsOf(a, 'icegatheringstatechange').map(({ state }) => state)).toEqual(['gathering', 'complete']);
    setRemote(b, local(a));
    expect(ufrags(b)).toHaveLength(2);
    b.machine.setLocalDescription(0);
    expect(ufrags(b).slice(2)).toEqual([b.session.iceParameters.ufrag, undefined]);
  });

  it('is wanted by restartIce until it is agreed', () => {
    const { a, b } = pair();
    const before = eventsOf(a, 'negotiationneeded').length;
    a.machine.restartIce(0);
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(before + 1);
    const { ufrag } = a.session.iceParameters;
    negotiate(a, b);
    expect(a.session.iceParameters.ufrag).not.toBe(ufrag);
    negotiate(a, b);
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(before + 1);
    expect(a.session.remotes.at(-1)).toMatchObject(b.session.iceParameters);
  });

  it('is undone by a rollback on either side', () => {
    const { a, b } = pair();
    const before = [a.session.iceParameters, b.session.iceParameters];
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    setRemote(b, local(a));
    a.machine.setLocalDescription(0, { type: 'rollback' });
    setRemote(b, { type: 'rollback', sdp: '' });
    expect([a.session.iceParameters, b.session.iceParameters]).toEqual(before);
    negotiate(b, a);
    // What restarted is wanted still: W3C takes the wish back only when it is agreed.
    negotiate(a, b);
    expect(a.session.iceParameters.ufrag).not.toBe(before[0].ufrag);
  });

  it('of both at once gives way to the offer that is taken', () => {
    const { a, b } = pair();
    for (const { machine } of [a, b]) machine.setLocalDescription(0, machine.createOffer(0, { iceRestart: true }));
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    setRemote(a, local(b));
    expect(a.session.remotes.at(-1)).toMatchObject(b.session.iceParameters);
    expect(b.session.remotes.at(-1)).toMatchObject(a.session.iceParameters);
  });

  it('takes late candidates of the session in force while an offer to restart is pending, each for its own', () => {
    const { a, b } = pair();
    const before = a.session.iceParameters.ufrag;
    const candidate = (port: number, ufrag: string) => ({
      candidate: `candidate:1 1 udp 1 192.0.2.9 ${port} typ host`,
      sdpMid: '0',
      usernameFragment: ufrag,
    });
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    const renewed = a.session.iceParameters.ufrag;
    setRemote(b, local(a));
    const known = b.session.remoteCandidates.length;
    expect(b.machine.addIceCandidate(0, candidate(1, before))).toBeUndefined();
    expect(b.session.remoteCandidates.slice(known)).toMatchObject([{ port: 1 }]);
    expect(b.machine.currentRemoteDescription?.sdp).toContain('192.0.2.9 1 ');
    expect(b.machine.pendingRemoteDescription?.sdp).not.toContain('192.0.2.9 1 ');
    expect(b.machine.addIceCandidate(0, { candidate: '', sdpMid: '0', usernameFragment: before })).toBeUndefined();
    expect(b.session.isRemoteEnd).toBe(true);
    // Those of the new one wait for the answer.
    expect(b.machine.addIceCandidate(0, candidate(2, renewed))).toBeUndefined();
    expect(b.machine.addIceCandidate(0, candidate(3, 'other'))).toMatchObject({ reason: 'bad-ufrag' });
    expect(b.session.remoteCandidates.at(-1)).toMatchObject({ port: 1 });
    b.machine.setLocalDescription(0);
    expect(b.session.remoteCandidates.at(-1)).toMatchObject({ port: 2 });
    expect(b.machine.addIceCandidate(0, candidate(4, before))).toMatchObject({ reason: 'bad-ufrag' });
  });

  it('is not over when word comes late that the candidates of the session before are', () => {
    const { a, b } = pair();
    const before = a.session.iceParameters.ufrag;
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    b.session.isRemoteEnd = false;
    const end = (usernameFragment: string) => b.machine.addIceCandidate(0, { candidate: '', usernameFragment });
    expect(end(before)).toMatchObject({ reason: 'bad-ufrag' });
    expect(b.session.isRemoteEnd).toBe(false);
    expect(end(a.session.iceParameters.ufrag)).toBeUndefined();
    expect(b.session.isRemoteEnd).toBe(true);
  });

  it('needs something to restart', () => {
    const a = makePeer(1);
    a.machine.addTransceiver(0, 'audio');
    const { ufrag } = a.session.iceParameters;
    a.machine.restartIce(0);
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    expect(a.session.iceParameters.ufrag).toBe(ufrag);
  });
});
