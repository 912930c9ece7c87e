import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Runs an example as the README says, from the sources, and answers what it printed. */
async function output(file: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--conditions=@hawser/source', '--import', 'tsx', pathOf(file)], {
    timeout: 60_000,
  });
  return stdout;
}

describe('two-paths.ts', () => {
  it('prints what the README says', async () => {
    expect(await output('two-paths.ts')).toBe('over two paths got it\nover the one that is left got it\n');
  });

  it('is what the README shows', () => {
    const [, ...code] = readFileSync(pathOf('two-paths.ts'), 'utf8').split('\n');
    expect(readFileSync(pathOf('../README.md'), 'utf8')).toContain(code.join('\n').trim());
  });
});

describe('prometheus.ts', () => {
  it('answers a scrape with the numbers of each path in the text exposition format', async () => {
    const lines = (await output('prometheus.ts')).trimEnd().split('\n');
    const sample = /^[a-z_][a-z0-9_]*\{id="[^"\\]+"\} -?[0-9.e+-]+$/;
    for (const line of lines) expect(line).toMatch(line.startsWith('#') ? /^# TYPE [a-z0-9_]+ gauge$/ : sample);
    for (const name of ['webrtc_candidate_pair_bytes_sent', 'hawser_path_srtt_ms', 'hawser_session_redundancy_ratio']) {
      expect(lines.filter((line) => line === `# TYPE ${name} gauge`)).toHaveLength(1);
      expect(lines.some((line) => line.startsWith(`${name}{`))).toBe(true);
    }
    expect(lines).toContain('webrtc_data_channel_messages_sent{id="data-channel-1"} 1');
  });
});

describe('own-scheduler.ts', () => {
  it('carries messages by a scheduler that is not one of the package', async () => {
    expect(await output('own-scheduler.ts')).toBe(
      [10, 1_000, 100_000].map((size) => `sent ${size} and they have ${size}\n`).join(''),
    );
  });
});
