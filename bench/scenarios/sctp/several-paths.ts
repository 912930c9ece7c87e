import type { Metrics, ScenarioTarget, ScenarioVariant } from '../../src/scenario-contract.ts';
import type { MultipathScenario } from '../multipath/contract.ts';
import { metricsOf } from '../multipath/run/metrics.ts';
import { runOnce } from '../multipath/run/scenario-run.ts';
import { SCENARIOS } from '../multipath/values/index.ts';
import { configOf } from '../multipath/variants.ts';

/** Virtual time of a run, s. */
const SECONDS = 20;
/** Adding a path costs at most this part of the best single one's goodput. */
const HARMLESS = 0.98;

/** Paths whose round trips differ by twice what is named: one way by the whole. */
const skewed = (skewMs: number): MultipathScenario => ({
  name: `skew-${skewMs}`,
  why: `two paths of one rate, ${skewMs} ms apart one way`,
  primary: 'goodputBps',
  paths: [
    { name: 'near', rttMs: 20, rateBps: 10e6 },
    { name: 'far', rttMs: 20 + 2 * skewMs, rateBps: 10e6 },
  ],
  traffic: { type: 'bulk' },
});

const spurious: ScenarioTarget = { metric: 'spuriousPercent', of: 'max', atMost: 0.5 };

/**
 * One association of two `@hawser/multipath` sessions (ICE, DTLS with a null cipher, pacing, the `auto` scheduler) over several
 * paths: what they are worth together beside each alone, under the same controller and seed.
 */
export const severalPaths: readonly ScenarioVariant[] = [
  variant('two equal paths', named('two-equal'), 0.95),
  variant('50 Mbit/s, 20 ms and 10 Mbit/s, 100 ms, 0.5 % loss', named('fast-slow'), 0.9),
  variant('four mixed paths', named('four-mixed'), 0.85),
  variant('two paths 80 ms apart', skewed(80), undefined),
];

function variant(name: string, scenario: MultipathScenario, efficiency: number | undefined): ScenarioVariant {
  const targets: ScenarioTarget[] = [{ metric: 'ofBestSingle', of: 'median', atLeast: HARMLESS }, spurious];
  if (efficiency !== undefined) targets.unshift({ metric: 'aggregationEfficiency', of: 'median', atLeast: efficiency });
  return { name, seeds: 2, run: (seed) => together(scenario, seed), targets };
}

function together(scenario: MultipathScenario, seed: number): Metrics {
  const run = (only: number | undefined) => {
    return metricsOf(scenario, runOnce(scenario, seed, configOf('auto'), only, SECONDS), only);
  };
  const all = run(undefined);
  const singles = scenario.paths.map((_, path) => run(path).goodputBps);
  return {
    goodputBps: all.goodputBps,
    bestSingleBps: Math.max(...singles),
    aggregationEfficiency: all.goodputBps / singles.reduce((sum, bps) => sum + bps, 0),
    ofBestSingle: all.goodputBps / Math.max(...singles),
    spuriousPercent: 100 * all.spuriousRatio,
    retransmittedPercent: 100 * all.retransmittedRatio,
    deliveredTwice: all.deliveredTwice,
  };
}

function named(name: string): MultipathScenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}
