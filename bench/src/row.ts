import type { BenchCase, BenchTarget } from './contract.ts';
import type { Measured } from './measure.ts';
import { significant, summarize } from './statistics.ts';

/** One line of `bench --json`. */
export interface BenchRow {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  readonly spread: readonly [min: number, max: number];
  readonly peers: Readonly<Record<string, PeerValue>>;
  /** In the row's unit; a target relative to a peer is resolved with that peer's value of the same run. Null: none. */
  readonly target: number | null;
  /** Null without a target, or where the peer it refers to could not be had. */
  readonly met: boolean | null;
}

/** A peer's value in the row's unit, or why there is none. */
export type PeerValue =
  | { readonly value: number; readonly version: string }
  | { readonly value: null; readonly version: null; readonly unavailable: string };

/** Joins the measurements of one case into its row. */
export function benchRow(
  bench: string,
  benchCase: Pick<BenchCase, 'name' | 'unit' | 'lowerIsBetter' | 'target'>,
  ours: readonly number[],
  peers: Readonly<Record<string, PeerValue>>,
): BenchRow {
  const { median, min, max } = summarize(ours);
  const target = resolveTarget(benchCase.target, benchCase.lowerIsBetter, peers);
  const value = significant(median);
  return {
    bench,
    case: benchCase.name,
    value,
    unit: benchCase.unit,
    lowerIsBetter: benchCase.lowerIsBetter,
    spread: [significant(min), significant(max)],
    peers,
    target,
    met: target === null ? null : benchCase.lowerIsBetter ? value <= target : value >= target,
  };
}

/** What a peer's rounds come to in a row. */
export function peerValue(measured: Measured, version: string): PeerValue {
  if (measured.failure !== undefined) return { value: null, version: null, unavailable: measured.failure };
  return { value: significant(summarize(measured.values).median), version };
}

/** A row as a line for people. */
export function benchRowText(row: BenchRow): string {
  const spread = `(${row.spread[0]}..${row.spread[1]})`;
  const peers = Object.entries(row.peers).map(([name, peer]) => peerText(row, name, peer));
  const target = row.target === null ? [] : [`target ${row.target}: ${row.met ? 'met' : 'NOT met'}`];
  return [`${row.bench}: ${row.case}  ${row.value} ${row.unit} ${spread}`, ...peers, ...target].join('  | ');
}

function peerText(row: BenchRow, name: string, peer: PeerValue): string {
  if (peer.value === null) return `${name}: cannot be had (${peer.unavailable})`;
  const times = row.lowerIsBetter ? peer.value / row.value : row.value / peer.value;
  return `${name} ${peer.version}: ${peer.value} (ours ${times.toFixed(2)}x)`;
}

function resolveTarget(
  target: BenchTarget | undefined,
  lowerIsBetter: boolean,
  peers: Readonly<Record<string, PeerValue>>,
): number | null {
  if (target === undefined) return null;
  if ('value' in target) return target.value;
  if ('all' in target) {
    const all = target.all.map((one) => resolveTarget(one, lowerIsBetter, peers));
    if (all.some((one) => one === null)) return null;
    return lowerIsBetter ? Math.min(...(all as number[])) : Math.max(...(all as number[]));
  }
  const value = peers[target.peer]?.value ?? null;
  if (value === null) return null;
  if ('plus' in target) return significant(value + target.plus);
  return significant(lowerIsBetter ? value / target.times : value * target.times);
}
