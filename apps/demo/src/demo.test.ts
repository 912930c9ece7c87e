import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Summary } from './summary.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const node = ['--conditions=@hawser/source', '--import', 'tsx', main];

describe('the demo', () => {
  it('loses nothing reliable and delivers nothing twice, over three of nine paths, with one cut', async () => {
    const { stdout } = await run(process.execPath, [...node, '--json'], { timeout: 120_000 });
    const summary = JSON.parse(stdout) as Summary;
    expect(summary.ok).toBe(true);
    expect(summary.paths).toHaveLength(9);
    expect(summary.paths.filter((path) => path.state === 'active')).toHaveLength(3);
    expect(summary.paths.filter((path) => path.state === 'standby')).toHaveLength(6);
    expect(summary.messages).toMatchObject({ lost: 0, duplicated: 0, reordered: 0 });
    expect(summary.messages.delivered).toBe(summary.messages.sent);
    expect(summary.transfer).toEqual({ bytes: 20_000_000, ok: true });
    expect(summary.rtp.received).toBeGreaterThan(1000);
    expect(Object.keys(summary.shares).length).toBeGreaterThanOrEqual(2);
  }, 120_000);

  it('ends with a clear message and a non-zero exit when its peer dies', async () => {
    const child = spawn(process.execPath, [...node, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    // The answerer is the only child of the offerer's process; it is up once Linux lists it.
    const answerer = await childOf(child.pid ?? 0);
    process.kill(answerer, 'SIGKILL');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ ok: false, error: 'the answerer ended: SIGKILL' });
  }, 60_000);

  it('ends so within the consent time when its peer stands still, though nothing tells of it', async () => {
    const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const answerer = await childOf(child.pid ?? 0);
    // For people it prints the paths once it is connected, and again when every pair has been checked.
    for (let tables = 0; tables < 2; tables++) await new Promise((resolve) => child.stdout.once('data', resolve));
    process.kill(answerer, 'SIGSTOP');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(errors).toContain('consent-lost');
  }, 90_000);

  it('says how it is used', async () => {
    await expect(run(process.execPath, [...node, '--nonsense'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage: npm run demo'),
    });
  });
});

/** The first child process of `parent`, once there is one. */
async function childOf(parent: number): Promise<number> {
  for (;;) {
    const { stdout } = await run('pgrep', ['-P', String(parent), '-f', 'answerer-over-pipe']).catch(() => ({
      stdout: '',
    }));
    const found = Number(stdout.split('\n')[0]);
    if (found > 0) return found;
  }
}
