import { codecsOf, directionOf, verifyAnswer, verifyOffer } from '@hawser/sdp';
import { describe, expect, it } from 'vitest';
import { MID_URI, type SessionDescription, TRANSPORT_CC_URI } from '../src/index.ts';
import { candidatesOf, eventsOf, makePeer, negotiate, type Peer, parsed, setRemote } from './support/peers.ts';

const local = (peer: Peer): SessionDescription => peer.machine.localDescription as SessionDescription;
const codes = (peer: Peer, sdp: string, type: 'offer' | 'answer' = 'offer') =>
  peer.machine.setRemoteDescription(0, { type, sdp });

describe('two of ours', () => {
  it('agree on audio, video and data over one bundled transport', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const audio = a.machine.addTransceiver(0, 'audio', { streams: ['s'] });
    const video = a.machine.addTransceiver(0, 'video', { direction: 'sendonly' });
    const channel = a.machine.createDataChannel(0, { label: 'd' });
    negotiate(a, b);

    const offer = parsed(a.machine.currentLocalDescription);
    const answer = parsed(a.machine.currentRemoteDescription);
    expect(verifyOffer(offer)).toBeUndefined();
    expect(verifyAnswer(offer, answer)).toBeUndefined();
    expect(offer.groups).toEqual([{ semantics: 'BUNDLE', mids: ['0', '1', '2'] }]);
    expect(answer.groups).toEqual(offer.groups);
    expect([offer.hawser, answer.hawser]).toEqual([1, 1]);
    expect([a.machine.signalingState, b.machine.signalingState]).toEqual(['stable', 'stable']);

    expect([audio.mid, audio.currentDirection]).toEqual(['0', 'sendonly']);
    expect([video.mid, video.currentDirection]).toEqual(['1', 'sendonly']);
    expect(b.machine.transceivers.map((t) => [t.kind, t.mid, t.direction, t.currentDirection])).toEqual([
      ['audio', '0', 'recvonly', 'recvonly'],
      ['video', '1', 'recvonly', 'recvonly'],
    ]);
    expect(audio.sendCodecs.map((codec) => codec.name)).toEqual(['opus', 'PCMU', 'PCMA']);
    expect(audio.headerExtensions.get(MID_URI)).toBe(1);
    expect(channel.id).toBe(0);
    expect(eventsOf(b, 'track').map((event) => [event.transceiver.mid, event.streams])).toEqual([
      ['0', ['s']],
      ['1', []],
    ]);

    expect(a.session.role).toBe('controlling');
    expect(b.session.role).toBe('controlled');
    expect(a.session.remotes.at(-1)).toEqual({
      ...b.session.iceParameters,
      renomination: false,
      renomination2: false,
      lite: false,
      hawser: true,
      reorderBudget: { records: Number.POSITIVE_INFINITY, srtpPackets: Number.POSITIVE_INFINITY },
      fingerprints: [b.session.fingerprint],
      dtlsRole: 'server',
      sctp: { remotePort: 5000, maxMessageSizeBytes: 262_144 },
      transportCcExtensionId: audio.headerExtensions.get(TRANSPORT_CC_URI),
      clockRates: expect.any(Map),
    });
    const clockRates = a.session.remotes.at(-1)?.clockRates;
    for (const codec of audio.sendCodecs) expect(clockRates?.get(codec.payloadType)).toBe(codec.clockRateHz);
    expect(b.session.remotes.at(-1)).toMatchObject({ ...a.session.iceParameters, dtlsRole: 'client' });
  });

  it('add a section later without touching the transport, and keep its numbers', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    negotiate(a, b);
    const before = codecsOf(parsed(a.machine.currentLocalDescription).media[0]);
    b.machine.addTransceiver(0, 'video');
    negotiate(b, a);
    expect(a.machine.transceivers.map((t) => [t.kind, t.mid])).toEqual([
      ['audio', '0'],
      ['video', '1'],
    ]);
    expect(codecsOf(parsed(b.machine.currentLocalDescription).media[0]).map((c) => c.payloadType)).toEqual(
      before.map((c) => c.payloadType),
    );
    // The DTLS association keeps its roles whoever offers, and ICE its.
    expect(a.session.remotes.at(-1)?.dtlsRole).toBe('server');
    expect(b.session.remotes.at(-1)?.dtlsRole).toBe('client');
    expect([a.session.role, b.session.role]).toEqual(['controlling', 'controlled']);
  });

  it('hold and resume', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const ours = a.machine.addTransceiver(0, 'audio');
    negotiate(a, b, (peer) => peer.machine.addTrack(0, 'audio', ['back']));
    expect(ours.currentDirection).toBe('sendrecv');
    expect(eventsOf(a, 'track')).toHaveLength(1);
    ours.direction = 'inactive';
    negotiate(a, b);
    expect(ours.currentDirection).toBe('inactive');
    expect(eventsOf(b, 'trackended')).toHaveLength(1);
    ours.direction = 'sendrecv';
    negotiate(a, b);
    expect(b.machine.transceivers[0].currentDirection).toBe('sendrecv');
    expect(eventsOf(b, 'track')).toHaveLength(2);
  });

  it('stop a section with port 0, then recycle it under a new mid', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const first = a.machine.addTransceiver(0, 'audio');
    a.machine.addTransceiver(0, 'video');
    negotiate(a, b);
    first.stop();
    expect(eventsOf(a, 'negotiationneeded').length).toBeGreaterThan(0);
    negotiate(a, b);
    expect([first.state, first.mid, first.currentDirection]).toEqual(['stopped', null, null]);
    expect(b.machine.transceivers.map((t) => t.kind)).toEqual(['video']);
    const stopped = parsed(a.machine.currentLocalDescription);
    expect(stopped.media.map((media) => media.port)).toEqual([0, 9]);
    expect(stopped.groups[0].mids).toEqual(['1']);
    a.machine.addTransceiver(0, 'video');
    negotiate(a, b);
    const recycled = parsed(a.machine.currentLocalDescription);
    expect(recycled.media.map((media) => [media.kind, media.mid, media.port])).toEqual([
      ['video', '2', 9],
      ['video', '1', 9],
    ]);
    expect(b.machine.transceivers.map((t) => t.mid).sort()).toEqual(['1', '2']);
  });

  it('offer payload types that mean one thing in all sections', () => {
    const a = makePeer(1);
    for (const kind of ['video', 'audio', 'video'] as const) a.machine.addTransceiver(0, kind);
    a.machine.setLocalDescription(0);
    const meanings = new Map<number, string>();
    for (const media of parsed(local(a)).media) {
      for (const { payloadType, name, parameters, rtxPayloadType } of codecsOf(media)) {
        expect(meanings.get(payloadType) ?? `${name} ${parameters}`).toBe(`${name} ${parameters}`);
        meanings.set(payloadType, `${name} ${parameters}`);
        if (rtxPayloadType !== undefined) meanings.set(rtxPayloadType, `rtx ${payloadType}`);
      }
    }
    expect(meanings.size).toBe(3 + 10);
  });

  it('keep whatever SSRC they told, and tell different ones', () => {
    const a = makePeer(1);
    for (let i = 0; i < 20; i++) a.machine.addTransceiver(0, 'video');
    const ssrcs = a.machine.transceivers.flatMap((t) => [t.ssrc, t.rtxSsrc]);
    expect(new Set(ssrcs).size).toBe(40);
    a.machine.setLocalDescription(0);
    const [media] = parsed(local(a)).media;
    expect(media.ssrcGroups).toEqual([{ semantics: 'FID', ssrcs: ssrcs.slice(0, 2) }]);
  });
});

