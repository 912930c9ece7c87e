import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench, REMOTE } from '../test/crafted.ts';
import { hostCandidate } from '../test/simulation/world.ts';

/** An agent that has failed, whose restart the peer has not answered yet. */
function restarting() {
  const made = new Bench({ patienceMs: 0 }).describe();
  made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
  const old = made.agent.localParameters;
  made.pass(60_000);
  expect(made.agent.state).toBe('failed');
  made.agent.restart(made.now);
  return { made, old: { username: `${old.ufrag}:${REMOTE.ufrag}`, password: old.pwd } };
}

describe('an agent that fails and begins anew', () => {
  it('tries nothing more of what failed, whatever comes late', () => {
    const { made, old } = restarting();
    made.agent.addRemoteCandidate(made.now, hostCandidate('192.0.2.2', 7_000));
    made.agent.addBase(made.now, { base: 5, address: '10.0.5.1', port: 5_000 });
    expect(made.check(old, made.flow('192.0.2.3'))).toBe(Verdict.consumed);
    made.answerFor(1_000);
    expect([...made.agent.paths()]).toEqual([]);
    expect(made.agent.state).toBe('failed');
  });

  it('tries all once the peer has answered', () => {
    const { made } = restarting();
    const renewed = { ufrag: 'renewed', pwd: REMOTE.pwd };
    made.describe(renewed);
    made.agent.addRemoteCandidate(made.now, hostCandidate('192.0.2.2', 7_000));
    expect(made.agent.state).toBe('checking');
    made.answerFor(500);
    expect([made.agent.state, [...made.agent.paths()].length]).toEqual(['connected', 1]);
  });

  it('tries nothing when the restart is taken back', () => {
    const { made, old } = restarting();
    made.agent.cancelRestart(made.now);
    made.agent.addRemoteCandidate(made.now, hostCandidate('192.0.2.2', 7_000));
    made.check(old, made.flow('192.0.2.3'));
    made.answerFor(1_000);
    expect([made.agent.state, [...made.agent.paths()].length]).toEqual(['failed', 0]);
  });

  it('does so after as long without a socket as it would have waited for an answer', () => {
    const made = new Bench({ patienceMs: 0 }).describe();
    made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    made.answerFor(200);
    made.agent.removeBase(made.now, 0);
    made.pass(29_000);
    expect(made.agent.state).toBe('disconnected');
    made.pass(1_500);
    expect(made.agent.state).toBe('failed');
  });

  it('does so no sooner than its patience is over', () => {
    const made = new Bench({ patienceMs: 39_500 }).describe();
    made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    made.answerFor(200);
    made.agent.removeBase(made.now, 0);
    made.pass(39_000);
    expect(made.agent.state).toBe('disconnected');
    made.pass(1_000);
    expect(made.agent.state).toBe('failed');
  });

  it('does not while another socket may still bring a path', () => {
    const made = new Bench({ patienceMs: 0 }).describe();
    made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    made.answerFor(200);
    made.agent.removeBase(made.now, 0);
    made.pass(20_000);
    made.agent.addBase(made.now, { base: 1, address: '10.0.1.1', port: 5_000 });
    made.pass(15_000);
    made.answerFor(10_000);
    expect(made.agent.state).toBe('connected');
  });
});

describe('an agent that is closed', () => {
  it('asks for nothing any more', () => {
    const made = new Bench({ spareBases: 3 }).describe({ browser: 'firefox' });
    made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    made.answerFor(200);
    const needs = made.eventsOf('need-base');
    expect(needs).toHaveLength(3);
    for (const { id } of needs) made.agent.baseFailed(made.now, id, 'no more ports');
    made.agent.close(made.now);
    expect(new Set(made.events().map(({ type }) => type))).toEqual(new Set(['error', 'path', 'state']));
  });
});
