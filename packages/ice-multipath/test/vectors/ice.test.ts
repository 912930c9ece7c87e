import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { createSlot, FlowTable } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { candidatePriority, IceAgent, type IceRole, pairPriorityHigh, pairPriorityLow } from '../../src/index.ts';
import { resolveRoleConflict } from '../../src/role.ts';
import { hostCandidate } from '../simulation/world.ts';
import file from './ice.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly source: string;
  // biome-ignore lint/suspicious/noExplicitAny: the fields differ by kind of vector
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly expected: any;
}

const vectors = (start: string): Vector[] => (file.vectors as Vector[]).filter(({ name }) => name.startsWith(start));

describe('vectors', () => {
  it.each(vectors('priority'))('$name ($source)', ({ input, expected }) => {
    expect(candidatePriority(input.typePreference, input.localPreference, input.component)).toBe(expected.priority);
  });

  it.each(vectors('pair priority'))('$name ($source)', ({ input, expected }) => {
    const high = BigInt(pairPriorityHigh(input.controlling, input.controlled));
    const low = BigInt(pairPriorityLow(input.controlling, input.controlled));
    expect(((high << 32n) + low).toString()).toBe(expected.pairPriority);
  });

  it.each(vectors('role conflict'))('$name ($source)', ({ input, expected }) => {
    const halves = (hex: string): [number, number] => [
      Number.parseInt(hex.slice(0, 8), 16),
      Number.parseInt(hex.slice(8), 16),
    ];
    const mine: IceRole = input.myRole;
    const verdict = resolveRoleConflict(mine, ...halves(input.mine), input.peerClaims, ...halves(input.theirs));
    expect(verdict).toBe(expected.answer === 487 ? 'answer-487' : expected.newRole === mine ? 'no-conflict' : 'switch');
  });

  it.each(vectors('STUN retransmission'))('$name ($source)', ({ expected }) => {
    const clock = new VirtualClock();
    const agent = new IceAgent({ flows: new FlowTable() }, simEnv(clock, new SeededRandom('rto')));
    agent.addBase(0, { base: 0, address: '10.0.0.1', port: 1 });
    agent.setRemote(0, { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuvwx' });
    agent.addRemoteCandidate(0, hostCandidate('10.0.0.2', 2));
    const sent: number[] = [];
    let failedAt = -1;
    const slot = createSlot();
    for (let now = 0; failedAt < 0; now = agent.pollTimeout()) {
      agent.handleTimeout(now);
      while (agent.pollTransmit(now, slot)) sent.push(now);
      for (let event = agent.pollEvent(); event !== undefined; event = agent.pollEvent()) {
        if (event.type === 'state' && event.state === 'failed') failedAt = now;
      }
    }
    expect(sent).toEqual(expected.sendTimesMs);
    expect(failedAt).toBe(expected.giveUpMs);
  });
});
