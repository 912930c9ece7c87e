/** `bench/peers/setup`: installs the peers of npm and Debian, builds the pion programs, and says what cannot be had here. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, main } from '../../scripts/cli.ts';
import { pionDatachannelProgram } from '../src/datachannel-sides.ts';
import { pionDtlsProgram } from '../src/dtls-peers.ts';
import { peersFolder, peerVersion, requirePeer } from '../src/peers.ts';
import { pionProgram } from '../src/pion.ts';
import { buildSrtpPeers } from './srtp/build.ts';

interface PeerRow {
  readonly peer: string;
  readonly version: string | null;
  readonly unavailable?: string;
}

const goPath = '/usr/share/gocode';

/** A Go program with what it needs of Debian; the first package's version is the program's. */
interface PionProgram {
  readonly peer: string;
  readonly library: string;
  readonly folder: string;
  readonly program: string;
  readonly versionName: string;
}

const pionPrograms: readonly PionProgram[] = [
  {
    peer: 'pion',
    library: 'golang-github-pion-stun-dev',
    folder: 'pion',
    program: pionProgram,
    versionName: 'stunVersion',
  },
  {
    peer: 'pion, DTLS',
    library: 'golang-github-pion-dtls.v2-dev',
    folder: 'pion-dtls',
    program: pionDtlsProgram,
    versionName: 'version',
  },
  {
    peer: 'pion, data channels',
    library: 'golang-github-pion-webrtc.v3-dev',
    folder: 'pion-datachannel',
    program: pionDatachannelProgram,
    versionName: 'version',
  },
];

const line = { usage: 'usage: bench/peers/setup [--json]', options: {} } as const;

await main(line, async (_args, output) => {
  const rows = [...npmPeers(), ...pionPrograms.map(pion), aiortc(), ...buildSrtpPeers((text) => output.say(text))];
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

function pion({ peer, library, folder, program, versionName }: PionProgram): PeerRow {
  const missing = install(['golang-go', library]);
  if (missing !== undefined) return { peer, version: null, unavailable: missing };
  const version = debianVersion(library) as string;
  const source = join(peersFolder, folder, 'main.go');
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(dirname(program), { recursive: true });
    const flags = ['build', '-ldflags', `-X main.${versionName}=${version}`, '-o', program, source];
    const trouble = attempt('go', flags, peersFolder, { GO111MODULE: 'off', GOPATH: goPath });
    if (trouble !== undefined) return { peer, version: null, unavailable: `does not build: ${trouble}` };
  }
  return { peer, version };
}

function aiortc(): PeerRow {
  const missing = install(['python3-aiortc']);
  if (missing !== undefined) return { peer: 'aiortc', version: null, unavailable: missing };
  return { peer: 'aiortc', version: debianVersion('python3-aiortc') as string };
}

/** Installs those of Debian's packages that are missing; says why they cannot be had. */
function install(packages: readonly string[]): string | undefined {
  const missing = packages.filter((name) => debianVersion(name) === undefined);
  if (missing.length === 0) return undefined;
  const trouble =
    attempt('apt-get', ['update', '-qq']) ??
    attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  return trouble === undefined ? undefined : `needs ${missing.join(' ')}: ${trouble}`;
}

/** Debian's version of an installed package, or undefined. */
function debianVersion(name: string): string | undefined {
  try {
    const asked = ['-W', '-f', `\${db:Status-Abbrev}\${Version}`, name];
    const found = execFileSync('dpkg-query', asked, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return found.startsWith('ii ') ? found.slice(3) : undefined;
  } catch {
    return undefined;
  }
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
