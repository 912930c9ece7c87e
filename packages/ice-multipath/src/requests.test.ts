import { FlowTable, NO_PATH, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench, type Craft } from '../test/crafted.ts';

describe('a check of the peer', () => {
  it('is answered with success and the address it came from (RFC 8445 7.3)', () => {
    const bench = new Bench().describe();
    expect(bench.check()).toBe(Verdict.consumed);
    const [answer] = bench.drain();
    expect(answer).toMatchObject({ cls: 2, mapped: '192.0.2.1 7000', hasIntegrity: true, errorCode: 0 });
  });

  it('from an unknown address makes a peer-reflexive candidate and a triggered check (7.3.1.3, 7.3.1.4)', () => {
    const bench = new Bench().describe();
    bench.check();
    const sent = bench.pass(20);
    expect(sent.map((one) => one.cls)).toEqual([2, 0]);
    expect(sent[1].flow).toBe(bench.flow());
    expect(sent[1].username).toBe(`peerUser:${bench.agent.localParameters.ufrag}`);
    bench.answer(sent[1]);
    const path = bench.agent.pathOf(bench.flow());
    expect(bench.agent.pathStats(path)).toMatchObject({ remoteType: 'prflx', localType: 'host', checksReceived: 1 });
  });

  it('with GOOG-NETWORK-INFO is from Chromium, once it is authenticated: it is told of the cost too (rule C-b)', () => {
    const bench = new Bench().describe();
    const toldOf = (craft: Craft) => {
      bench.check(craft);
      return bench.pass(20).some(({ cls, bytes }) => cls === 0 && Buffer.from(bytes).includes('c0570004', 'hex'));
    };
    expect(toldOf({ networkInfo: true, password: 'wrongpasswordwrongpassword' })).toBe(false);
    expect(toldOf({})).toBe(false);
    const other = new Bench().describe();
    other.check({ networkInfo: true });
    expect(other.pass(20).some(({ bytes }) => Buffer.from(bytes).includes('c0570004', 'hex'))).toBe(true);
  });

  it('that comes before the description is answered, and followed up when it is there', () => {
    const bench = new Bench();
    bench.check();
    expect(bench.pass(1_000).map((one) => one.cls)).toEqual([2]);
    bench.describe();
    expect(bench.pass(20).map((one) => one.cls)).toEqual([0]);
  });

  it('without USERNAME or MESSAGE-INTEGRITY is refused with 400 (RFC 8489 9.1.3)', () => {
    const bench = new Bench().describe();
    expect(bench.check({ username: null })).toBe(Verdict.unauthenticated);
    expect(bench.check({ password: null })).toBe(Verdict.unauthenticated);
    const answers = bench.drain();
    expect(answers.map((one) => [one.errorCode, one.hasIntegrity])).toEqual([
      [400, false],
      [400, false],
    ]);
  });

  it('is refused with no more bytes than it has, or not at all', () => {
    const bench = new Bench().describe();
    const nothing = { username: null, password: null, priority: null, role: null } as const;
    for (let extra = 0; extra < 40; extra++) {
      const bytes = bench.craft({ ...nothing, ...(extra % 2 === 0 ? {} : { username: 'a'.repeat(extra) }) });
      bench.give(bench.flow(), bytes);
      for (const answer of bench.drain()) expect(answer.bytes.length).toBeLessThanOrEqual(bytes.length);
      bench.pass(100);
    }
    const { silentlyRefused, answersSent } = bench.agent.counters;
    expect([silentlyRefused, answersSent]).toEqual([20, 20]);
  });

  it('for another user name, or signed with another password, is refused with 401 and reported once', () => {
    const bench = new Bench().describe();
    bench.events();
    for (let i = 0; i < 5; i++) {
      expect(bench.check({ username: 'somebody:else' })).toBe(Verdict.unauthenticated);
      expect(bench.check({ password: 'wrongpasswordwrongpassword' })).toBe(Verdict.unauthenticated);
    }
    expect(new Set(bench.drain().map((one) => one.errorCode))).toEqual(new Set([401]));
    expect(bench.eventsOf('error').map((event) => event.error.code)).toEqual(['wrong-ufrag', 'bad-integrity']);
    expect(bench.agent.counters).toMatchObject({ wrongUfrag: 5, badIntegrity: 5 });
    bench.now = 10_000;
    bench.check({ username: 'somebody:else' });
    expect(bench.eventsOf('error')).toMatchObject([{ error: { code: 'wrong-ufrag', count: 6 } }]);
  });

  it('is not acted on before it is authenticated: no pair, no pin, no role change, no Hawser', () => {
    const flows = new FlowTable(4);
    const bench = new Bench({}, 1, flows).describe();
    for (let port = 1; port <= 100; port++) {
      const flow = bench.flow('203.0.113.9', port);
      bench.check(
        { password: 'wrongpasswordwrongpassword', hawser: true, role: 'controlled', tieBreaker: [0, 0] },
        flow,
      );
      bench.drain();
    }
    expect(flows.recycled).toBe(96);
    expect(bench.agent.isHawserPeer).toBe(false);
    expect(bench.agent.role).toBe('controlled');
    expect(bench.pass(1_000)).toEqual([]);
  });

  it('that is not authentic is answered at a bounded rate', () => {
    const bench = new Bench().describe();
    for (let i = 0; i < 1_000; i++) bench.check({ username: 'somebody:else' });
    expect(bench.drain()).toHaveLength(20);
    expect(bench.agent.counters.silentlyRefused).toBe(980);
    bench.now += 500;
    for (let i = 0; i < 1_000; i++) bench.check({ username: 'somebody:else' });
    expect(bench.drain()).toHaveLength(10);
  });

  it('with an unknown required attribute is answered with 420 and its type (RFC 8489 6.3.1)', () => {
    const bench = new Bench().describe();
    expect(bench.check({ unknown: 0x7abc })).toBe(Verdict.unsupported);
    expect(bench.drain()).toMatchObject([{ errorCode: 420, unknown: [0x7abc], hasIntegrity: true }]);
  });

  it('without PRIORITY is answered with 400', () => {
    const bench = new Bench().describe();
    expect(bench.check({ priority: null })).toBe(Verdict.malformed);
    expect(bench.drain()).toMatchObject([{ errorCode: 400, hasIntegrity: true }]);
  });

  it('without a right FINGERPRINT is dropped', () => {
    const bench = new Bench().describe();
    expect(bench.check({ fingerprint: false })).toBe(Verdict.malformed);
    expect(bench.drain()).toEqual([]);
  });

  it('of another peer with our password is answered and starts nothing', () => {
    const bench = new Bench().describe();
    expect(bench.check({ username: `${bench.agent.localParameters.ufrag}:another1` })).toBe(Verdict.consumed);
    expect(bench.pass(1_000).map((one) => one.cls)).toEqual([2]);
  });

  it('on a spare port is not answered', () => {
    const bench = new Bench().describe();
    bench.agent.addBase(0, { base: 9, address: '10.0.0.1', port: 5_009, spare: true });
    expect(bench.check({}, bench.flow('192.0.2.1', 7_000, 9))).toBe(Verdict.unexpected);
    expect(bench.pass(1_000)).toEqual([]);
  });

  it('in conflict is answered with 487, or makes us switch (7.3.1.1)', () => {
    const stays = new Bench({ role: 'controlling', tieBreaker: [5, 5] }).describe();
    stays.check({ role: 'controlling', tieBreaker: [5, 5] });
    expect(stays.drain()).toMatchObject([{ errorCode: 487 }]);
    expect(stays.agent.role).toBe('controlling');
    const gives = new Bench({ role: 'controlling', tieBreaker: [5, 5] }).describe();
    gives.events();
    gives.check({ role: 'controlling', tieBreaker: [5, 6] });
    expect(gives.drain()).toMatchObject([{ errorCode: 0 }]);
    expect(gives.events()).toEqual([{ type: 'role', role: 'controlled' }]);
  });

  it('with the HAWSER attribute makes a Hawser peer, unless that is switched off', () => {
    const bench = new Bench().describe();
    bench.check({ hawser: true });
    expect(bench.agent.isHawserPeer).toBe(true);
    const off = new Bench({ hawser: false }).describe();
    off.check({ hawser: true });
    expect(off.agent.isHawserPeer).toBe(false);
  });

  it('from ever new addresses makes at most maxRemoteCandidates candidates and maxPairs pairs', () => {
    const bench = new Bench({ maxRemoteCandidates: 10, maxPairs: 6 }).describe();
    let full = 0;
    for (let port = 1; port <= 50; port++) {
      if (bench.check({ role: 'controlling' }, bench.flow('192.0.2.7', port)) === Verdict.overLimit) full++;
      bench.drain();
    }
    expect(full).toBeGreaterThanOrEqual(40);
    const flows = new Set(bench.pass(2_000).map((one) => one.flow));
    expect(flows.size).toBeLessThanOrEqual(6);
  });

  it('that is an indication is consumed in silence, another method is unexpected', () => {
    const bench = new Bench().describe();
    expect(bench.check({ cls: 1 })).toBe(Verdict.consumed);
    expect(bench.check({ method: 3 })).toBe(Verdict.unexpected);
    expect(bench.drain()).toEqual([]);
  });

  it('what is not STUN is not mine', () => {
    const bench = new Bench();
    expect(bench.give(bench.flow(), Uint8Array.of(22, 254, 253, 0))).toBe(Verdict.notMine);
    expect(bench.agent.counters.verdicts.notMine).toBe(1);
    expect(bench.agent.pathOf(bench.flow())).toBe(NO_PATH);
  });
});