describe('rollback and glare', () => {
  it('a local offer taken back leaves nothing', () => {
    const a = makePeer(1);
    const t = a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    expect(t.mid).toBe('0');
    a.machine.setLocalDescription(0, { type: 'rollback' });
    expect([t.mid, a.machine.signalingState, a.machine.localDescription]).toEqual([null, 'stable', null]);
    expect(a.session.remotes).toHaveLength(0);
    // What was wanted is still wanted.
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(2);
  });

  it('a remote offer taken back takes its transceivers and tracks along', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    expect(b.machine.transceivers).toHaveLength(1);
    setRemote(b, { type: 'rollback', sdp: '' });
    expect(b.machine.transceivers).toHaveLength(0);
    expect(eventsOf(b, 'trackended')).toHaveLength(1);
    expect(b.machine.remoteDescription).toBeNull();
  });

  it('glare: the polite side gives way, and both end stable with everything', () => {
    const polite = makePeer(1);
    const rude = makePeer(2);
    polite.machine.addTransceiver(0, 'audio');
    rude.machine.addTransceiver(0, 'video');
    polite.machine.setLocalDescription(0);
    rude.machine.setLocalDescription(0);
    const crossing = local(polite);
    setRemote(polite, local(rude));
    expect(eventsOf(polite, 'signalingstatechange').map((event) => event.state)).toEqual([
      'have-local-offer',
      'stable',
      'have-remote-offer',
    ]);
    polite.machine.setLocalDescription(0);
    setRemote(rude, local(polite));
    expect(crossing.type).toBe('offer');
    expect(eventsOf(polite, 'negotiationneeded')).toHaveLength(2);
    negotiate(polite, rude);
    for (const peer of [polite, rude]) {
      expect(peer.machine.transceivers.map((t) => t.kind).sort()).toEqual(['audio', 'video']);
      expect(peer.machine.signalingState).toBe('stable');
    }
  });

  it('a provisional answer starts the transport, the final one settles', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    const { sdp } = b.machine.createAnswer(0);
    b.machine.setLocalDescription(0, { type: 'pranswer', sdp });
    setRemote(a, { type: 'pranswer', sdp });
    expect([a.machine.signalingState, b.machine.signalingState]).toEqual([
      'have-remote-pranswer',
      'have-local-pranswer',
    ]);
    expect(a.session.remotes).toHaveLength(1);
    expect(a.machine.currentLocalDescription).toBeNull();
    expect(() => a.machine.setLocalDescription(0, { type: 'rollback' })).toThrow(
      expect.objectContaining({ code: 'invalid-state' }),
    );
    b.machine.setLocalDescription(0, { type: 'answer', sdp });
    setRemote(a, { type: 'answer', sdp });
    expect([a.machine.signalingState, b.machine.signalingState]).toEqual(['stable', 'stable']);
  });
});

