/** How one step of `npm test` went. */
export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

/** What the test runner counted. */
export interface TestTotals {
  readonly files: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of `npm test`: what held, what did not, how many tests, and how long it all took. */
export function closingLine(steps: readonly StepResult[], totals: TestTotals | undefined): string {
  const failed = steps.filter(({ ok }) => !ok).map(({ name }) => name);
  const verdict = failed.length === 0 ? 'all holds' : `FAILED: ${failed.join(', ')}`;
  const times = steps.map(({ name, seconds }) => `${name} ${Math.round(seconds)} s`).join(', ');
  return `npm test: ${verdict} | ${totalsText(totals)} | ${times}`;
}

function totalsText(totals: TestTotals | undefined): string {
  if (totals === undefined) return 'no test report';
  const { files, passed, failed, skipped } = totals;
  const parts = [`${passed} tests passed in ${files} files`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}
