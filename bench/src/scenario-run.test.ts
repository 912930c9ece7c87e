import { describe, expect, it } from 'vitest';
import type { Scenario, ScenarioVariant } from './scenario-contract.ts';
import { runVariant, scenarioRowText } from './scenario-run.ts';

const seeds = { first: 1, count: undefined };

function failover(variant: Partial<ScenarioVariant>): [Scenario, ScenarioVariant] {
  const whole: ScenarioVariant = { name: 'silent cut', run: (seed) => ({ gapMs: seed * 10 }), targets: [], ...variant };
  return [{ name: 'failover', variants: [whole] }, whole];
}

describe('a scenario over seeds', () => {
  it('runs the default number of seeds and summarizes each metric', async () => {
    expect(await runVariant(...failover({}), seeds)).toEqual({
      scenario: 'failover',
      variant: 'silent cut',
      seeds: 5,
      metrics: { gapMs: { median: 30, min: 10, max: 50 } },
      targets: [],
    });
  });

  it('takes the seeds that are asked for', async () => {
    const ran: number[] = [];
    const run = async (seed: number) => ({ n: ran.push(seed) });
    await runVariant(...failover({ run, seeds: 2 }), seeds);
    await runVariant(...failover({ run, seeds: 2 }), { first: 40, count: 3 });
    expect(ran).toEqual([1, 2, 40, 41, 42]);
  });

  it('compares every target with the statistic it names', async () => {
    const targets = [
      { metric: 'gapMs', of: 'p95', atMost: 49 },
      { metric: 'gapMs', of: 'median', atMost: 30, atLeast: 30 },
      { metric: 'gapMs', of: 'min', atLeast: 10 },
      { metric: 'gapMs', of: 'max', atMost: 50 },
      { metric: 'gapMs', of: 'p99', atMost: 50 },
    ] as const;
    const row = await runVariant(...failover({ targets }), seeds);
    expect(row.targets.map(({ name, got, met }) => [name, got, met])).toEqual([
      ['gapMs p95 at most', 50, false],
      ['gapMs median at most', 30, true],
      ['gapMs median at least', 30, true],
      ['gapMs min at least', 10, true],
      ['gapMs max at most', 50, true],
      ['gapMs p99 at most', 50, true],
    ]);
    expect(scenarioRowText(row)).toContain('NOT met gapMs p95 at most 49: 50');
  });

  it('meets no target with a metric that was not measured', async () => {
    const row = await runVariant(...failover({ targets: [{ metric: 'lost', of: 'max', atMost: 1 }] }), seeds);
    expect(row.targets[0].met).toBe(false);
  });

  it('names the seed that failed', async () => {
    const run = (seed: number) => {
      if (seed === 3) throw new Error('no path');
      return {};
    };
    await expect(runVariant(...failover({ run }), seeds)).rejects.toThrow(
      'failover, silent cut: seed 3 failed: no path',
    );
  });
});
