import { bundledMids, directionFrom, receives, reverseDirection, sends, verifyAnswer, verifyOffer } from '@hawser/sdp';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type SessionDescription, WebrtcError } from '../../src/index.ts';
import { nextSignalingState, type SignalingState } from '../../src/signaling-state.ts';
import { makePeer, type Peer, parsed } from '../support/peers.ts';

/** What the test knows of the world: both peers, and every description that ever was on the wire. */
interface World {
  readonly peers: readonly [Peer, Peer];
  readonly wire: [SessionDescription[], SessionDescription[]];
}

/** The signalling states that the table foretells. */
interface Model {
  readonly states: [SignalingState, SignalingState];
}

type Side = 0 | 1;
const other = (side: Side): Side => (side === 0 ? 1 : 0);

/** Everything that must be as before after a refusal. */
function fingerprint({ machine }: Peer): unknown {
  return [
    machine.signalingState,
    machine.localDescription,
    machine.remoteDescription,
    machine.transceivers.map((t) => [t.mid, t.direction, t.currentDirection, t.state]),
  ];
}

/** The laws that hold after every step. */
function checkPeer(peer: Peer, state: SignalingState): void {
  const { machine, session } = peer;
  expect(machine.signalingState).toBe(state);
  peer.drain();
  const mids = machine.transceivers.flatMap((t) => (t.mid === null ? [] : [t.mid]));
  expect(new Set(mids).size).toBe(mids.length);
  const ssrcs = machine.transceivers.map((t) => t.ssrc);
  expect(new Set(ssrcs).size).toBe(ssrcs.length);
  for (const t of machine.transceivers) expect(t.state).not.toBe('stopped');
  // One transport, never another.
  for (const remote of session.remotes) {
    expect([remote.ufrag, remote.dtlsRole]).toEqual([session.remotes[0].ufrag, session.remotes[0].dtlsRole]);
  }
  const { currentLocalDescription, currentRemoteDescription } = machine;
  if (currentLocalDescription === null || currentRemoteDescription === null) return;
  const ours = parsed(currentLocalDescription);
  const theirs = parsed(currentRemoteDescription);
  const [offer, answer] = currentLocalDescription.type === 'offer' ? [ours, theirs] : [theirs, ours];
  expect(verifyOffer(offer)).toBeUndefined();
  expect(verifyAnswer(offer, answer)).toBeUndefined();
  for (const mid of bundledMids(answer) ?? []) expect(bundledMids(offer)).toContain(mid);
}

class AddTransceiver implements fc.Command<Model, World> {
  readonly side: Side;
  readonly kind: 'audio' | 'video';
  constructor(side: Side, kind: 'audio' | 'video') {
    this.side = side;
    this.kind = kind;
  }
  check = (model: Model): boolean => model.states[this.side] !== 'closed';
  run(model: Model, { peers }: World): void {
    const { machine } = peers[this.side];
    if (machine.transceivers.length < 4) machine.addTransceiver(0, this.kind, { streams: ['s'] });
    checkPeer(peers[this.side], model.states[this.side]);
  }
  toString = (): string => `add ${this.side} ${this.kind}`;
}

class Change implements fc.Command<Model, World> {
  readonly side: Side;
  readonly which: number;
  readonly how: 'stop' | 'track' | 'data' | 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  constructor(side: Side, which: number, how: Change['how']) {
    this.side = side;
    this.which = which;
    this.how = how;
  }
  check = (model: Model): boolean => model.states[this.side] !== 'closed';
  run(model: Model, { peers }: World): void {
    const { machine } = peers[this.side];
    const transceiver = machine.transceivers[this.which % Math.max(machine.transceivers.length, 1)];
    if (this.how === 'data') machine.createDataChannel(0, { label: 'x' });
    else if (this.how === 'track') {
      if (machine.transceivers.length < 4) machine.addTrack(0, 'audio');
    } else if (this.how === 'stop') transceiver?.stop();
    else if (transceiver?.state === 'active') transceiver.direction = this.how;
    checkPeer(peers[this.side], model.states[this.side]);
  }
  toString = (): string => `${this.how} ${this.side} ${this.which}`;
}

/** `setLocalDescription` of any type in any state: legal exactly where the table says so. */
class SetLocal implements fc.Command<Model, World> {
  readonly side: Side;
  readonly type: SessionDescription['type'];
  constructor(side: Side, type: SessionDescription['type']) {
    this.side = side;
    this.type = type;
  }
  check = (): boolean => true;
  run(model: Model, { peers, wire }: World): void {
    const peer = peers[this.side];
    const before = fingerprint(peer);
    const next = nextSignalingState(model.states[this.side], 'local', this.type);
    let error: unknown;
    try {
      peer.machine.setLocalDescription(0, { type: this.type });
    } catch (caught) {
      error = caught;
    }
    if (next === undefined) expect(error).toMatchObject({ code: 'invalid-state' });
    if (error === undefined) {
      model.states[this.side] = next as SignalingState;
      if (this.type !== 'rollback') wire[this.side].push(peer.machine.localDescription as SessionDescription);
    } else {
      expect(error).toBeInstanceOf(WebrtcError);
      expect(fingerprint(peer)).toEqual(before);
    }
    checkPeer(peer, model.states[this.side]);
  }
  toString = (): string => `local ${this.side} ${this.type}`;
}

