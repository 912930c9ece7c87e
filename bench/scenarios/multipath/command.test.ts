import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from './values/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hawser-multipath-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sim(...args: string[]) {
  return spawnSync('npm', ['run', '--silent', 'sim', '--', ...args], {
    cwd: new URL('../../..', import.meta.url),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('sim -- multipath', () => {
  it('prints a row for each variant, and the same from the same seed', () => {
    const options = ['multipath', 'silent-blackhole-audio', '--seconds', '2', '--seeds', '1', '--json'];
    const { stdout } = sim(...options, '--csv', folder, '--svg', folder, '--md', join(folder, 'all.md'));
    const rows = rowsOf(stdout);
    expect(rows.map(({ variant }) => variant)).toEqual(['auto', 'best single', 'plain ICE']);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['scenario', 'variant', 'seeds', 'metrics', 'targets']);
      expect(row).toMatchObject({ scenario: 'multipath/silent-blackhole-audio', seeds: 1 });
      expect(row.metrics.gapMs).toEqual({
        median: expect.any(Number),
        min: expect.any(Number),
        max: expect.any(Number),
      });
    }
    expect(sim(...options).stdout).toBe(stdout);
    const table = readFileSync(join(folder, 'silent-blackhole-audio.csv'), 'utf8').trimEnd().split('\n');
    expect(table.map((line) => line.split(',')[0])).toEqual([
      'variant',
      'auto',
      'Wi-Fi alone',
      'LTE alone',
      'plain ICE',
    ]);
    expect(new Set(table.map((line) => line.split(',').length)).size).toBe(1);
    expect(readFileSync(join(folder, 'silent-blackhole-audio.svg'), 'utf8')).toMatch(/^<svg /);
    const page = readFileSync(join(folder, 'all.md'), 'utf8');
    expect(page).toContain('![silent-blackhole-audio](silent-blackhole-audio.svg)');
    expect(page).toMatch(/^\| plain ICE \|/m);
    expect(page).toMatch(/^\| silent-blackhole-audio \| auto \| lost max at most \| 0 \|/m);
  });

  it('lists its scenarios', () => {
    const rows = rowsOf(sim('multipath', '--list', '--json').stdout);
    expect(rows.map(({ scenario }) => scenario)).toEqual(SCENARIOS.map(({ name }) => `multipath/${name}`));
  });

  it.each([
    [['multipath', 'nowhere'], 'nowhere'],
    [['multipath', '--variant', 'auto,magic'], 'magic'],
    [['multipath', '--seeds', '0'], '--seeds'],
    [['failover', '--full'], '--full is for multipath'],
  ])('refuses %j', (args, complaint) => {
    const { status, stderr } = sim(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(complaint);
  });
});
