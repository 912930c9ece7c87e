import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MatchEdge, maximumMatching } from '../../src/matching.ts';

const graph = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    edges: fc.uniqueArray(
      fc.record({
        row: fc.integer({ min: 0, max: rows - 1 }),
        column: fc.integer({ min: 0, max: columns - 1 }),
        weight: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      { selector: (edge) => `${edge.row}:${edge.column}`, maxLength: 14 },
    ),
    limit: fc.integer({ min: 1, max: 6 }),
  }),
);

/** The readable reference: every subset. */
function best(edges: readonly MatchEdge[], limit: number): { size: number; weight: number } {
  let result = { size: 0, weight: 0 };
  const visit = (at: number, rows: number, columns: number, size: number, weight: number): void => {
    if (size > result.size || (size === result.size && weight > result.weight)) result = { size, weight };
    if (at === edges.length || size === limit) return;
    const edge = edges[at];
    if (!(rows & (1 << edge.row)) && !(columns & (1 << edge.column))) {
      visit(at + 1, rows | (1 << edge.row), columns | (1 << edge.column), size + 1, weight + edge.weight);
    }
    visit(at + 1, rows, columns, size, weight);
  };
  visit(0, 0, 0, 0, 0);
  return result;
}

describe('maximumMatching', () => {
  it('is as large, and as heavy, as the best of all subsets', () => {
    fc.assert(
      fc.property(graph, ({ rows, columns, edges, limit }) => {
        const chosen = maximumMatching(rows, columns, edges, limit).map((index) => edges[index]);
        expect(new Set(chosen.map((edge) => edge.row)).size).toBe(chosen.length);
        expect(new Set(chosen.map((edge) => edge.column)).size).toBe(chosen.length);
        const expected = best(edges, limit);
        expect(chosen.length).toBe(expected.size);
        expect(chosen.reduce((sum, edge) => sum + edge.weight, 0)).toBe(expected.weight);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes a hundred pairs at once', () => {
    const edges: MatchEdge[] = [];
    for (let row = 0; row < 10; row++) {
      for (let column = 0; column < 10; column++) edges.push({ row, column, weight: row === column ? 2 : 1 });
    }
    const chosen = maximumMatching(10, 10, edges, 8).map((index) => edges[index]);
    expect(chosen).toHaveLength(8);
    expect(chosen.every((edge) => edge.row === edge.column)).toBe(true);
  });
});
