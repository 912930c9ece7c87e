import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ScenarioRow } from '../../../src/scenario-contract.ts';
import type { MultipathScenario, PrimaryMetric } from '../contract.ts';

/** One scenario and its rows. */
export interface Result {
  readonly scenario: MultipathScenario;
  readonly rows: readonly ScenarioRow[];
}

/** What is told of every variant besides the primary metric, where it was measured. */
const COLUMNS: readonly {
  readonly metric: string;
  readonly title: string;
  readonly digits: (value: number) => string;
}[] = [
  { metric: 'aggregationEfficiency', title: 'efficiency', digits: (value) => value.toFixed(2) },
  { metric: 'harmRatio', title: 'harm', digits: (value) => value.toFixed(2) },
  { metric: 'goodputBps', title: 'goodput, Mbit/s', digits: mbps },
  { metric: 'utilisation', title: 'utilisation', digits: (value) => value.toFixed(2) },
  { metric: 'fairness', title: 'fairness', digits: (value) => value.toFixed(2) },
  { metric: 'delayP50Ms', title: 'p50, ms', digits: (value) => value.toFixed(0) },
  { metric: 'delayP95Ms', title: 'p95, ms', digits: (value) => value.toFixed(0) },
  { metric: 'delayP99Ms', title: 'p99, ms', digits: (value) => value.toFixed(0) },
  { metric: 'gapMs', title: 'gap, ms', digits: (value) => value.toFixed(0) },
  { metric: 'detectMs', title: 'detected, ms', digits: (value) => value.toFixed(0) },
  { metric: 'lost', title: 'lost', digits: (value) => value.toFixed(0) },
  { metric: 'redundancyRatio', title: 'repeated', digits: percent },
  { metric: 'retransmittedRatio', title: 'retransmitted', digits: percent },
  { metric: 'spuriousRatio', title: 'spurious', digits: percent },
];

const PRIMARY: Readonly<Record<PrimaryMetric, { readonly title: string; readonly digits: (value: number) => string }>> =
  {
    goodputBps: { title: 'goodput, Mbit/s', digits: mbps },
    timelyBps: { title: 'in time, Mbit/s', digits: mbps },
    delayP99Ms: { title: 'delay p99, ms', digits: (value) => value.toFixed(1) },
    gapMs: { title: 'longest gap, ms', digits: (value) => value.toFixed(1) },
    falseSuspicionsPerHour: { title: 'false suspicions per hour', digits: (value) => value.toFixed(1) },
  };

/**
 * Writes the tables of all results, the drawings beside them, as one page.
 *
 * @param preface what was run, with what, in lines
 * @param plots the folder that the drawings were written into, if any
 */
export function writeMarkdown(
  file: string,
  preface: readonly string[],
  results: readonly Result[],
  plots: string | undefined,
): void {
  mkdirSync(dirname(file), { recursive: true });
  const sections = results.map((result) =>
    section(result, plots === undefined ? undefined : relative(dirname(file), plots)),
  );
  writeFileSync(file, ['# Several paths: results', '', ...preface, '', targetTable(results), ...sections].join('\n'));
}

function targetTable(results: readonly Result[]): string {
  const lines = results.flatMap(({ scenario, rows }) =>
    rows.flatMap(({ variant, targets }) =>
      targets.map(({ name, want, got, met }) => [
        scenario.name,
        variant,
        name,
        format(want),
        format(got),
        met ? 'yes' : '**no**',
      ]),
    ),
  );
  return `## Targets\n\n${table(['scenario', 'variant', 'target', 'want', 'got', 'met'], lines)}\n`;
}

function section({ scenario, rows }: Result, plots: string | undefined): string {
  const { primary } = scenario;
  const { title, digits } = PRIMARY[primary];
  const columns = COLUMNS.filter(
    ({ metric }) => metric !== primary && rows.some(({ metrics }) => (metrics[metric]?.max ?? 0) > 0),
  );
  const lines = rows.map(({ variant, metrics }) => {
    const { [primary]: value } = metrics;
    return [
      variant,
      value === undefined ? '' : digits(value.median),
      value === undefined ? '' : `${digits(value.min)} to ${digits(value.max)}`,
      ...columns.map((column) => {
        const median = metrics[column.metric]?.median;
        return median === undefined ? '' : column.digits(median);
      }),
    ];
  });
  const heads = ['variant', title, 'range', ...columns.map((column) => column.title)];
  const drawing = plots === undefined ? [] : [`![${scenario.name}](${join(plots, `${scenario.name}.svg`)})`, ''];
  const { why } = scenario;
  return [
    `## ${scenario.name}`,
    '',
    `${why[0].toUpperCase()}${why.slice(1)}.`,
    '',
    ...drawing,
    table(heads, lines),
    '',
  ].join('\n');
}

function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(heads), row(heads.map(() => '---')), ...lines.map(row)].join('\n');
}

/** Four digits, and no exponent. */
function format(value: number): string {
  return Math.abs(value) >= 10_000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') : String(value);
}

function mbps(value: number): string {
  return (value * 1e-6).toFixed(2);
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