describe('negotiationneeded', () => {
  it('is fired once, and again only for what came after', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.addTransceiver(0, 'video');
    a.machine.createDataChannel(0, { label: 'x' });
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(1);
    negotiate(a, b);
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(1);
    expect(eventsOf(b, 'negotiationneeded')).toHaveLength(0);
    a.machine.createDataChannel(0, { label: 'y' });
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(1);
    a.machine.transceivers[0].direction = 'recvonly';
    a.machine.transceivers[0].direction = 'inactive';
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(2);
  });

  it('waits while not stable', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    a.machine.addTransceiver(0, 'video');
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(1);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    setRemote(a, local(b));
    expect(eventsOf(a, 'negotiationneeded')).toHaveLength(2);
  });
});

describe('candidates', () => {
  it('known before are in the description and are told; later ones trickle', () => {
    const a = makePeer(1);
    a.machine.addTransceiver(0, 'audio');
    a.machine.addBase(0, { base: 0, address: '192.0.2.1', port: 4000 });
    expect(candidatesOf(a)).toHaveLength(0);
    a.machine.setLocalDescription(0);
    expect(parsed(local(a)).media[0].candidates).toHaveLength(1);
    a.machine.addBase(0, { base: 1, address: '192.0.2.2', port: 4001 });
    a.machine.endOfLocalCandidates(0);
    expect(candidatesOf(a)).toMatchObject([
      { sdpMid: '0', sdpMLineIndex: 0, usernameFragment: a.session.iceParameters.ufrag },
      { candidate: expect.stringContaining('192.0.2.2 4001 typ host') },
    ]);
    expect(eventsOf(a, 'icecandidate').at(-1)?.candidate).toBeNull();
    expect(a.machine.iceGatheringState).toBe('complete');
    const [media] = parsed(local(a)).media;
    expect([media.candidates.length, media.endOfCandidates]).toEqual([2, true]);
  });

  it('of the peer wait for the answer, whether in the text or trickled', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.addTransceiver(0, 'video');
    a.machine.addBase(0, { base: 0, address: '192.0.2.1', port: 4000 });
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    a.machine.addBase(0, { base: 1, address: '192.0.2.2', port: 4001 });
    expect(b.machine.addIceCandidate(0, candidatesOf(a)[1])).toBeUndefined();
    expect(b.session.remoteCandidates).toHaveLength(0);
    expect(parsed(b.machine.remoteDescription).media[0].candidates).toHaveLength(2);
    b.machine.setLocalDescription(0);
    expect(b.session.remoteCandidates.map((candidate) => candidate.port)).toEqual([4000, 4001]);
    // Another section of the bundle has no transport of its own.
    const other = { ...candidatesOf(a)[1], sdpMid: '1', sdpMLineIndex: 1 };
    expect(b.machine.addIceCandidate(0, other)).toBeUndefined();
    expect(b.machine.counters.candidatesIgnored).toBe(1);
    expect(b.machine.addIceCandidate(0, null)).toBeUndefined();
    expect(b.session.isRemoteEnd).toBe(true);
  });

  it('that cannot be used are refused with a reason, never thrown', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    const good = 'candidate:1 1 udp 1 192.0.2.1 9 typ host';
    expect(b.machine.addIceCandidate(0, { candidate: good, sdpMid: '0' })?.code).toBe('invalid-state');
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    const codeOf = (init: Parameters<typeof b.machine.addIceCandidate>[1]) => b.machine.addIceCandidate(0, init)?.code;
    expect(codeOf({ candidate: good })).toBe('type-error');
    expect(codeOf({ candidate: good, sdpMid: 'x' })).toBe('operation-error');
    expect(codeOf({ candidate: good, sdpMLineIndex: 4 })).toBe('operation-error');
    expect(codeOf({ candidate: 'nonsense', sdpMid: '0' })).toBe('operation-error');
    expect(codeOf({ candidate: good, sdpMid: '0', usernameFragment: 'other' })).toBe('operation-error');
    expect(codeOf({ candidate: good.replace('udp', 'sctp'), sdpMid: '0' })).toBeUndefined();
    expect(codeOf({ candidate: good, sdpMid: '0' })).toBeUndefined();
    expect(b.machine.counters).toMatchObject({ candidatesRefused: 6, candidatesIgnored: 1 });
  });

  it.each([
    ['a=hawser:1', true],
    ['a=hawser:7', true],
    ['a=hawser:0', false],
    ['a=nothing', false],
  ])('take %s for Hawser: %s', (line, isHawser) => {
    const [a, b] = [makePeer(1), makePeer(2)];
    a.machine.createDataChannel(0, { label: 'x' });
    a.machine.setLocalDescription(0);
    setRemote(b, { type: 'offer', sdp: local(a).sdp.replace('a=hawser:1', line) });
    b.machine.setLocalDescription(0);
    expect(b.session.remotes.at(-1)?.hawser).toBe(isHawser);
    expect(b.machine.isHawserPeer).toBe(isHawser);
  });

  it('take a message size that no number here can hold', () => {
    const [a, b] = [makePeer(1), makePeer(2)];
    a.machine.createDataChannel(0, { label: 'x' });
    a.machine.setLocalDescription(0);
    const sdp = local(a).sdp.replace(/a=max-message-size:\d+/, 'a=max-message-size:18446744073709551615');
    setRemote(b, { type: 'offer', sdp });
    b.machine.setLocalDescription(0);
    expect(b.session.remotes.at(-1)?.sctp?.maxMessageSizeBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('offers renomination in the mode of that name only, and tells the transport what the peer offers', () => {
    const [a, b, plain] = [
      makePeer(1, { ice: { nomination: 'renominate' } }),
      makePeer(2, { ice: { nomination: 'renominate' } }),
      makePeer(3),
    ];
    for (const peer of [a, plain]) peer.machine.createDataChannel(0, { label: 'x' });
    negotiate(a, b);
    expect(a.machine.localDescription?.sdp).toContain('a=ice-options:trickle renomination renomination2\r\n');
    expect(b.machine.localDescription?.sdp).toContain('a=ice-options:trickle renomination renomination2\r\n');
    for (const peer of [a, b]) {
      expect(peer.session.remotes.at(-1)).toMatchObject({ renomination: true, renomination2: true });
    }
    const c = makePeer(4, { ice: { nomination: 'renominate' } });
    negotiate(plain, c);
    expect(plain.machine.localDescription?.sdp).not.toContain('renomination');
    expect(plain.session.remotes.at(-1)).toMatchObject({ renomination: true, renomination2: true });
    expect(c.session.remotes.at(-1)).toMatchObject({ renomination: false, renomination2: false });
  });

  it('trickle is said in an answer only to a peer that said it (RFC 8829 5.3.1)', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    expect(b.machine.canTrickleIceCandidates).toBeNull();
    setRemote(b, { type: 'offer', sdp: local(a).sdp.replace('a=ice-options:trickle\r\n', '') });
    expect(b.machine.canTrickleIceCandidates).toBe(false);
    b.machine.setLocalDescription(0);
    expect(parsed(local(b)).media[0].iceOptions).toEqual([]);
    setRemote(a, local(b));
    expect(a.machine.canTrickleIceCandidates).toBe(false);
    negotiate(a, b);
    expect(b.machine.canTrickleIceCandidates).toBe(true);
    expect(parsed(local(b)).media[0].iceOptions).toEqual(['trickle']);
  });

  it('are kept to a bound', () => {
    const a = makePeer(1);
    const b = makePeer(2, { maxRemoteCandidates: 8 });
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    for (let port = 1; port <= 20; port++) {
      b.machine.addIceCandidate(0, { candidate: `candidate:1 1 udp 1 192.0.2.1 ${port} typ host`, sdpMid: '0' });
    }
    b.machine.setLocalDescription(0);
    expect(b.session.remoteCandidates).toHaveLength(8);
    expect(b.machine.counters.candidatesIgnored).toBe(12);
  });
});

