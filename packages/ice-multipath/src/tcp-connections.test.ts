import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench } from '../test/crafted.ts';
import { hostCandidate } from '../test/simulation/world.ts';
import type { IceCandidate, IceConfig } from './index.ts';

const passive = (more: Partial<IceCandidate> = {}) =>
  hostCandidate('192.0.2.1', 7_000, { transport: 'tcp', tcpType: 'passive', ...more });

/** An agent with a UDP, an active and a passive base, 0 to 2, all at 10.0.0.1. */
function bench(config: Partial<IceConfig> = {}): Bench {
  const made = new Bench(config);
  made.agent.addBase(0, { base: 1, address: '10.0.0.1', port: 4_321, transport: 'tcp', tcpType: 'active' });
  made.agent.addBase(0, { base: 2, address: '10.0.0.1', port: 5_002, transport: 'tcp', tcpType: 'passive' });
  return made;
}

describe('TCP candidates', () => {
  it('are told with type, and the discard port where nobody listens (RFC 6544 4.5)', () => {
    const told = bench()
      .eventsOf('candidate')
      .map(({ candidate }) => candidate);
    expect(told.map(({ transport, tcpType, port, type }) => [transport, tcpType, port, type])).toEqual([
      ['udp', undefined, 5_000, 'host'],
      ['tcp', 'active', 9, 'host'],
      ['tcp', 'passive', 5_002, 'host'],
    ]);
  });

  it('rank by type 90, direction 6 or 4, and address (RFC 6544 4.2)', () => {
    const made = bench();
    made.agent.addBase(0, { base: 3, address: '2001:db8::1', port: 1, transport: 'tcp', tcpType: 'active' });
    made.agent.addBase(0, { base: 4, address: '10.0.1.1', port: 1, transport: 'tcp', tcpType: 'active' });
    const told = made.eventsOf('candidate').map(({ candidate }) => candidate.priority);
    const of = (direction: number, other: number) => 90 * 2 ** 24 + (direction * 8_192 + other) * 256 + 255;
    expect(told.slice(1)).toEqual([of(6, 8_190), of(4, 8_190), of(6, 8_191), of(6, 8_188)]);
  });

  it('share a foundation with each other and not with datagrams (RFC 8445 5.1.1.3)', () => {
    const told = bench().eventsOf('candidate');
    expect(told.map(({ candidate }) => candidate.foundation)).toEqual(['1', '2', '2']);
  });

  it.each([
    { transport: 'tcp' },
    { transport: 'udp', tcpType: 'active' },
    { tcpType: 'passive' },
    { transport: 'tcp', tcpType: 'active', spare: true },
  ] as const)('are not made of %o', (more) => {
    expect(() => bench().agent.addBase(0, { base: 9, address: '10.0.0.1', port: 1, ...more })).toThrow(
      expect.objectContaining({ code: 'bad-base' }),
    );
  });

  it('are paired as RFC 6544 6.2 has it, pairs whose local candidate listens pruned', () => {
    const made = bench().describe();
    const add = (candidate: IceCandidate) => made.agent.addRemoteCandidate(0, candidate);
    expect(add(passive())).toBe('added');
    expect(add(passive())).toBe('known');
    expect(add(passive({ tcpType: 'active', port: 9 }))).toBe('awaited');
    expect(add(passive({ tcpType: 'so', port: 7_001 }))).toBe('ignored');
    const { tcpType: _, ...untyped } = passive({ port: 7_002 });
    expect(add(untyped)).toBe('ignored');
    // The same address and port for datagrams is another candidate.
    expect(add(hostCandidate('192.0.2.1', 7_000))).toBe('added');
    const checked = new Set(made.pass(400).map(({ flow }) => made.flows.base(flow)));
    expect([...checked].sort()).toEqual([0, 1]);
  });

  it.each([
    ['ignored', 22],
    ['ignored', 25],
    ['ignored', 1_023],
    ['added', 80],
    ['added', 443],
    ['added', 1_024],
  ] as const)('are %s where the peer listens on port %i', (status, port) => {
    const made = bench().describe();
    expect(made.agent.addRemoteCandidate(0, passive({ port }))).toBe(status);
    expect(made.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', port))).toBe('added');
  });

  it("are paired with what comes to the one that listens: the peer's port of that connection (RFC 6544 7.2)", () => {
    const made = bench().describe();
    const flow = made.flow('192.0.2.1', 50_123, 2);
    expect(made.check({}, flow)).toBe(Verdict.consumed);
    const [answer, check] = [...made.drain(), ...made.pass(50)];
    expect([answer.mapped, check.flow]).toEqual(['192.0.2.1 50123', flow]);
    made.answer(check, { mapped: ['10.0.0.1', 5_002] });
    const [path] = [...made.agent.paths()];
    expect(made.agent.pathStats(path)).toMatchObject({ transport: 'tcp', localType: 'host', remoteType: 'prflx' });
    // No other socket is paired with that port, whenever it comes.
    made.agent.addBase(made.now, { base: 7, address: '10.0.0.1', port: 1, transport: 'tcp', tcpType: 'active' });
    made.agent.addBase(made.now, { base: 8, address: '10.0.0.1', port: 6_000 });
    made.agent.addBase(made.now, { base: 9, address: '10.0.0.1', port: 6_001, transport: 'tcp', tcpType: 'passive' });
    expect(made.pass(300).every((sent) => sent.flow === flow)).toBe(true);
  });

  it('are asked neither of servers nor for spare ports', () => {
    const made = new Bench({ spareBases: 3 }, 0);
    made.agent.addBase(0, { base: 1, address: '10.0.0.1', port: 9, transport: 'tcp', tcpType: 'active' });
    made.agent.addServer(0, { address: '198.51.100.1', port: 3_478 });
    expect(made.pass(300)).toEqual([]);
    made.describe({ browser: 'chromium' });
    made.agent.addRemoteCandidate(0, passive());
    made.answerFor(300);
    expect([...made.agent.paths()]).toHaveLength(1);
    expect(made.eventsOf('need-base')).toEqual([]);
  });
});

describe('the end of a connection', () => {
  function connected(config: Partial<IceConfig> = {}) {
    const made = new Bench(config, 0);
    made.agent.addBase(0, { base: 1, address: '10.0.0.1', port: 9, transport: 'tcp', tcpType: 'active' });
    made.describe();
    made.agent.addRemoteCandidate(0, passive());
    made.answerFor(200);
    made.events();
    return made;
  }

  it('is the end of its path, with a last word, and the next check is on the same flow', () => {
    const made = connected();
    const [path] = [...made.agent.paths()];
    const flow = made.agent.flowOf(path);
    made.agent.handleSendError(made.now, flow, 'ECONNRESET');
    const told = made.eventsOf('path').map(({ state, why }) => `${state} ${why}`);
    expect(told).toEqual(['abandoned connection-lost ECONNRESET', 'discarded connection-lost ECONNRESET']);
    expect([made.agent.pathOf(flow), made.agent.state]).toEqual([-1, 'disconnected']);
    const [check] = made.pass(50);
    expect(check.flow).toBe(flow);
    made.answer(check);
    expect(made.agent.state).toBe('connected');
    expect([...made.agent.paths()]).not.toEqual([path]);
  });

  it('leaves whoever listens waiting, for as long as it would have for an answer', () => {
    const made = new Bench({ patienceMs: 0 }, 0);
    made.agent.addBase(0, { base: 2, address: '10.0.0.1', port: 5_002, transport: 'tcp', tcpType: 'passive' });
    made.describe();
    const flow = made.flow('192.0.2.1', 50_123, 2);
    made.check({}, flow);
    made.answerFor(100);
    expect(made.agent.state).toBe('connected');
    made.agent.handleSendError(made.now, flow, 'ECONNRESET');
    expect(made.pass(29_000)).toEqual([]);
    expect(made.agent.state).toBe('disconnected');
    made.pass(1_500);
    expect(made.agent.state).toBe('failed');
  });

  it('says nothing where nothing is known of the flow', () => {
    const made = connected();
    for (const flow of [made.flow('192.0.2.9', 1, 1), made.flow('192.0.2.9', 1, 77), 999, -1]) {
      made.agent.handleSendError(made.now, flow, 'ECONNRESET');
    }
    expect([made.events(), made.agent.state]).toEqual([[], 'connected']);
    made.agent.close(made.now);
    made.agent.handleSendError(made.now, made.flow('192.0.2.1', 7_000, 1), 'ECONNRESET');
  });

  it('fails the check that was under way', () => {
    const made = new Bench({ patienceMs: 0 }, 0);
    made.agent.addBase(0, { base: 1, address: '10.0.0.1', port: 9, transport: 'tcp', tcpType: 'active' });
    made.describe();
    made.agent.addRemoteCandidate(0, passive());
    const [check] = made.pass(30);
    made.agent.handleSendError(made.now, check.flow, 'ECONNREFUSED');
    expect(made.pass(10_000)).toEqual([]);
    expect(made.agent.state).toBe('failed');
  });

  it('leaves nothing behind of a port that never became a path, however many there are', () => {
    const made = new Bench({ maxRemoteCandidates: 3 }, 0);
    made.agent.addBase(0, { base: 2, address: '10.0.0.1', port: 5_002, transport: 'tcp', tcpType: 'passive' });
    made.describe();
    made.agent.addRemoteCandidate(0, passive());
    for (let port = 50_000; port < 50_009; port++) {
      const flow = made.flow('192.0.2.1', port, 2);
      made.check({}, flow);
      // Every other one before our own check has left.
      if (port % 2 === 0) made.pass(50);
      made.agent.handleSendError(made.now, flow, 'ECONNRESET');
    }
    made.check({}, made.flow('192.0.2.1', 50_010, 2));
    made.answerFor(100);
    expect([...made.agent.paths()]).toHaveLength(1);
    expect(made.flows.pinned).toBe(1);
  });

  it('leaves the time to connect again whole, though another connection breaks meanwhile', () => {
    const made = new Bench({ patienceMs: 0 }, 0);
    made.agent.addBase(0, { base: 2, address: '10.0.0.1', port: 5_002, transport: 'tcp', tcpType: 'passive' });
    made.describe();
    made.check({}, made.flow('192.0.2.1', 50_000, 2));
    made.answerFor(100);
    made.agent.handleSendError(made.now, made.flow('192.0.2.1', 50_000, 2), 'ECONNRESET');
    made.pass(1_000);
    made.check({}, made.flow('192.0.2.1', 50_001, 2));
    made.pass(50);
    made.agent.handleSendError(made.now, made.flow('192.0.2.1', 50_001, 2), 'ECONNRESET');
    made.pass(1_000);
    expect(made.agent.state).toBe('disconnected');
    made.check({}, made.flow('192.0.2.1', 50_002, 2));
    made.answerFor(100);
    expect(made.agent.state).toBe('connected');
  });
});
