import type { PathStats } from '@hawser/node';

const COLUMNS: readonly [title: string, width: number, cell: (path: PathStats) => string][] = [
  ['path', 4, (path) => String(path.id)],
  ['local', 21, (path) => path.local],
  ['remote', 21, (path) => path.remote],
  ['state', 9, (path) => path.state],
  ['weight', 6, (path) => path.weight.toFixed(2)],
  ['rtt ms', 7, (path) => path.srttMs.toFixed(1)],
  ['loss %', 6, (path) => (path.loss * 100).toFixed(1)],
  ['sent', 8, (path) => String(path.packetsSent)],
  ['received', 8, (path) => String(path.packetsReceived)],
  ['MB out', 7, (path) => (path.bytesSent / 1e6).toFixed(2)],
  ['MB in', 7, (path) => (path.bytesReceived / 1e6).toFixed(2)],
];

/** The paths as a table for people: active ones first. */
export function pathTable(paths: readonly PathStats[]): string {
  const rank = (path: PathStats) => (path.state === 'active' ? 0 : path.state === 'standby' ? 2 : 1);
  const rows = [...paths].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
  const header = COLUMNS.map(([title, width]) => title.padEnd(width)).join('  ');
  return [header, ...rows.map((path) => COLUMNS.map(([, width, cell]) => cell(path).padEnd(width)).join('  '))].join(
    '\n',
  );
}
