/** `npm run interop -- pion`: Hawser against Debian's pion, in every mode of nomination, in both roles. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { debianVersion, installDebian } from '../stacks/debian.ts';
import { runStack } from '../stacks/run-stack.ts';

const SOURCE = fileURLToPath(new URL('../pion', import.meta.url));
const BUILD = `${SOURCE}/build`;
const PROGRAM = `${BUILD}/pion-side`;
const LIBRARY = 'golang-github-pion-webrtc.v3-dev';

export const run = runStack({
  name: 'pion',
  command: [PROGRAM],
  install,
  // Its read buffer: a message of 65 536 bytes, which may be sent to a peer that announces no limit, ends its channel.
  messageBytes: 65_535,
  emptyMessages: true,
  loopback: true,
  waitsForNomination: true,
  moves: [],
});

function install(say: (text: string) => void): string | undefined {
  const missing = installDebian(['golang-go', LIBRARY], say);
  if (missing !== undefined) return missing;
  const sources = readdirSync(SOURCE).filter((name) => name.endsWith('.go'));
  const newest = Math.max(...sources.map((name) => statSync(`${SOURCE}/${name}`).mtimeMs));
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > newest) return undefined;
  say('building the pion program');
  mkdirSync(BUILD, { recursive: true });
  try {
    execFileSync('go', ['build', '-ldflags', `-X main.version=${debianVersion(LIBRARY)}`, '-o', PROGRAM, ...sources], {
      cwd: SOURCE,
      env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return undefined;
  } catch (error) {
    return `pion does not build: ${(error as Error & { stderr?: Buffer }).stderr?.toString().trim()}`;
  }
}
