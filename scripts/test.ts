/** `npm test`: every check of the house in turn, and one closing line. A step that fails does not keep the rest from running. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, type StepResult, type TestTotals } from './closing-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'hawser-test-'));
const reportFile = join(folder, 'vitest.json');

const steps: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'typecheck', command: ['npm', 'run', '--silent', 'typecheck'] },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  // The tests of the root install packed packages: they come after the build.
  {
    name: 'tests',
    command: ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`],
  },
];

try {
  const results: StepResult[] = [];
  for (const { name, command } of steps) {
    process.stdout.write(`\n== ${name}\n`);
    const begin = performance.now();
    const { status } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
    results.push({ name, ok: status === 0, seconds: (performance.now() - begin) / 1000 });
  }
  process.stdout.write(`\n${closingLine(results, readTotals())}\n`);
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function readTotals(): TestTotals | undefined {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    return {
      files: report.testResults.length,
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    // The tests ended before they could report: the step has failed already.
    return undefined;
  }
}
