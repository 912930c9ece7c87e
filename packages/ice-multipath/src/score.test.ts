import { describe, expect, it } from 'vitest';
import { RemoteCandidate } from './candidate.ts';
import { Generation } from './generation.ts';
import { LocalBase } from './local-base.ts';
import { CandidatePair } from './pair.ts';
import { type Contender, penaltyOf, selectActive } from './score.ts';

interface Spec {
  readonly base: number;
  readonly egress?: string;
  readonly remote: string;
  readonly port?: number;
  readonly rttMs: number;
  readonly cost?: number;
  readonly lossPercent?: number;
  readonly incumbent?: boolean;
  readonly preferred?: boolean;
  /** A port opened for steering, beside base 0 at 10.0.0.1. */
  readonly steers?: boolean;
  /** A connection beside the socket of base 0. */
  readonly tcp?: boolean;
  readonly relayed?: boolean;
}

function contenders(specs: readonly Spec[]): Contender[] {
  return specs.map((spec, path) => {
    const local = new LocalBase(
      {
        base: spec.base,
        address: `10.0.${spec.steers ? 0 : spec.base}.1`,
        port: 1,
        spare: spec.steers ?? false,
        networkCost: spec.cost ?? 0,
        ...(spec.egress !== undefined && { egress: spec.egress }),
        ...(spec.tcp && { transport: 'tcp', tcpType: 'active', carriedBy: 0 }),
        ...(spec.relayed && { type: 'relay', carriedBy: 0 }),
      },
      `${spec.base}`,
      65_535 - spec.base,
    );
    const remote = new RemoteCandidate({
      address: spec.remote,
      port: spec.port ?? 1,
      type: 'host',
      transport: spec.tcp ? 'tcp' : 'udp',
      priority: 5,
      foundation: spec.remote,
    });
    const pair = new CandidatePair(path, local, remote, path, new Generation(0, 'user', 'password'), 'controlling');
    pair.rtt.sample(spec.rttMs);
    if (spec.lossPercent !== undefined) for (let i = 0; i < 100; i++) pair.loss.record(i < spec.lossPercent);
    return { path, pair, incumbent: spec.incumbent ?? false, preferred: spec.preferred ?? false };
  });
}

const chosen = (specs: readonly Spec[], how: 'disjoint' | 'all' = 'disjoint', limit = 8): readonly number[] =>
  selectActive(contenders(specs), how, limit).active;

