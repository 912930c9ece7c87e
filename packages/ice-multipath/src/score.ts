import type { PathId } from '@hawser/wire';
import { type MatchEdge, maximumMatching } from './matching.ts';
import type { CandidatePair } from './pair.ts';

/** A path that may be active, as the choice sees it. */
export interface Contender {
  readonly path: PathId;
  readonly pair: CandidatePair;
  /** It is active now. */
  readonly incumbent: boolean;
  /** A nomination that counts asks for it: it comes before all others. */
  readonly preferred: boolean;
}

/** The choice of active paths, best first. */
export interface Selection {
  readonly active: readonly PathId[];
}

/**
 * Cost of a path in milliseconds-equivalents, smaller is better. In this order of weight: money (network cost), lost
 * checks, round-trip time, then the pair's rank. An active path is favoured by a fifth, so that two of one kind do not
 * swap places with every sample.
 */
export function penaltyOf(contender: Contender, rank: number): number {
  const { pair } = contender;
  const loss = Math.max(pair.loss.count >= MIN_LOSS_SAMPLES ? pair.loss.ratio : 0, pair.dataLoss.ratio);
  const delay = pair.rtt.srttMs * (1 + LOSS_WEIGHT * loss);
  const favoured = contender.incumbent ? delay * INCUMBENT_FACTOR - INCUMBENT_MS : delay;
  const relayed = pair.local.type === 'relay' || pair.remote.type === 'relay' ? RELAY_MS : 0;
  const streamed = pair.local.transport === 'tcp' ? STREAM_MS : 0;
  const penalty =
    Math.min(MAX_PENALTY, favoured + relayed + streamed + pair.local.networkCost * COST_MS) + rank * RANK_MS;
  return contender.preferred ? penalty - 2 * MAX_PENALTY : penalty;
}

/**
 * Chooses the active paths. `disjoint`: a maximum matching by score of local egress × remote address, because pairs that
 * share an egress share its queue and its fate; while fewer than two egresses are known, of local base × remote transport
 * address. A base of unknown egress among known ones counts as an egress of its own. `all`: every path, best first, but for
 * steering ports, which leave by the same address to the same as the pair they took over from: one of those counts.
 *
 * TCP stands in: it is chosen only where no datagrams leave by the same network.
 */
export function selectActive(all: readonly Contender[], how: 'disjoint' | 'all', limit: number): Selection {
  const contenders = withoutStandIns(all);
  const ranked = [...contenders].sort((a, b) => a.pair.rankBelow(b.pair));
  const penalties = ranked.map((contender, rank) => penaltyOf(contender, rank));
  const order = ranked.map((_, index) => index).sort((a, b) => penalties[a] - penalties[b]);
  if (how === 'all') {
    const distinct = withoutTwins(order.map((index) => ranked[index]));
    return { active: distinct.slice(0, limit).map(({ path }) => path) };
  }

  const egresses = new Set<string>();
  for (const { pair } of ranked) if (pair.local.egress !== undefined) egresses.add(pair.local.egress);
  const byEgress = egresses.size >= 2;
  const rows = new Map<string, number>();
  const columns = new Map<string, number>();
  const cells = new Map<string, number>();
  const edges: MatchEdge[] = [];
  // Best first: of several pairs of one cell the first stands for all.
  for (const index of order) {
    const { local, remote } = ranked[index].pair;
    const rowKey = byEgress && local.egress !== undefined ? `egress ${local.egress}` : `base ${local.carrier}`;
    const row = indexOf(rows, rowKey);
    const column = indexOf(columns, byEgress ? remote.address : `${remote.address} ${remote.port}`);
    const cell = `${row}:${column}`;
    if (cells.has(cell)) continue;
    cells.set(cell, index);
    edges.push({ row, column, weight: MAX_WEIGHT - penalties[index] });
  }
  const chosen = new Set<number>();
  for (const at of maximumMatching(rows.size, columns.size, edges, limit)) {
    chosen.add(cells.get(`${edges[at].row}:${edges[at].column}`) as number);
  }
  return { active: order.filter((index) => chosen.has(index)).map((index) => ranked[index].path) };
}

/**
 * Leaves out TCP where a direct path of datagrams leaves by the same socket's network, or the same egress: both would share
 * the link, and on the stream each loss holds up all that is behind it.
 */
function withoutStandIns(contenders: readonly Contender[]): readonly Contender[] {
  if (!contenders.some(({ pair }) => pair.local.transport === 'tcp')) return contenders;
  const direct = contenders.filter(
    ({ pair: { local, remote } }) => local.transport === 'udp' && local.type !== 'relay' && remote.type !== 'relay',
  );
  return contenders.filter(
    ({ pair: { local } }) =>
      local.transport === 'udp' ||
      !direct.some(
        ({ pair: { local: other } }) =>
          other.carrier === local.carrier || (other.egress !== undefined && other.egress === local.egress),
      ),
  );
}

/** Leaves out every pair of a steering port beside which another one joins the same addresses. */
function withoutTwins(contenders: readonly Contender[]): Contender[] {
  const ends = ({ pair: { local, remote } }: Contender) => `${local.address} ${remote.address} ${remote.port}`;
  const taken = new Set(contenders.filter(({ pair }) => !pair.local.steers).map(ends));
  return contenders.filter((contender) => {
    if (!contender.pair.local.steers) return true;
    const isFirst = !taken.has(ends(contender));
    taken.add(ends(contender));
    return isFirst;
  });
}

function indexOf(keys: Map<string, number>, key: string): number {
  const known = keys.get(key);
  if (known !== undefined) return known;
  keys.set(key, keys.size);
  return keys.size - 1;
}

/** Fewer checks than this say nothing about loss. */
const MIN_LOSS_SAMPLES = 20;
/** 5 % of lost checks weigh as much as the round-trip time itself. */
const LOSS_WEIGHT = 20;
const INCUMBENT_FACTOR = 0.8;
/** A moment's delay of this process is no reason to move. */
const INCUMBENT_MS = 5;
/** Milliseconds that one unit of network cost weighs. */
const COST_MS = 10;
/** A relay costs somebody money: a path through it has to be faster by this much. */
const RELAY_MS = 10;
/** On a stream a loss holds up what is behind it. */
const STREAM_MS = 10;
/** The rank only decides between equals. */
const RANK_MS = 1e-4;
const MAX_PENALTY = 100_000;
const MAX_WEIGHT = 1_000_000;
