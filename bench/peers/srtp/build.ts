/** Builds the programs that time other stacks' SRTP, and says what cannot be had here. Part of `bench/peers/setup`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianVersion, installDebian } from '../../../interop/stacks/debian.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const build = join(folder, 'build');
const PION = 'golang-github-pion-srtp.v2-dev';

/** The programs by the name of their stack. */
export const srtpPrograms = {
  pion: join(build, 'pion-srtp-bench'),
  'libsrtp2-nss': join(build, 'libsrtp-nss'),
  'libsrtp2-openssl': join(build, 'libsrtp-openssl'),
} as const;

interface Row {
  readonly peer: string;
  readonly version: string | null;
  readonly unavailable?: string;
}

export function buildSrtpPeers(say: (text: string) => void): Row[] {
  mkdirSync(build, { recursive: true });
  return [
    row('pion srtp', PION, () => buildPion(say)),
    row('libsrtp2 (NSS)', 'libsrtp2-dev', () => buildNss(say)),
    row('libsrtp2 (OpenSSL)', 'libsrtp2-dev', () => buildOpenssl(say)),
  ];
}

function row(peer: string, debianPackage: string, make: () => string | undefined): Row {
  const trouble = make();
  if (trouble !== undefined) return { peer, version: null, unavailable: trouble };
  return { peer, version: debianVersion(debianPackage) ?? 'unknown' };
}

function buildPion(say: (text: string) => void): string | undefined {
  const missing = installDebian(['golang-go', PION], say);
  if (missing !== undefined) return missing;
  const source = join(folder, 'main.go');
  if (isCurrent(srtpPrograms.pion, source)) return undefined;
  const version = debianVersion(PION);
  return attempt('go', ['build', '-ldflags', `-X main.version=${version}`, '-o', srtpPrograms.pion, source], folder, {
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
  });
}

function buildNss(say: (text: string) => void): string | undefined {
  const missing = installDebian(['gcc', 'libc6-dev', 'libsrtp2-dev'], say);
  if (missing !== undefined) return missing;
  const source = join(folder, 'libsrtp-bench.c');
  if (isCurrent(srtpPrograms['libsrtp2-nss'], source)) return undefined;
  return attempt('gcc', ['-O2', '-o', srtpPrograms['libsrtp2-nss'], source, '-lsrtp2'], folder);
}

function buildOpenssl(say: (text: string) => void): string | undefined {
  const missing = installDebian(['gcc', 'make', 'libc6-dev', 'libssl-dev', 'libsrtp2-dev'], say);
  if (missing !== undefined) return missing;
  const source = join(folder, 'libsrtp-bench.c');
  if (isCurrent(srtpPrograms['libsrtp2-openssl'], source)) return undefined;
  const library = opensslLibrary(say);
  if (library.trouble !== undefined) return library.trouble;
  // Debian installs the headers under srtp2/; they are the same release.
  const archive = join(library.at, 'libsrtp2.a');
  return attempt('gcc', ['-O2', '-o', srtpPrograms['libsrtp2-openssl'], source, archive, '-lcrypto'], folder);
}

/** Debian's source of libsrtp2, made with OpenSSL instead of NSS. */
function opensslLibrary(say: (text: string) => void): { at: string; trouble?: string } {
  const found = () => readdirSync(build).find((name) => /^libsrtp-[0-9.]+$/.test(name)) ?? '';
  if (found() === '') {
    say('fetching the source of libsrtp2');
    const trouble = fetchSource();
    if (trouble !== undefined) return { at: '', trouble: `no source of libsrtp2: ${trouble}` };
  }
  const at = join(build, found());
  if (existsSync(join(at, 'libsrtp2.a'))) return { at };
  say('building libsrtp2 with OpenSSL');
  return { at, trouble: attempt('./configure', ['--enable-openssl'], at) ?? attempt('make', ['libsrtp2.a'], at) };
}

/** By a list of sources of its own: what the machine installs from stays as it is. */
function fetchSource(): string | undefined {
  const release = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (codename === undefined) return 'not a Debian system';
  const list = join(build, 'source.list');
  writeFileSync(list, `deb-src http://deb.debian.org/debian ${codename} main\n`);
  mkdirSync(join(build, 'lists/partial'), { recursive: true });
  const own = ['-qq', '-o', `Dir::Etc::sourcelist=${list}`, '-o', 'Dir::Etc::sourceparts=/dev/null'];
  const lists = ['-o', `Dir::State::lists=${join(build, 'lists')}`, '-o', 'APT::Sandbox::User=root'];
  return (
    attempt('apt-get', [...own, ...lists, 'update'], build) ??
    attempt('apt-get', [...own, ...lists, 'source', '--download-only', 'libsrtp2'], build) ??
    unpack()
  );
}

function unpack(): string | undefined {
  const archive = readdirSync(build).find((name) => name.endsWith('.orig.tar.gz'));
  return archive === undefined ? 'no archive came' : attempt('tar', ['xzf', archive], build);
}

function isCurrent(program: string, source: string): boolean {
  return existsSync(program) && statSync(program).mtimeMs >= statSync(source).mtimeMs;
}

/** Runs a program; undefined when it went well, otherwise the last line it complained with. */
function attempt(program: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): string | undefined {
  try {
    execFileSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: Buffer };
    return stderr?.toString().trim().split('\n').at(-1) || message;
  }
}
