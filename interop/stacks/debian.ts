import { execFileSync } from 'node:child_process';

const QUIET = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;

/** Debian's version of an installed package, or undefined. */
export function debianVersion(name: string): string | undefined {
  try {
    const format = `-f=\${db:Status-Abbrev}\${Version}`;
    const found = execFileSync('dpkg-query', ['-W', format, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return found.startsWith('ii ') ? found.slice(3) : undefined;
  } catch {
    return undefined;
  }
}

/** Installs those of the packages that are missing; says why they cannot be had. */
export function installDebian(names: readonly string[], say: (text: string) => void): string | undefined {
  const missing = names.filter((name) => debianVersion(name) === undefined);
  if (missing.length === 0) return undefined;
  say(`installing ${missing.join(' ')}`);
  try {
    execFileSync('apt-get', ['update', '-qq'], QUIET);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], QUIET);
    return undefined;
  } catch (error) {
    return `${missing.join(' ')} could not be installed: ${(error as Error).message}`;
  }
}