/** The peer applies something that the other side sent, the last text or an older one, under its type or another. */
class SetRemote implements fc.Command<Model, World> {
  readonly side: Side;
  readonly back: number;
  readonly type: SessionDescription['type'] | undefined;
  constructor(side: Side, back: number, type: SessionDescription['type'] | undefined) {
    this.side = side;
    this.back = back;
    this.type = type;
  }
  check = (): boolean => true;
  run(model: Model, { peers, wire }: World): void {
    const sent = wire[other(this.side)];
    const description = sent[sent.length - 1 - this.back];
    if (description === undefined) return;
    const type = this.type ?? description.type;
    const peer = peers[this.side];
    const before = fingerprint(peer);
    const next = nextSignalingState(model.states[this.side], 'remote', type);
    const error = peer.machine.setRemoteDescription(0, { type, sdp: description.sdp });
    if (next === undefined) expect(error).toMatchObject({ code: 'invalid-state' });
    if (error === undefined) model.states[this.side] = next as SignalingState;
    else expect(fingerprint(peer)).toEqual(before);
    checkPeer(peer, model.states[this.side]);
  }
  toString = (): string => `remote ${this.side} -${this.back} ${this.type ?? ''}`;
}

const side = fc.constantFrom<Side[]>(0, 1);
const type = fc.constantFrom<SessionDescription['type'][]>('offer', 'pranswer', 'answer', 'rollback');
const commands = [
  fc
    .tuple(side, fc.constantFrom<('audio' | 'video')[]>('audio', 'video'))
    .map(([s, kind]) => new AddTransceiver(s, kind)),
  fc
    .tuple(
      side,
      fc.nat(5),
      fc.constantFrom<Change['how'][]>('stop', 'track', 'data', 'sendrecv', 'sendonly', 'recvonly', 'inactive'),
    )
    .map(([s, which, how]) => new Change(s, which, how)),
  fc.tuple(side, type).map(([s, t]) => new SetLocal(s, t)),
  fc
    .tuple(side, fc.nat(1), fc.option(type, { nil: undefined, freq: 4 }))
    .map(([s, back, t]) => new SetRemote(s, back, t)),
  side.map((s) => new SetRemote(s, 0, undefined)),
];

it('any sequence of calls keeps the table, and a refused call changes nothing', () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 40 }), (sequence) => {
      fc.modelRun(
        () => ({
          model: { states: ['stable', 'stable'] as [SignalingState, SignalingState] },
          real: { peers: [makePeer(1), makePeer(2)] as const, wire: [[], []] as World['wire'] },
        }),
        sequence,
      );
    }),
    { numRuns: 250 },
  );
});

/** Whole negotiations, either side offering, with changes between them. */
it('after every full exchange both ends agree on every section', () => {
  const step = fc.record({
    offerer: side,
    add: fc.option(fc.constantFrom<('audio' | 'video' | 'data')[]>('audio', 'video', 'data'), { nil: undefined }),
    stop: fc.option(fc.nat(3), { nil: undefined, freq: 4 }),
    direct: fc.option(fc.tuple(side, fc.nat(3), fc.boolean(), fc.boolean()), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const peers = [makePeer(1), makePeer(2)] as const;
      for (const { offerer, add, stop, direct } of steps) {
        const a = peers[offerer];
        const b = peers[other(offerer)];
        if (add === 'data') a.machine.createDataChannel(0, { label: 'd' });
        else if (add !== undefined && a.machine.transceivers.length < 5) a.machine.addTransceiver(0, add);
        if (stop !== undefined) a.machine.transceivers[stop]?.stop();
        if (direct !== undefined) {
          const [at, which, s, r] = direct;
          const t = peers[at].machine.transceivers[which];
          if (t?.state === 'active') t.direction = directionFrom(s, r);
        }
        a.machine.setLocalDescription(0);
        expect(b.machine.setRemoteDescription(0, a.machine.localDescription as SessionDescription)).toBeUndefined();
        b.machine.setLocalDescription(0);
        expect(a.machine.setRemoteDescription(0, b.machine.localDescription as SessionDescription)).toBeUndefined();
        expect([a.machine.signalingState, b.machine.signalingState]).toEqual(['stable', 'stable']);
        const theirs = new Map(b.machine.transceivers.map((t) => [t.mid, t]));
        for (const t of a.machine.transceivers.filter((mine) => mine.mid !== null)) {
          const mirror = theirs.get(t.mid);
          expect(mirror?.kind).toBe(t.kind);
          expect(mirror?.currentDirection).toBe(reverseDirection(t.currentDirection ?? 'inactive'));
          expect(mirror?.headerExtensions).toEqual(t.headerExtensions);
          const types = (codecs: readonly { payloadType: number; name: string }[] | undefined) =>
            codecs?.map(({ payloadType, name }) => `${payloadType} ${name}`).sort();
          expect(types(mirror?.receiveCodecs)).toEqual(types(t.sendCodecs));
          expect(types(mirror?.sendCodecs)).toEqual(types(t.receiveCodecs));
          expect(mirror?.isRemoteTrackLive).toBe(sends(t.currentDirection ?? 'inactive'));
          expect(receives(t.currentDirection ?? 'inactive')).toBe(t.isRemoteTrackLive);
        }
      }
    }),
    { numRuns: 150 },
  );
});
