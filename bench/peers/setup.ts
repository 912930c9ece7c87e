/** `bench/peers/setup`: installs the npm peers, builds the pion program, and says what cannot be had here. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, main } from '../../scripts/cli.ts';
import { peersFolder, peerVersion, requirePeer } from '../src/peers.ts';
import { pionProgram } from '../src/pion.ts';

interface PeerRow {
  readonly peer: string;
  readonly version: string | null;
  readonly unavailable?: string;
}

const goPath = '/usr/share/gocode';
const pionPackages = ['golang-go', 'golang-github-pion-stun-dev'];

const line = { usage: 'usage: bench/peers/setup [--json]', options: {} } as const;

await main(line, async (_args, output) => {
  const rows = [...npmPeers(), pion()];
  for (const row of rows) {
    output.row(row, `${row.peer}: ${row.version ?? `cannot be had (${row.unavailable})`}`);
  }
  return rows.every(({ version }) => version !== null) ? ExitCode.holds : ExitCode.unavailable;
});

function npmPeers(): PeerRow[] {
  const manifest = JSON.parse(readFileSync(join(peersFolder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const wanted = Object.entries(manifest.dependencies);
  let trouble = 'not installed';
  if (wanted.some(([name, version]) => peerVersion(name) !== version)) {
    // No install scripts: what has a binary carries it in a package of the registry.
    trouble =
      attempt('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], peersFolder) ?? trouble;
  }
  return wanted.map(([name]) => {
    const loaded = requirePeer(name);
    if (!('unavailable' in loaded)) return { peer: name, version: loaded.version };
    return { peer: name, version: null, unavailable: peerVersion(name) === undefined ? trouble : loaded.unavailable };
  });
}

function pion(): PeerRow {
  const source = join(peersFolder, 'pion', 'main.go');
  if (!existsSync(join(goPath, 'src/github.com/pion/stun')) || attempt('go', ['version']) !== undefined) {
    const trouble =
      attempt('apt-get', ['update', '-qq']) ??
      attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...pionPackages]);
    if (trouble !== undefined)
      return { peer: 'pion', version: null, unavailable: `needs ${pionPackages.join(' ')}: ${trouble}` };
  }
  const version = execFileSync('dpkg-query', ['-W', '-f', `\${Version}`, 'golang-github-pion-stun-dev'], {
    encoding: 'utf8',
  });
  if (!existsSync(pionProgram) || statSync(pionProgram).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(peersFolder, 'pion', 'build'), { recursive: true });
    const flags = ['build', '-ldflags', `-X main.stunVersion=${version}`, '-o', pionProgram, source];
    const trouble = attempt('go', flags, peersFolder, { GO111MODULE: 'off', GOPATH: goPath });
    if (trouble !== undefined) return { peer: 'pion', version: null, unavailable: `does not build: ${trouble}` };
  }
  return { peer: 'pion', version };
}

/** Runs a program; undefined when it went well, otherwise the last line it complained with. */
function attempt(program: string, args: string[], cwd?: string, env?: NodeJS.ProcessEnv): string | undefined {
  try {
    execFileSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return stderr?.toString().trim().split('\n').at(-1) || message;
  }
}