describe('what cannot be had', () => {
  it('a malformed description is refused with line and reason, and changes nothing', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    const text = local(a).sdp;
    const lines = text.split('\r\n');
    const at = lines.findIndex((line) => line.startsWith('a=fingerprint'));
    lines[at] = 'a=fingerprint:sha-256 nonsense';
    expect(codes(b, lines.join('\r\n'))).toMatchObject({
      code: 'operation-error',
      sdpLineNumber: at + 1,
      reason: 'bad-attribute',
    });
    expect(codes(b, '')).toMatchObject({ code: 'operation-error', sdpLineNumber: 1, reason: 'missing-line' });
    expect([b.machine.signalingState, b.machine.transceivers.length]).toEqual(['stable', 0]);
    expect(b.machine.counters.descriptionsRefused).toBe(2);
    expect(codes(b, text)).toBeUndefined();
  });

  it('the bound on transceivers is ours: an offer may have as many sections again, and no more', () => {
    const a = makePeer(1);
    const b = makePeer(2, { maxTransceivers: 3 });
    for (let i = 0; i < 3; i++) {
      a.machine.addTransceiver(0, 'audio');
      b.machine.addTransceiver(0, 'video');
    }
    expect(() => b.machine.addTransceiver(0, 'video')).toThrowError(expect.objectContaining({ code: 'invalid-state' }));
    negotiate(a, b);
    expect(b.machine.transceivers).toHaveLength(6);
    // An answer has as many sections as the offer of ours that it answers.
    negotiate(b, a);
    expect(b.machine.currentLocalDescription?.sdp.match(/^m=/gm)).toHaveLength(6);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    expect(codes(b, local(a).sdp)).toMatchObject({ code: 'operation-error', reason: 'too-long' });
    expect([b.machine.signalingState, b.machine.transceivers.length]).toEqual(['stable', 6]);
  });

  it('an answer that does not fit is refused, and the offer stays pending', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    const good = local(b).sdp;
    const refused: [string, string][] = [
      ['a=setup:active', 'a=setup:actpass'],
      ['a=mid:0', 'a=mid:7'],
      ['a=rtcp-mux\r\n', ''],
      ['m=audio', 'm=video'],
      [`a=ice-pwd:${b.session.iceParameters.pwd}\r\n`, ''],
      ['a=group:BUNDLE 0', 'a=group:BUNDLE 0 5'],
    ];
    for (const [from, to] of refused) {
      expect(good).toContain(from);
      expect(codes(a, good.replace(from, to), 'answer')?.code).toBe('invalid-access');
      expect(a.machine.signalingState).toBe('have-local-offer');
    }
    expect(codes(a, good, 'answer')).toBeUndefined();
  });

  it('an ICE restart by one side alone, RFC 8839 4.4', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    negotiate(a, b);
    a.machine.setLocalDescription(0, a.machine.createOffer(0, { iceRestart: true }));
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    const stubborn = local(b)
      .sdp.replaceAll(b.session.iceParameters.ufrag, b.session.iceParameters.ufrag.slice(0, -1))
      .replaceAll(b.session.iceParameters.pwd, b.session.iceParameters.pwd.slice(0, -1));
    expect(codes(a, stubborn, 'answer')).toMatchObject({ code: 'invalid-access', reason: 'one-sided-ice-restart' });
    expect(codes(a, local(b).sdp, 'answer')).toBeUndefined();
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    const eager = local(b).sdp.replaceAll(b.session.iceParameters.ufrag, 'fresh');
    expect(codes(a, eager, 'answer')).toMatchObject({ code: 'invalid-access', reason: 'one-sided-ice-restart' });
  });

  it('an offer that is not bundled: the first section is accepted, the others have port 0', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    for (const kind of ['audio', 'video'] as const) a.machine.addTransceiver(0, kind);
    a.machine.setLocalDescription(0);
    setRemote(b, { type: 'offer', sdp: local(a).sdp.replace(/a=group:BUNDLE.*\r\n/, '') });
    b.machine.setLocalDescription(0);
    expect(parsed(local(b)).media.map((media) => media.port)).toEqual([9, 0]);
    expect(parsed(local(b)).groups).toEqual([]);
  });

  it('an answer that wants two transports', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    for (const kind of ['audio', 'video'] as const) a.machine.addTransceiver(0, kind);
    a.machine.setLocalDescription(0);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    expect(codes(a, local(b).sdp.replace(/a=group:BUNDLE.*\r\n/, ''), 'answer')?.code).toBe('not-supported');
  });

  it('calls in the wrong state throw and change nothing', () => {
    const a = makePeer(1);
    const wrong = expect.objectContaining({ code: 'invalid-state' });
    expect(() => a.machine.createAnswer(0)).toThrow(wrong);
    expect(() => a.machine.setLocalDescription(0, { type: 'answer' })).toThrow(wrong);
    expect(codes(a, '', 'answer')?.code).toBe('invalid-state');
    const { sdp } = a.machine.createOffer(0);
    expect(() => a.machine.setLocalDescription(0, { type: 'offer', sdp: `${sdp}a=x\r\n` })).toThrow(
      expect.objectContaining({ code: 'invalid-modification' }),
    );
    a.machine.close(0);
    for (const call of [
      () => a.machine.createOffer(0),
      () => a.machine.addTransceiver(0, 'audio'),
      () => a.machine.createDataChannel(0, { label: '' }),
      () => a.machine.setLocalDescription(0),
    ]) {
      expect(call).toThrow(wrong);
    }
    expect(codes(a, sdp)?.code).toBe('invalid-state');
  });
});

