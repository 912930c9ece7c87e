import { describe, expect, it } from 'vitest';
import {
  type DescriptionSide,
  type DescriptionType,
  nextSignalingState,
  type SignalingState,
} from './signaling-state.ts';

/** Figure 2 of RFC 8829 3.2 as sentences, with the implicit rollback of W3C 4.4.1.5. */
const LEGAL: [SignalingState, DescriptionSide, DescriptionType, SignalingState][] = [
  ['stable', 'local', 'offer', 'have-local-offer'],
  ['stable', 'remote', 'offer', 'have-remote-offer'],
  ['have-local-offer', 'local', 'offer', 'have-local-offer'],
  ['have-local-offer', 'remote', 'offer', 'have-remote-offer'],
  ['have-local-offer', 'remote', 'pranswer', 'have-remote-pranswer'],
  ['have-local-offer', 'remote', 'answer', 'stable'],
  ['have-local-offer', 'local', 'rollback', 'stable'],
  ['have-local-offer', 'remote', 'rollback', 'stable'],
  ['have-remote-offer', 'remote', 'offer', 'have-remote-offer'],
  ['have-remote-offer', 'local', 'pranswer', 'have-local-pranswer'],
  ['have-remote-offer', 'local', 'answer', 'stable'],
  ['have-remote-offer', 'local', 'rollback', 'stable'],
  ['have-remote-offer', 'remote', 'rollback', 'stable'],
  ['have-local-pranswer', 'local', 'pranswer', 'have-local-pranswer'],
  ['have-local-pranswer', 'local', 'answer', 'stable'],
  ['have-remote-pranswer', 'remote', 'pranswer', 'have-remote-pranswer'],
  ['have-remote-pranswer', 'remote', 'answer', 'stable'],
];

const STATES: SignalingState[] = [
  'stable',
  'have-local-offer',
  'have-remote-offer',
  'have-local-pranswer',
  'have-remote-pranswer',
  'closed',
];

describe('the table of signalling states', () => {
  it.each(LEGAL)('%s: %s %s leads to %s', (state, side, type, next) => {
    expect(nextSignalingState(state, side, type)).toBe(next);
  });

  it('has no other edge', () => {
    let edges = 0;
    for (const state of STATES) {
      for (const side of ['local', 'remote'] as const) {
        for (const type of ['offer', 'pranswer', 'answer', 'rollback'] as const) {
          if (nextSignalingState(state, side, type) !== undefined) edges++;
        }
      }
    }
    expect(edges).toBe(LEGAL.length);
  });
});
