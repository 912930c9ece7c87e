import { describe, expect, it } from 'vitest';
import { type Panel, svgOf } from './svg-plot.ts';

const bars: Panel = {
  type: 'bars',
  title: 'goodput, Mbit/s',
  bars: [
    { name: 'auto', value: 38, min: 36, max: 39 },
    { name: 'best <single>', value: 19, min: 19, max: 19 },
  ],
};
const lines: Panel = {
  type: 'lines',
  title: 'delay, ms',
  x: [0, 1, 2, 3],
  lines: [
    { name: 'left', y: [1, 2, null, 4] },
    { name: 'right', y: [4, 3, 2, 1] },
  ],
};

/** Every element that is opened is closed, in order: what a reader of XML asks first. */
function unbalanced(svg: string): string[] {
  const open: string[] = [];
  for (const [, slash, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gi)) {
    if (slash === '/') {
      if (open.pop() !== name) return [name];
    } else if (self !== '/') open.push(name);
  }
  return open;
}

describe('a drawing', () => {
  it('is well-formed, whatever the names', () => {
    const svg = svgOf('a & b', [bars, lines]);
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).toContain('best &lt;single&gt;');
    expect(svg).toContain('a &amp; b');
  });

  it('interrupts a line where there is no value', () => {
    const svg = svgOf('', [lines]);
    const [left, right] = [...svg.matchAll(/ d="(M[^"]*L[^"]*)"/g)].map(([, d]) => d.replace(/[^ML]/g, ''));
    expect(left).toBe('MLM');
    expect(right).toBe('MLLL');
  });

  it('has room for every bar and its range', () => {
    const widths = [...svgOf('', [bars]).matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect(widths[0] / widths[1]).toBeCloseTo(2);
  });

  it('draws nothing into nothing', () => {
    const svg = svgOf('', [
      { ...bars, bars: [] },
      { ...lines, x: [], lines: [] },
    ]);
    expect(svg).not.toContain('NaN');
    expect(unbalanced(svg)).toEqual([]);
  });
});
