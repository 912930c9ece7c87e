import { createSlot, FlowTable, NEVER, NO_FLOW, NO_PATH, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench, REMOTE } from '../test/crafted.ts';
import { hostCandidate } from '../test/simulation/world.ts';

describe('IceAgent', () => {
  it('makes credentials of at least 24 and 128 unpredictable bits (RFC 8445 5.3)', () => {
    const { ufrag, pwd } = new Bench().agent.localParameters;
    expect(ufrag).toMatch(/^[A-Za-z0-9+/]{8}$/);
    expect(pwd).toMatch(/^[A-Za-z0-9+/]{24}$/);
  });

  it('makes a host candidate of a base, and none of a spare', () => {
    const bench = new Bench();
    bench.agent.addBase(0, { base: 1, address: '2001:DB8::0:1', port: 6_000, networkCost: 50, networkId: 3 });
    bench.agent.addBase(0, { base: 2, address: '10.0.0.1', port: 6_001, spare: true });
    const candidates = bench.eventsOf('candidate');
    expect(candidates).toHaveLength(2);
    expect(candidates[0].candidate).toEqual({
      foundation: '1',
      component: 1,
      transport: 'udp',
      priority: 2_130_706_175,
      address: '10.0.0.1',
      port: 5_000,
      type: 'host',
      usernameFragment: bench.agent.localParameters.ufrag,
      generation: 0,
    });
    expect(candidates[1].candidate).toMatchObject({
      foundation: '2',
      address: '2001:db8::1',
      priority: 2_130_706_431,
      networkCost: 50,
      networkId: 3,
    });
  });

  it('makes a relayed candidate of a relayed base, and keeps the others to itself where the policy wants it', () => {
    const bench = new Bench({ candidatePolicy: 'relay' });
    bench.describe();
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    const relayed = { relatedAddress: '203.0.113.9', relatedPort: 4_000, server: '198.51.100.1' };
    bench.agent.addBase(0, { base: 9, type: 'relay', address: '198.51.100.1', port: 50_000, ...relayed });
    const [candidate, ...others] = bench.eventsOf('candidate').map((event) => event.candidate);
    expect(others).toEqual([]);
    expect(candidate).toMatchObject({
      type: 'relay',
      address: '198.51.100.1',
      relatedAddress: '203.0.113.9',
      relatedPort: 4_000,
      priority: 65_532 * 256 + 255,
    });
    const sent = bench.pass(200);
    expect(sent.map(({ flow }) => bench.flows.base(flow))).toEqual([9]);
    // A check to a hidden port is as though nobody were there.
    expect(bench.check()).toBe(Verdict.unexpected);
    expect(bench.drain()).toEqual([]);
  });

  it('tells a host candidate under the public address of a one-to-one NAT', () => {
    const bench = new Bench({ publicAddresses: { '10.0.0.1': '203.0.113.7' } });
    const [{ candidate }] = bench.eventsOf('candidate');
    expect(candidate).toMatchObject({ type: 'host', address: '203.0.113.7', port: 5_000 });
    expect(() => new Bench({ publicAddresses: { localhost: '203.0.113.7' } })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
  });

  it('takes IPv6 and IPv4 in turn, IPv6 first, and pairs neither with the other (RFC 8421 4, RFC 8445 6.1.2.2)', () => {
    const bench = new Bench({}, 2);
    for (const [i, address] of ['2001:db8::1', '2001:db8::2', 'fe80::1'].entries()) {
      bench.agent.addBase(0, { base: 10 + i, address, port: 5_000 });
    }
    const told = bench.eventsOf('candidate').map(({ candidate }) => candidate);
    const order = [...told].sort((x, y) => y.priority - x.priority).map(({ address }) => address);
    expect(order).toEqual(['2001:db8::1', '10.0.0.1', '2001:db8::2', '10.0.1.1', 'fe80::1']);
    bench.describe();
    bench.agent.addRemoteCandidate(0, hostCandidate('2001:db8:1::1', 7_000));
    bench.agent.addRemoteCandidate(0, hostCandidate('fe80::2', 7_000, { foundation: '2' }));
    const bases = bench.pass(200).map(({ flow }) => bench.flows.base(flow));
    expect([...new Set(bases)].sort((x, y) => x - y)).toEqual([10, 11, 12]);
    expect(bases).toHaveLength(3);
  });

  it('pairs addresses of one family only, and link-local ones with each other (RFC 8445 6.1.2.2)', () => {
    const bench = new Bench().describe();
    bench.agent.addBase(0, { base: 1, address: 'fe80::1', port: 6_000 });
    bench.agent.addBase(0, { base: 2, address: '2001:db8::1', port: 6_000 });
    for (const address of ['192.0.2.1', 'fe80::2', '2001:db8::2']) {
      bench.agent.addRemoteCandidate(0, hostCandidate(address, 7_000));
    }
    const sent = bench.pass(200);
    const pairs = sent.map((one) => `${bench.flows.base(one.flow)} ${bench.flows.address(one.flow)}`);
    expect(pairs.sort()).toEqual(['0 192.0.2.1', '1 fe80::2', '2 2001:db8::2']);
  });

  it('keeps the highest-ranked pairs when there are too many (6.1.2.5)', () => {
    const bench = new Bench({ maxPairs: 3 }).describe();
    for (let port = 1; port <= 9; port++) {
      bench.agent.addRemoteCandidate(
        0,
        hostCandidate('192.0.2.1', port, { priority: 1_000 + port, foundation: `${port}` }),
      );
    }
    const ports = bench.pass(200).map((one) => bench.flows.port(one.flow));
    expect(ports).toEqual([9, 8, 7]);
    expect(bench.agent.counters.pairsDiscarded).toBe(6);
  });

  it('freezes pairs of one foundation until one of them succeeded (6.1.2.6)', () => {
    const bench = new Bench().describe();
    for (const port of [1, 2, 3])
      bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', port, { priority: 9 - port }));
    const first = bench.pass(200);
    expect(first).toHaveLength(1);
    bench.answer(first[0]);
    expect(bench.pass(100).filter((one) => one.cls === 0)).toHaveLength(2);
  });

  it('upgrades what a check showed by what the description tells, and pairs it with the other bases', () => {
    const bench = new Bench({}, 2).describe();
    bench.check();
    bench.pass(20);
    expect(bench.agent.addRemoteCandidate(20, hostCandidate('192.0.2.1', 7_000))).toBe('known');
    const flows = bench.pass(40).map((one) => bench.flows.base(one.flow));
    expect(flows).toEqual([1]);
    expect(bench.agent.addRemoteCandidate(60, hostCandidate('192.0.2.1', 7_000))).toBe('known');
  });

  it('takes at most maxRemoteCandidates', () => {
    const bench = new Bench({ maxRemoteCandidates: 2 }).describe();
    const add = (port: number) => bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', port));
    expect([add(1), add(2), add(3)]).toEqual(['added', 'added', 'full']);
  });

  it('counts data by path, and only on paths that are there', () => {
    const bench = new Bench().describe();
    bench.check();
    bench.answerFor(50);
    bench.agent.noteSent(0, 100);
    bench.agent.noteSent(7, 100);
    bench.agent.noteReceived(50, 0, 70);
    bench.agent.noteReceived(50, NO_PATH, 70);
    bench.agent.noteDuplicate(0, 30);
    bench.agent.noteDuplicate(7, 30);
    expect(bench.agent.pathStats(0)).toMatchObject({
      packetsSent: 1,
      bytesSent: 100,
      packetsReceived: 2,
      bytesReceived: 100,
    });
    expect(bench.agent.flowOf(0)).toBe(bench.flow());
    expect(bench.agent.flowOf(1)).toBe(NO_FLOW);
    expect(bench.agent.pathOf(NO_FLOW)).toBe(NO_PATH);
    expect(bench.agent.pathOf(60_000)).toBe(NO_PATH);
  });

  it('takes over the control of a lite peer (6.1.1)', () => {
    const bench = new Bench({ role: 'controlled' });
    bench.agent.setRemote(0, { ...REMOTE, lite: true });
    expect(bench.agent.role).toBe('controlling');
  });

  it('says end-of-candidates once', () => {
    const bench = new Bench();
    bench.agent.endOfLocalCandidates(0);
    bench.agent.endOfLocalCandidates(0);
    expect(bench.eventsOf('end-of-candidates')).toHaveLength(1);
  });

  it('asks for spare ports towards a peer that is not Hawser, and reports those that cannot be had', () => {
    const bench = new Bench({ spareBases: 2 }).describe();
    bench.check();
    bench.answerFor(50);
    const needs = bench.eventsOf('need-base');
    expect(needs).toEqual([
      { type: 'need-base', id: 1, egress: undefined, spare: true, address: '10.0.0.1' },
      { type: 'need-base', id: 2, egress: undefined, spare: true, address: '10.0.0.1' },
    ]);
    bench.agent.baseFailed(50, 1, 'EMFILE');
    bench.agent.baseFailed(50, 99, 'never asked for');
    expect(bench.eventsOf('error')).toMatchObject([{ error: { code: 'base-failed', message: 'EMFILE', count: 1 } }]);
  });

  it('clamps time that goes back, and counts it', () => {
    const bench = new Bench().describe();
    bench.agent.handleTimeout(1_000);
    bench.agent.handleTimeout(10);
    expect(bench.agent.counters.steppedBack).toBe(1);
  });

  it('leaves a slot alone that is too small, and goes on', () => {
    const bench = new Bench().describe();
    bench.check();
    const slot = createSlot(10);
    expect(bench.agent.pollTransmit(0, slot)).toBe(false);
    expect(slot.length).toBe(0);
    expect(bench.agent.counters.slotTooSmall).toBe(1);
  });

  it('refuses what its caller must not do', () => {
    const bench = new Bench();
    const { agent } = bench;
    const code = (what: () => void): string => {
      try {
        what();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'nothing';
    };
    expect(code(() => agent.addBase(0, { base: 0, address: '10.0.0.1', port: 1 }))).toBe('bad-base');
    expect(code(() => agent.addBase(0, { base: 5, address: 'localhost', port: 1 }))).toBe('bad-base');
    expect(code(() => agent.addBase(0, { base: 5, address: '10.0.0.1', port: 0 }))).toBe('bad-base');
    expect(code(() => agent.removeBase(0, 5))).toBe('unknown-base');
    expect(code(() => agent.setBaseEgress(0, 5, 'eth0'))).toBe('unknown-base');
    expect(code(() => agent.setRemote(0, { ufrag: 'abc', pwd: REMOTE.pwd }))).toBe('bad-remote');
    expect(code(() => agent.setRemote(0, { ufrag: 'abcd', pwd: 'short' }))).toBe('bad-remote');
    expect(code(() => agent.setRemote(0, { ufrag: 'ab:d', pwd: REMOTE.pwd }))).toBe('bad-remote');
    agent.setRemote(0, REMOTE);
    agent.setRemote(0, REMOTE);
    expect(code(() => agent.probe(0, 3))).toBe('unknown-path');
    expect(code(() => agent.steer(0, 3))).toBe('unknown-path');
    expect(code(() => agent.suspect(0, 3, 'x'))).toBe('unknown-path');
    expect(code(() => agent.pathStats(3))).toBe('unknown-path');
    agent.close(0);
    agent.close(0);
    expect(code(() => agent.setRole(0, 'controlled'))).toBe('closed');
    expect(agent.pollTimeout()).toBe(NEVER);
    agent.handleTimeout(5);
  });

  it('takes commands for a path that is discarded, since its caller may not have heard', () => {
    const bench = new Bench({}, 2).describe();
    bench.check({}, bench.flow('192.0.2.1', 7_000, 0));
    bench.check({}, bench.flow('192.0.2.1', 7_000, 1));
    bench.answerFor(100);
    bench.agent.removeBase(100, 0);
    bench.agent.suspect(100, 0, 'late');
    bench.agent.probe(100, 0);
    expect(bench.agent.steer(100, 0)).toBe(false);
    expect(() => bench.agent.pathStats(0)).toThrow(expect.objectContaining({ code: 'unknown-path' }));
    expect(bench.agent.pathState(0)).toBeUndefined();
  });

  it('refuses a configuration that is out of range, naming the field', () => {
    expect(() => new Bench({ taMs: 4 })).toThrow(/taMs is 4, must be 5 to 1000/);
    expect(() => new Bench({ checkIntervalMs: { metered: 25_001 } })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
    expect(() => new Bench({ localUfrag: 'abc' })).toThrow(expect.objectContaining({ code: 'bad-config' }));
    expect(() => new Bench({ consent: { expiryMs: Number.NaN } })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
  });

  it('forgets the flows of a base that goes, and pins only those of pairs', () => {
    const flows = new FlowTable(8);
    const bench = new Bench({}, 2, flows).describe();
    bench.check({}, bench.flow('192.0.2.1', 7_000, 0));
    bench.check({}, bench.flow('192.0.2.1', 7_000, 1));
    bench.answerFor(100);
    expect([...bench.agent.paths()]).toHaveLength(2);
    bench.agent.removeBase(100, 0);
    expect(flows.size).toBe(1);
    for (let port = 1; port < 100; port++) bench.flow('203.0.113.1', port, 1);
    expect(flows.find(1, '192.0.2.1', 7_000)).toBe(bench.agent.flowOf([...bench.agent.paths()][0]));
  });
});