describe('the choice of active paths', () => {
  it('is disjoint by egress and remote address, and the sum of its round trips the least', () => {
    const specs = [
      { base: 0, egress: 'eth0', remote: 'A', rttMs: 10 },
      { base: 0, egress: 'eth0', remote: 'B', rttMs: 12 },
      { base: 1, egress: 'wlan0', remote: 'A', rttMs: 11 },
      { base: 1, egress: 'wlan0', remote: 'B', rttMs: 100 },
    ];
    // The best single path is not in it: 10 + 100 is more than 12 + 11.
    expect(chosen(specs)).toEqual([2, 1]);
  });

  it('takes TCP only where no datagrams go by the same network, however fast it is', () => {
    const udp = { base: 0, remote: 'A', rttMs: 200 };
    const tcp = { base: 5, tcp: true, remote: 'A', port: 9, rttMs: 1 };
    const other = { base: 1, remote: 'B', rttMs: 50 };
    expect(chosen([udp, tcp, other])).toEqual([2, 0]);
    expect(chosen([udp, tcp, other], 'all')).toEqual([2, 0]);
    expect(chosen([tcp, other])).toEqual([0, 1]);
    expect(
      chosen([
        { ...udp, base: 3, egress: 'eth0' },
        { ...tcp, egress: 'eth0' },
      ]),
    ).toEqual([0]);
    expect(
      chosen([
        { ...udp, base: 3, egress: 'eth0' },
        { ...tcp, egress: 'eth1' },
      ]),
    ).toEqual([1]);
    // A relay and a stream of one network: the faster one, not both.
    const relayed = { base: 6, relayed: true, remote: 'C', rttMs: 100 };
    expect(chosen([relayed, { ...tcp, rttMs: 20 }])).toEqual([1]);
    expect(chosen([relayed, { ...tcp, rttMs: 300 }])).toEqual([0]);
  });

  it('all: every path, but one of those that differ by a steering port alone', () => {
    const twins = [
      { base: 0, remote: 'A', rttMs: 10 },
      { base: 5, steers: true, remote: 'A', rttMs: 5 },
      { base: 6, steers: true, remote: 'B', rttMs: 5 },
      { base: 7, steers: true, remote: 'B', rttMs: 4 },
      { base: 1, remote: 'A', rttMs: 20 },
      { base: 2, remote: 'A', rttMs: 30 },
    ];
    expect(chosen(twins, 'all')).toEqual([3, 0, 4, 5]);
    expect(chosen(twins.slice(1), 'all')).toContain(0);
  });

  it('takes one of two bases that share an egress, where two egresses are known', () => {
    expect(
      chosen([
        { base: 0, egress: 'eth0', remote: 'A', rttMs: 10 },
        { base: 1, egress: 'eth0', remote: 'B', rttMs: 10 },
        { base: 2, egress: 'wlan0', remote: 'B', rttMs: 10 },
      ]),
    ).toEqual([0, 2]);
  });

  it('goes by base and transport address while fewer than two egresses are known', () => {
    expect(
      chosen([
        { base: 0, egress: 'eth0', remote: 'A', port: 1, rttMs: 10 },
        { base: 1, egress: 'eth0', remote: 'A', port: 2, rttMs: 10 },
        { base: 2, remote: 'A', port: 2, rttMs: 10 },
      ]),
    ).toHaveLength(2);
  });

  it('counts a base of unknown egress as an egress of its own among known ones', () => {
    expect(
      chosen([
        { base: 0, egress: 'eth0', remote: 'A', rttMs: 10 },
        { base: 1, egress: 'wlan0', remote: 'B', rttMs: 10 },
        { base: 2, remote: 'C', rttMs: 10 },
      ]),
    ).toHaveLength(3);
  });

  it('prefers free over metered, lossless over lossy, fast over slow', () => {
    const specs = [
      { base: 0, remote: 'A', rttMs: 10, cost: 900 },
      { base: 1, remote: 'B', rttMs: 20, lossPercent: 30 },
      { base: 2, remote: 'C', rttMs: 50 },
      { base: 3, remote: 'D', rttMs: 30 },
    ];
    expect(chosen(specs, 'all')).toEqual([3, 2, 1, 0]);
  });

  it('keeps an active path unless another is better by more than a fifth and 5 ms', () => {
    const swap = (rttMs: number) =>
      chosen([
        { base: 0, egress: 'eth0', remote: 'A', rttMs: 50, incumbent: true },
        { base: 1, egress: 'eth0', remote: 'A', rttMs },
        { base: 2, egress: 'wlan0', remote: 'B', rttMs: 5 },
      ]);
    // 0.8 · 50 − 5 = 35 is what the other has to beat.
    expect(swap(36)).toEqual([2, 0]);
    expect(swap(34)).toEqual([2, 1]);
  });

  it('puts a nominated path first where a nomination counts', () => {
    expect(
      chosen([
        { base: 0, egress: 'eth0', remote: 'A', rttMs: 500, preferred: true },
        { base: 1, egress: 'wlan0', remote: 'A', rttMs: 5 },
        { base: 1, egress: 'wlan0', remote: 'B', rttMs: 6 },
      ]),
    ).toEqual([0, 2]);
  });

  it('is at most so many', () => {
    const specs = Array.from({ length: 12 }, (_, i) => ({ base: i, remote: `R${i}`, rttMs: 100 - i }));
    expect(chosen(specs)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
    expect(chosen(specs, 'all', 2)).toEqual([11, 10]);
    expect(chosen([])).toEqual([]);
  });

  it('does not believe a loss of few checks', () => {
    const [one] = contenders([{ base: 0, remote: 'A', rttMs: 10 }]);
    const before = penaltyOf(one, 0);
    for (let i = 0; i < 19; i++) one.pair.loss.record(true);
    expect(penaltyOf(one, 0)).toBe(before);
    one.pair.loss.record(true);
    expect(penaltyOf(one, 0)).toBeGreaterThan(before);
  });
});