describe('a renomination by 0x0030', () => {
  /** A controlled agent with paths by two flows, and which of them is nominated. */
  function controlled(remote: { renomination2?: boolean } | undefined) {
    const bench = new Bench({ nomination: 'renominate', hawser: false });
    if (remote !== undefined) bench.describe(remote);
    const flows = [7_000, 7_001].map((port) => bench.flow('192.0.2.1', port));
    if (remote !== undefined) {
      for (const flow of flows) bench.check({}, flow);
      bench.answerFor(500);
    }
    const nominate = (which: number, craft: Craft) => {
      const verdict = bench.check({ useCandidate: true, ...craft }, flows[which]);
      bench.answerFor(100);
      return verdict;
    };
    const nominated = () =>
      flows.findIndex((flow) => {
        const path = bench.agent.pathOf(flow);
        return path !== NO_PATH && bench.agent.pathStats(path).nominated;
      });
    return { bench, nominate, nominated };
  }

  it('counts by its value: one that is not above the highest is answered with success and ignored', () => {
    const { bench, nominate, nominated } = controlled({ renomination2: true });
    nominate(0, { renomination: 0 });
    expect(nominated()).toBe(0);
    nominate(1, { renomination: 7 });
    expect(nominated()).toBe(1);
    for (const renomination of [7, 6, 0]) expect(nominate(0, { renomination })).toBe(Verdict.consumed);
    expect(nominated()).toBe(1);
    nominate(0, { renomination: 0xffff_ffff });
    expect(nominated()).toBe(0);
    expect(bench.agent.counters.nominationsReceived).toBe(6);
  });

  it('is the only one where it was negotiated: USE-CANDIDATE without it nominates nothing', () => {
    const { nominate, nominated } = controlled({ renomination2: true });
    nominate(0, {});
    nominate(0, { nomination: 9 });
    expect(nominated()).toBe(-1);
  });

  it('may be missing before the answer is here, and where it was not negotiated', () => {
    const early = controlled(undefined);
    early.nominate(0, {});
    early.bench.describe();
    early.bench.answerFor(500);
    expect(early.nominated()).toBe(0);
    const other = controlled({});
    other.nominate(1, {});
    expect(other.nominated()).toBe(1);
  });

  it('is unknown to an agent that did not offer it: 420 (RFC 8489 6.3.1)', () => {
    const bench = new Bench({ nomination: 'auto', hawser: false }).describe();
    expect(bench.check({ useCandidate: true, renomination: 1 })).toBe(Verdict.unsupported);
    expect(bench.drain()).toMatchObject([{ errorCode: 420, unknown: [0x0030] }]);
  });
});
