import type { DtlsCertificate } from '@hawser/dtls';
import { type Description, parseDescription } from '@hawser/sdp';
import type { Env } from '@hawser/wire';
import {
  type IceCandidateInit,
  type PeerConnectionConfig,
  type PeerConnectionEvent,
  PeerConnectionMachine,
  type SessionDescription,
} from '../../src/index.ts';
import { FakeSession } from './fake-session.ts';

/** A counting source of "randomness": what it gives differs from call to call and from test run to test run not at all. */
export function countingEnv(seed: number): Env {
  let state = seed * 2654435761;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  return {
    now: 0,
    unixMs: 1_760_000_000_000,
    secure: {
      fillSecure(out, offset, length) {
        for (let i = 0; i < length; i++) out[offset + i] = next();
      },
    },
    jitter: { nextUnit: () => next() / 65_536 },
  };
}

/** A machine on a fake session. */
export interface Peer {
  readonly machine: PeerConnectionMachine;
  readonly session: FakeSession;
  /** Every event so far. */
  readonly events: PeerConnectionEvent[];
  drain(): void;
}

export function makePeer(seed: number, config: Partial<PeerConnectionConfig> = {}): Peer {
  let session: FakeSession | undefined;
  const machine = new PeerConnectionMachine(
    {
      // The fake session never reads it.
      certificate: {} as DtlsCertificate,
      createSession: (own) => {
        session = new FakeSession(own);
        return session;
      },
      ...config,
    },
    countingEnv(seed),
  );
  const events: PeerConnectionEvent[] = [];
  return {
    machine,
    session: session as FakeSession,
    events,
    drain() {
      for (let event = machine.pollEvent(); event !== undefined; event = machine.pollEvent()) events.push(event);
    },
  };
}

/** Events of one type since the beginning. */
export function eventsOf<T extends PeerConnectionEvent['type']>(
  peer: Peer,
  type: T,
): Extract<PeerConnectionEvent, { type: T }>[] {
  peer.drain();
  return peer.events.filter((event): event is Extract<PeerConnectionEvent, { type: T }> => event.type === type);
}

export function setRemote(peer: Peer, description: SessionDescription): void {
  const error = peer.machine.setRemoteDescription(0, description);
  if (error !== undefined) throw error;
}

/** A whole offer/answer exchange, text over. `meanwhile` runs at the answerer between the two. */
export function negotiate(offerer: Peer, answerer: Peer, meanwhile?: (answerer: Peer) => void): void {
  offerer.machine.setLocalDescription(0);
  setRemote(answerer, offerer.machine.localDescription as SessionDescription);
  meanwhile?.(answerer);
  answerer.machine.setLocalDescription(0);
  setRemote(offerer, answerer.machine.localDescription as SessionDescription);
}

export function candidatesOf(peer: Peer): IceCandidateInit[] {
  return eventsOf(peer, 'icecandidate').flatMap((event) => (event.candidate === null ? [] : [event.candidate]));
}

export function parsed(description: SessionDescription | null): Description {
  const result = parseDescription(description?.sdp ?? '');
  if (!result.ok) throw new Error(`line ${result.line}: ${result.message}`);
  return result.description;
}
