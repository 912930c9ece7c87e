import type { MultipathScenario, PathValues } from '../contract.ts';
import type { RunRecord } from './scenario-run.ts';

/**
 * How capacity was used and shared: `utilisation`, what all paths carried over what they could have; and with others on
 * them the `goodput` of each while it was to send, and Jain's `fairness` among those of the same kind of traffic (1: all the
 * same; 1/n: one has everything).
 */
export function sharingMetrics(scenario: MultipathScenario, run: RunRecord): Record<string, number> {
  const { others = [], traffic, paths } = scenario;
  const seconds = (run.endedAt - run.startedAt) / 1000;
  const capacity = paths.reduce((sum, path) => sum + capacityBytes(path, seconds), 0);
  const used = run.carriedBytes.reduce((sum, bytes) => sum + bytes, 0);
  const utilisation = scenario.events === undefined && Number.isFinite(capacity) ? used / capacity : Number.NaN;
  if (others.length === 0) return { utilisation };
  const own = (run.recorder.bytes * 8) / seconds;
  const theirs = run.others.map(({ bytes, ms }) => (bytes * 8000) / ms);
  const alike = theirs.filter((_, i) => others[i].traffic.type === traffic.type && run.others[i].ms > 0);
  return {
    utilisation,
    fairness: alike.length === 0 ? Number.NaN : jain([own, ...alike]),
    ...Object.fromEntries(others.map(({ name }, i) => [`goodput ${name}`, theirs[i]])),
  };
}

/** What the path could carry within the time, by its trace where it has one. */
function capacityBytes({ rateBps = Number.POSITIVE_INFINITY, trace }: PathValues, seconds: number): number {
  const { steps = [], repeatAfterMs = Number.POSITIVE_INFINITY } = trace ?? {};
  const endMs = seconds * 1000;
  let rate = rateBps;
  let bytes = 0;
  let atMs = 0;
  for (let originMs = 0; originMs < endMs; originMs += repeatAfterMs) {
    for (const step of steps) {
      const stepMs = Math.min(endMs, originMs + step.atMs);
      bytes += (rate * (stepMs - atMs)) / 8000;
      atMs = stepMs;
      rate = step.rateBps ?? rate;
    }
  }
  return bytes + (rate * (endMs - atMs)) / 8000;
}

function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return (sum * sum) / (values.length * squares);
}
