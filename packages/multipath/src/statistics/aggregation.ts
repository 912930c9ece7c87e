/** One path as the sums below see it. */
export interface AggregatedPath {
  /** Bit/s that it is believed to carry; 0 while unknown. */
  readonly rateBps: number;
  /** Bit/s that arrive by it, by feedback. */
  readonly deliveryBps: number;
  /** The time within which 95 % of its packets are known to have arrived, ms; 0 while unknown. */
  readonly delayP95Ms: number;
}

/**
 * What several paths are worth beside the best one. Undefined where the paths in use are not all measured; the ones by goodput also
 * where nothing waits to be sent, since goodput is what the application sends then, and not what paths are worth.
 */
export interface AggregationStats {
  /** Bit/s known to arrive, over all paths. */
  readonly goodputBps: number;
  /** Goodput over what all active paths are believed to carry. */
  readonly efficiency: number | undefined;
  /** 0: as much as the best path carries, 1: the sum of all; below 0: the loss, as a part of the best (-1: nothing arrives). */
  readonly benefit: number | undefined;
  /** What the best path is believed to carry alone over the goodput: above 1 the others do harm. Infinity: nothing arrives. */
  readonly harmRatio: number | undefined;
  /** The session's p95 delay over that of the path with the least: above 1 the others make packets late. */
  readonly delayHarmRatio: number | undefined;
  /** More waits to be sent than the paths take. */
  readonly isBacklogged: boolean;
}

/**
 * Aggregation and harm, as docs/multipath.md defines them, as far as one end can know them while it runs: there each path is
 * measured alone in a run of its own; here it is believed to carry what its window or rate control says, and never less than
 * what arrives by it.
 *
 * @param paths those in use
 * @param delayP95Ms of the whole session; 0 while unknown
 */
export function aggregationOf(
  paths: readonly AggregatedPath[],
  delayP95Ms: number,
  isBacklogged: boolean,
): AggregationStats {
  let goodputBps = 0;
  let sumBps = 0;
  let bestBps = 0;
  let leastDelayMs = Number.POSITIVE_INFINITY;
  let isKnown = isBacklogged && paths.length > 0;
  for (const { rateBps, deliveryBps, delayP95Ms: pathDelayMs } of paths) {
    goodputBps += deliveryBps;
    if (!(rateBps > 0)) isKnown = false;
    const alone = Math.max(rateBps, deliveryBps);
    sumBps += alone;
    bestBps = Math.max(bestBps, alone);
    if (pathDelayMs > 0) leastDelayMs = Math.min(leastDelayMs, pathDelayMs);
  }
  const over = goodputBps - bestBps;
  const of = over < 0 ? bestBps : sumBps - bestBps;
  return {
    goodputBps,
    efficiency: isKnown ? goodputBps / sumBps : undefined,
    benefit: isKnown && of > 0 ? over / of : undefined,
    harmRatio: isKnown ? bestBps / goodputBps : undefined,
    delayHarmRatio: delayP95Ms > 0 && leastDelayMs < Number.POSITIVE_INFINITY ? delayP95Ms / leastDelayMs : undefined,
    isBacklogged,
  };
}
