import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Files that git knows or would take, relative to the repository. */
export function repositoryFiles(...patterns: string[]): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const text = execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
}
