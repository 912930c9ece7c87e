/**
 * Writes `bench/results/sctp` from what `npm run --silent sim -- sctp --json` prints:
 * `… | node --conditions=@hawser/source --import tsx bench/scenarios/sctp/write-results.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ScenarioRow } from '../../src/scenario-contract.ts';
import { type Panel, svgOf } from '../../src/svg-plot.ts';

const folder = fileURLToPath(new URL('../../results/sctp/', import.meta.url));
const rows = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as ScenarioRow);

mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}loss.svg`, svgOf('SCTP under random loss: 100 Mbit/s, 50 ms', lossPanels()));
writeFileSync(`${folder}several-paths.svg`, svgOf('Several paths in one association', pathPanels()));
writeFileSync(`${folder}README.md`, text());

function lossPanels(): Panel[] {
  const sweep = rows.flatMap((row) => {
    const percent = /, ([\d.]+) % loss$/.exec(row.variant)?.[1];
    return percent !== undefined && 'shareOfResponseFunction' in row.metrics ? [{ row, percent: Number(percent) }] : [];
  });
  const of = (metric: string, scale: number) => sweep.map(({ row }) => row.metrics[metric].median / scale);
  const x = sweep.map(({ percent }) => percent);
  return [
    {
      type: 'lines',
      title: 'Mbit/s, by loss in percent',
      x,
      lines: [
        { name: 'goodput', y: of('goodputBps', 1e6) },
        { name: 'response function (RFC 9438 5.1)', y: of('expectedBps', 1e6) },
      ],
    },
    {
      type: 'bars',
      title: 'goodput over the response function, by loss',
      bars: sweep.map(({ row, percent }) => {
        const { median, min, max } = row.metrics.shareOfResponseFunction;
        return { name: `${percent} %`, value: median, min, max };
      }),
    },
  ];
}

function pathPanels(): Panel[] {
  const several = rows.filter(({ metrics }) => 'aggregationEfficiency' in metrics);
  const bars = (metric: string) =>
    several.map(({ variant, metrics }) => {
      const { median, min, max } = metrics[metric];
      return { name: variant.slice(0, 16), value: median, min, max };
    });
  return [
    { type: 'bars', title: 'goodput over the sum of the paths alone', bars: bars('aggregationEfficiency') },
    { type: 'bars', title: 'needless retransmissions, percent', bars: bars('spuriousPercent') },
  ];
}

function text(): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const targets = rows.flatMap(({ variant, targets }) =>
    targets.map(({ name, want, got, met }) => `| ${variant} | ${name} | ${want} | ${got} | ${met ? 'yes' : 'no'} |`),
  );
  const figures = rows.map(({ variant, seeds, metrics }) => {
    const all = Object.entries(metrics).map(([name, { median, min, max }]) =>
      min === max ? `${name} ${median}` : `${name} ${median} (${min} to ${max})`,
    );
    return `| ${variant} | ${seeds} | ${all.join(', ')} |`;
  });
  return [
    '# SCTP: simulated results',
    '',
    'Made by `npm run --silent sim -- sctp --json`, in virtual time: medians, and ranges over the seeds. What is run stands in',
    '[sctp.scenario.ts](../../scenarios/sctp.scenario.ts).',
    '',
    `Commit ${stdout?.trim() || 'unknown'}, Node ${process.version}, ${cpus()[0].model}.`,
    '',
    '![Goodput by loss](loss.svg)',
    '',
    '![Several paths](several-paths.svg)',
    '',
    '## Targets',
    '',
    '| row | target | want | got | met |',
    '| --- | --- | --- | --- | --- |',
    ...targets,
    '',
    '## Figures',
    '',
    '| row | seeds | figures |',
    '| --- | --- | --- |',
    ...figures,
    '',
    '## What a long message costs the others',
    '',
    'The rows "100 bytes beside messages of …" have one channel that always has long messages to send, and another with a',
    'small one every 20 ms, on one path of 10 Mbit/s whose own queue is 50 ms. With I-DATA (RFC 8260) the length does not',
    'matter. With DATA, as towards browsers, a message that has begun is finished first: the small ones wait for it. Keep',
    'messages to 16 KiB there (RFC 8831 6.6).',
    '',
  ].join('\n');
}
