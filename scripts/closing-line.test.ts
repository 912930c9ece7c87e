import { describe, expect, it } from 'vitest';
import { closingLine } from './closing-line.ts';

const totals = { files: 12, passed: 345, failed: 0, skipped: 0 };

describe('the closing line of npm test', () => {
  it('says that all holds, with totals and times', () => {
    const steps = [
      { name: 'lint', ok: true, seconds: 1.4 },
      { name: 'tests', ok: true, seconds: 99.6 },
    ];
    expect(closingLine(steps, totals)).toBe(
      'npm test: all holds | 345 tests passed in 12 files | lint 1 s, tests 100 s',
    );
  });

  it('names every step that failed and what the tests lost', () => {
    const steps = [
      { name: 'lint', ok: false, seconds: 1 },
      { name: 'build', ok: true, seconds: 1 },
      { name: 'tests', ok: false, seconds: 1 },
    ];
    const line = closingLine(steps, { ...totals, failed: 2, skipped: 1 });
    expect(line).toContain('FAILED: lint, tests | 345 tests passed in 12 files, 2 failed, 1 skipped |');
    expect(closingLine(steps, undefined)).toContain('no test report');
  });
});