describe('directions in the texts', () => {
  it('are reversed and intersected by the answerer', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio', { direction: 'recvonly' });
    negotiate(a, b, (peer) => {
      peer.machine.transceivers[0].direction = 'sendrecv';
    });
    const answer = parsed(b.machine.currentLocalDescription);
    expect(directionOf(answer, answer.media[0])).toBe('sendonly');
    expect(eventsOf(a, 'track')).toHaveLength(1);
  });
});

describe('the egress of a socket', () => {
  it('learned later, is handed on to the session', () => {
    const a = makePeer(1);
    a.machine.createDataChannel(0, { label: 'test' });
    a.machine.setLocalDescription(0);
    a.machine.addBase(0, { base: 0, address: '192.0.2.1', port: 4000 });
    a.machine.setBaseEgress(0, 0, 'eth0');
    expect([...a.session.egresses]).toEqual([[0, 'eth0']]);
    a.machine.setBaseEgress(0, 0, undefined);
    expect([...a.session.egresses]).toEqual([[0, undefined]]);
  });
});

describe('when the session ends by itself', () => {
  it('descriptions and sockets do no harm, and channels say that they cannot open', () => {
    const a = makePeer(1);
    const b = makePeer(2);
    a.machine.addTransceiver(0, 'audio');
    negotiate(a, b);
    b.session.events.push({ type: 'closed', reason: 'closed by the peer' });
    b.machine.handleTimeout(0);
    expect(b.machine.connectionState).toBe('closed');
    const started = b.session.remotes.length;
    a.machine.transceivers[0].direction = 'inactive';
    negotiate(a, b);
    b.machine.addBase(0, { base: 3, address: '192.0.2.9', port: 1 });
    b.machine.setBaseEgress(0, 3, 'eth0');
    b.machine.endOfLocalCandidates(0);
    const channel = b.machine.createDataChannel(0, { label: 'too late' });
    expect(b.session.egresses.size).toBe(0);
    expect(b.session.remotes).toHaveLength(started);
    expect(candidatesOf(b)).toHaveLength(0);
    expect(channel.state).toBe('closed');
    expect(eventsOf(b, 'error')).toHaveLength(1);
  });
});
