import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support.ts';

let corpus: string;

beforeAll(() => {
  corpus = mkdtempSync(join(tmpdir(), 'hawser-corpus-'));
  mkdirSync(join(corpus, 'deep/er'), { recursive: true });
  writeFileSync(join(corpus, 'one'), new Uint8Array(20));
  writeFileSync(join(corpus, 'deep/er/two.bin'), new Uint8Array([0, 1, 0, 0]));
});
afterAll(() => rmSync(corpus, { recursive: true }));

/** Runs a command as one does who wants its JSON. */
function command(name: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', name, '--', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, stdout, stderr };
}

function rowsOf(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('commands with --json print rows alone', () => {
  it('bench', () => {
    const { status, stdout } = command('bench', 'stun', '--json', '--rounds', '1', '--round-ms', '1');
    const rows = rowsOf(stdout);
    expect(status).toBe(0);
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        'bench',
        'case',
        'value',
        'unit',
        'lowerIsBetter',
        'spread',
        'peers',
        'target',
        'met',
      ]);
    }
  });

  it('fuzz, with every file below the corpus as an input', () => {
    const seeds = Number(
      rowsOf(command('fuzz', '--list', '--json').stdout).find((row) => row.target === 'stun')?.seeds,
    );
    const { status, stdout } = command('fuzz', 'stun', '--corpus', corpus, '--seconds', '0', '--json');
    const [row, ...more] = rowsOf(stdout);
    expect(status).toBe(0);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ target: 'stun', inputs: seeds + 2, executions: seeds + 2, threw: 0 });
    expect(Object.keys(row)).toEqual(
      expect.arrayContaining(['target', 'inputs', 'executions', 'verdicts', 'threw', 'slowestMs', 'peakBytes']),
    );
  });

  it('sim, the same from the same seed', () => {
    const once = command('sim', 'ice-two-paths', '--seeds', '1', '--json');
    expect(once.status).toBe(0);
    for (const row of rowsOf(once.stdout)) {
      expect(row).toMatchObject({ scenario: 'ice-two-paths', variant: expect.any(String), seeds: 1 });
    }
    expect(command('sim', 'ice-two-paths', '--seeds', '1', '--json').stdout).toBe(once.stdout);
  });
});

describe('commands that are given nonsense', () => {
  it.each([
    ['bench', ['no-such-bench']],
    ['sim', ['no-such-scenario']],
    ['fuzz', ['no-such-target']],
    ['fuzz', ['stun', '--corpus', '/no/such/folder']],
    ['interop', ['no-such-peer']],
    ['interop', []],
    ['bench', ['--no-such-option']],
  ])('%s %j: exit code 2, and nothing on standard output', (name, args) => {
    const { status, stdout, stderr } = command(name, ...args, '--json');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('usage:');
  });
});
