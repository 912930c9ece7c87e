/** `npm run interop -- werift`: Hawser against werift from npm, in every mode of nomination, in both roles. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { peerVersion } from '../../bench/src/peers.ts';
import { nodeCommand } from '../chromium/side.ts';
import { runStack } from '../stacks/run-stack.ts';

const PEERS = fileURLToPath(new URL('../../bench/peers', import.meta.url));

/**
 * `onReconfigStreams` is run for the request and for the response. Traced where werift opens; where we do, seen once and
 * inferred.
 */
const RESETS_TWICE =
  'werift takes a stream anew at the first of its two resets; the second one ends the channel that has it by then';

export const run = runStack({
  name: 'werift',
  command: nodeCommand(new URL('../werift/werift-side.ts', import.meta.url)),
  install,
  messageBytes: 65_536,
  emptyMessages: false,
  loopback: true,
  waitsForNomination: true,
  moves: [],
  cannot: { 'reset-by-peer': RESETS_TWICE, 'reset-by-hawser': RESETS_TWICE },
  // As server it waits 4.5 s for what was lost before a Finished (`waitForReady`), then its connection fails. As client a flight of
  // ours that comes twice makes it begin its own a second time, with other keys: it decrypts nothing of ours any more.
  mayFailHandshakes: true,
});

function install(say: (text: string) => void): string | undefined {
  if (peerVersion('werift') !== undefined) return undefined;
  say('installing werift');
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: PEERS,
      stdio: 'ignore',
    });
  } catch (error) {
    return `werift is not installed and could not be: ${(error as Error).message}`;
  }
  return peerVersion('werift') === undefined ? 'werift was installed, but is not there' : undefined;
}
