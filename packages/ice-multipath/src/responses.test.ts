import { NO_PATH, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench, type Sent } from '../test/crafted.ts';
import { hostCandidate } from '../test/simulation/world.ts';

/** A bench whose agent has sent one check to 192.0.2.1:7000. */
function checking(config = {}): { bench: Bench; check: Sent } {
  const bench = new Bench(config).describe();
  bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
  const [check] = bench.pass(20);
  return { bench, check };
}

describe('an answer to our check', () => {
  it('makes the pair a path, with a round-trip time and consent for 30 s', () => {
    const { bench, check } = checking();
    bench.now = 60;
    bench.events();
    expect(bench.answer(check)).toBe(Verdict.consumed);
    expect(bench.agent.pathOf(check.flow)).toBe(0);
    expect(bench.agent.pathStats(0)).toMatchObject({
      state: 'active',
      rttMs: 60,
      srttMs: 60,
      rttVarMs: 30,
      minRttMs: 60,
      checksSent: 1,
      responsesReceived: 1,
      consentExpiresAt: 30_060,
      remoteAddress: '192.0.2.1',
      remotePort: 7_000,
      remoteType: 'host',
    });
    expect(bench.events().map((event) => (event.type === 'path' ? `path ${event.state}` : event.type))).toEqual([
      'state',
      'path standby',
      'path active',
      'selected',
    ]);
  });

  it('that tells another address shows a NAT: the local candidate is peer-reflexive (7.2.5.3.1)', () => {
    const { bench, check } = checking();
    bench.answer(check, { mapped: ['198.51.100.7', 4_242] });
    expect(bench.agent.pathStats(0)).toMatchObject({
      localType: 'prflx',
      mappedAddress: '198.51.100.7',
      mappedPort: 4_242,
    });
  });

  it.each([
    ['signed with another password', { password: 'wrongpasswordwrongpassword' }, Verdict.unauthenticated],
    ['not signed', { password: null }, Verdict.unauthenticated],
    ['of an unknown transaction', { id: new Uint8Array(12) }, Verdict.unexpected],
    ['without XOR-MAPPED-ADDRESS', { mapped: null }, Verdict.malformed],
    ['with an unknown required attribute', { unknown: 0x7abc }, Verdict.unsupported],
    ['without FINGERPRINT', { fingerprint: false }, Verdict.malformed],
  ] as const)('%s is worth nothing', (_, craft, verdict) => {
    const { bench, check } = checking();
    expect(bench.answer(check, craft)).toBe(verdict);
    expect(bench.agent.pathOf(check.flow)).toBe(NO_PATH);
    // The check is still under way.
    expect(bench.answer(check)).toBe(Verdict.consumed);
    expect(bench.agent.pathOf(check.flow)).toBe(0);
  });

  it('that comes from another address fails the pair (7.2.5.2.1)', () => {
    const { bench, check } = checking();
    const bytes = bench.craft({ cls: 2, id: check.id, mapped: ['10.0.0.1', 5_000] });
    expect(bench.give(bench.flow('192.0.2.1', 7_001), bytes)).toBe(Verdict.unexpected);
    expect(bench.agent.counters.nonSymmetric).toBe(1);
    expect(bench.answer(check)).toBe(Verdict.unexpected);
    expect([...bench.agent.paths()]).toEqual([]);
  });

  it('counts once: a copy is unexpected', () => {
    const { bench, check } = checking();
    expect(bench.answer(check)).toBe(Verdict.consumed);
    expect(bench.answer(check)).toBe(Verdict.unexpected);
  });

  it('to a retransmitted check gives no round-trip time (Karn)', () => {
    const { bench, check } = checking();
    const again = bench.pass(600);
    expect(again).toHaveLength(1);
    expect(again[0].id).toEqual(check.id);
    bench.answer(check);
    expect(bench.agent.pathStats(0).srttMs).toBe(0);
  });

  it('487 switches the role and the check is made anew (7.2.5.1)', () => {
    const { bench, check } = checking({ role: 'controlling' });
    expect(bench.answer(check, { cls: 3, errorCode: 487, mapped: null })).toBe(Verdict.consumed);
    expect(bench.agent.role).toBe('controlled');
    const [second] = bench.pass(20);
    expect(second.controlling).toBe(false);
    // A late 487 to a check of the former role changes nothing.
    expect(bench.answer(second)).toBe(Verdict.consumed);
    expect(bench.agent.role).toBe('controlled');
  });

  it('any other error fails a pair that is not validated', () => {
    const { bench, check } = checking();
    expect(bench.answer(check, { cls: 3, errorCode: 400, mapped: null })).toBe(Verdict.consumed);
    expect(bench.pass(30_000)).toEqual([]);
    // A check of the peer tries it again (7.3.1.4).
    bench.check();
    expect(bench.pass(20).map((one) => one.cls)).toEqual([2, 0]);
  });

  it('403 revokes consent at once (RFC 7675 5.2)', () => {
    const { bench, check } = checking();
    bench.answer(check);
    const [next] = bench.pass(600).filter((one) => one.cls === 0);
    bench.events();
    bench.answer(next, { cls: 3, errorCode: 403, mapped: null });
    expect(bench.agent.pathState(0)).toBe('failed');
    expect(bench.agent.state).toBe('failed');
    // Why comes before that: whoever hears of the state knows the reason.
    const told = bench.events().filter(({ type }) => type === 'error' || type === 'state');
    expect(told).toMatchObject([
      { type: 'error', error: { code: 'consent-lost' } },
      { type: 'state', state: 'failed' },
    ]);
  });

  it('of another error on a path is no answer: consent runs out', () => {
    const { bench, check } = checking();
    bench.answer(check);
    for (let i = 0; i < 3_100 && bench.agent.state !== 'failed'; i++) {
      for (const sent of bench.pass(10)) bench.answer(sent, { cls: 3, errorCode: 400, mapped: null });
    }
    expect(bench.agent.state).toBe('failed');
  });

  it('after consent ran out does not bring it back (RFC 7675 5.1)', () => {
    const { bench, check } = checking();
    bench.answer(check);
    const last = bench.pass(29_999).at(-1) as Sent;
    bench.pass(10);
    expect(bench.agent.pathState(0)).toBe('failed');
    expect(bench.answer(last)).toBe(Verdict.unexpected);
    expect(bench.check()).toBe(Verdict.consumed);
    expect(bench.pass(1_000).filter((one) => one.cls === 0)).toEqual([]);
  });

  it('on another path does not let the lost one be tried again: same credentials, same 5-tuple', () => {
    const { bench, check } = checking();
    bench.answer(check);
    bench.check({}, bench.flow('192.0.2.2', 7_000));
    // The second address is answered all the time, the first never again.
    for (let ms = 0; ms < 31_000; ms += 10) {
      for (const sent of bench.pass(10)) if (sent.cls === 0 && sent.flow !== check.flow) bench.answer(sent);
    }
    expect(bench.agent.state).toBe('connected');
    expect(bench.agent.pathState(0)).toBe('failed');
    expect(bench.check()).toBe(Verdict.consumed);
    const sent = bench.pass(2_000).filter((one) => one.flow === check.flow);
    expect(sent.map((one) => one.cls)).toEqual([2]);
  });

  it('may come late, to a check that a triggered one has replaced (7.3.1.4)', () => {
    const { bench, check } = checking();
    bench.check();
    expect(bench.answer(check)).toBe(Verdict.consumed);
    expect(bench.agent.pathOf(check.flow)).toBe(0);
    expect(bench.pass(50).map((one) => one.cls)).toEqual([2]);
  });
});
