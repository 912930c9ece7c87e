/**
 * Maximum weight bipartite matching of every size up to a limit, by augmenting along the heaviest path each time
 * (successive shortest paths): after k rounds the matching is the heaviest of all matchings with k edges. Small graphs,
 * rarely computed: Bellman-Ford is enough.
 */
export interface MatchEdge {
  /** 0 <= row < rows */
  readonly row: number;
  /** 0 <= column < columns */
  readonly column: number;
  /** Any finite number. */
  readonly weight: number;
}

/**
 * Chooses edges no two of which share a row or a column: as many as there can be, at most `limit`, and of those choices
 * the one with the largest sum of weights.
 *
 * @returns indices into `edges`, ascending
 */
export function maximumMatching(rows: number, columns: number, edges: readonly MatchEdge[], limit: number): number[] {
  /** Edge that a row or column is matched by, -1 = free. */
  const rowEdge = new Int32Array(rows).fill(NONE);
  const columnEdge = new Int32Array(columns).fill(NONE);
  const rowGain = new Float64Array(rows);
  const columnGain = new Float64Array(columns);
  /** Edge by which a column was reached. */
  const reachedBy = new Int32Array(columns);
  for (let size = 0; size < limit; size++) {
    for (let row = 0; row < rows; row++) rowGain[row] = rowEdge[row] === NONE ? 0 : UNREACHED;
    columnGain.fill(UNREACHED);
    reachedBy.fill(NONE);
    for (let changed = true; changed; ) {
      changed = false;
      for (let index = 0; index < edges.length; index++) {
        const edge = edges[index];
        if (rowEdge[edge.row] === index || rowGain[edge.row] === UNREACHED) continue;
        const gain = rowGain[edge.row] + edge.weight;
        if (gain <= columnGain[edge.column] + EPSILON) continue;
        columnGain[edge.column] = gain;
        reachedBy[edge.column] = index;
        const matched = columnEdge[edge.column];
        if (matched !== NONE) rowGain[edges[matched].row] = gain - edges[matched].weight;
        changed = true;
      }
    }
    let best = NONE;
    for (let column = 0; column < columns; column++) {
      if (columnEdge[column] !== NONE || columnGain[column] === UNREACHED) continue;
      if (best === NONE || columnGain[column] > columnGain[best]) best = column;
    }
    if (best === NONE) break;
    // Back from the free column: each edge on the way becomes matched, the one it displaces is matched no longer.
    for (let column = best; column !== NONE; ) {
      const index = reachedBy[column];
      const row = edges[index].row;
      const displaced = rowEdge[row];
      rowEdge[row] = index;
      columnEdge[column] = index;
      column = displaced === NONE ? NONE : edges[displaced].column;
    }
  }
  return [...rowEdge].filter((index) => index !== NONE).sort((a, b) => a - b);
}

const NONE = -1;
const UNREACHED = Number.NEGATIVE_INFINITY;
/** Gains that differ by less are equal: sums of doubles in another order must not make a cycle. */
const EPSILON = 1e-9;
