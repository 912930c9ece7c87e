/** Plots as SVG text: bars with ranges, and lines over time. The background is the page's; colours follow its theme. */

/** One drawing below the other. */
export type Panel =
  | {
      readonly type: 'bars';
      readonly title: string;
      /** `min` and `max` are drawn as a range. */
      readonly bars: readonly {
        readonly name: string;
        readonly value: number;
        readonly min: number;
        readonly max: number;
      }[];
    }
  | {
      readonly type: 'lines';
      readonly title: string;
      readonly x: readonly number[];
      /** A value for each x; null interrupts the line. */
      readonly lines: readonly { readonly name: string; readonly y: readonly (number | null)[] }[];
    };

const WIDTH = 760;
const LEFT = 120;
const RIGHT = 56;
const TITLE_HEIGHT = 34;
const BAR_HEIGHT = 22;
const LINES_HEIGHT = 170;
const PANEL_TOP = 30;
const PANEL_BOTTOM = 34;

/** Of equal lightness, and apart for most eyes (Okabe and Ito), on white as on black. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#b8860b', '#a0529a', '#56b4e9', '#7f7f7f', '#c23b22'];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #444; }
  .title { font-weight: 600; font-size: 13px; }
  .axis { stroke: #999; stroke-width: 1; fill: none; }
  .grid { stroke: #999; stroke-opacity: 0.25; }
  .range { stroke: #444; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) { text { fill: #ccc; } .range { stroke: #ccc; } }
`;

/** The panels below one another, under a title, as the text of an SVG file. */
export function svgOf(title: string, panels: readonly Panel[]): string {
  let top = TITLE_HEIGHT;
  const drawn = panels.map((panel) => {
    const height = plotHeight(panel);
    const text = `<g transform="translate(0 ${top})">\n${panel.type === 'bars' ? bars(panel) : lines(panel)}\n</g>`;
    top += PANEL_TOP + height + PANEL_BOTTOM;
    return text;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    text(8, 20, title, 'class="title"'),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function plotHeight(panel: Panel): number {
  return panel.type === 'bars' ? panel.bars.length * BAR_HEIGHT : LINES_HEIGHT;
}

function bars(panel: Extract<Panel, { type: 'bars' }>): string {
  const height = plotHeight(panel);
  const ticks = ticksOf(Math.max(...panel.bars.map(({ max }) => max), 0));
  const most = ticks[ticks.length - 1];
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const drawn = panel.bars.flatMap(({ name, value, min, max }, i) => {
    const y = PANEL_TOP + i * BAR_HEIGHT;
    const middle = y + BAR_HEIGHT / 2;
    return [
      text(LEFT - 8, middle + 4, name, 'text-anchor="end"'),
      `<rect x="${LEFT}" y="${y + 4}" width="${round(x(value) - LEFT)}" height="${BAR_HEIGHT - 8}" fill="${COLOURS[0]}" fill-opacity="${i === 0 ? 1 : 0.55}"/>`,
      `<path class="range" d="M${round(x(min))} ${middle}H${round(x(max))}M${round(x(min))} ${middle - 4}v8M${round(x(max))} ${middle - 4}v8"/>`,
      text(round(x(max)) + 6, middle + 4, String(Number(value.toPrecision(3)))),
    ];
  });
  const axis = ticks.flatMap((tick) => [
    `<path class="grid" d="M${round(x(tick))} ${PANEL_TOP}v${height}"/>`,
    text(round(x(tick)), PANEL_TOP + height + 16, String(tick), 'text-anchor="middle"'),
  ]);
  return [text(LEFT, 18, panel.title), ...axis, ...drawn].join('\n');
}

function lines(panel: Extract<Panel, { type: 'lines' }>): string {
  const values = panel.lines.flatMap(({ y }) => y.filter((value) => value !== null));
  const ticks = ticksOf(Math.max(...values, 0));
  const most = ticks[ticks.length - 1];
  const end = panel.x[panel.x.length - 1] ?? 1;
  const x = (value: number) => round(LEFT + (value / end) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => round(PANEL_TOP + LINES_HEIGHT * (1 - value / most));
  const axis = [
    ...ticks.flatMap((tick) => [
      `<path class="grid" d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}"/>`,
      text(LEFT - 8, y(tick) + 4, String(tick), 'text-anchor="end"'),
    ]),
    ...ticksOf(end)
      .filter((tick) => tick <= end)
      .map((tick) => text(x(tick), PANEL_TOP + LINES_HEIGHT + 16, `${tick} s`, 'text-anchor="middle"')),
  ];
  const drawn = panel.lines.map(
    ({ y: heights }, i) =>
      `<path fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.4" d="${polyline(panel.x, heights, x, y)}"/>`,
  );
  let at = WIDTH - RIGHT;
  const legend = [...panel.lines.entries()].reverse().map(([i, { name }]) => {
    at -= 7 * name.length + 26;
    const mark = `<path d="M${at} 14h14" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="3"/>`;
    return mark + text(at + 18, 18, name);
  });
  return [text(LEFT, 18, panel.title), ...legend, ...axis, ...drawn].join('\n');
}

function polyline(
  xs: readonly number[],
  ys: readonly (number | null)[],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  let path = '';
  for (const [i, value] of ys.entries()) {
    if (value === null) pen = 'M';
    else {
      path += `${pen}${x(xs[i])} ${y(value)}`;
      pen = 'L';
    }
  }
  return path;
}

/** Round numbers from 0 to at least `most`, four to eight of them. */
function ticksOf(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((size) => most / size <= 7) ?? power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
