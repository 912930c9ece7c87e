/** `npm run interop -- firefox`: Hawser against Debian's Firefox, headless, in every mode of nomination, in both roles. */
import { nodeCommand } from '../chromium/side.ts';
import { installDebian } from '../stacks/debian.ts';
import { runStack } from '../stacks/run-stack.ts';

export const run = runStack({
  name: 'firefox',
  command: nodeCommand(new URL('../firefox/firefox-side.ts', import.meta.url)),
  install: (say) => (process.env.FIREFOX === undefined ? installDebian(['firefox-esr'], say) : undefined),
  messageBytes: 200_000,
  emptyMessages: true,
  loopback: true,
  waitsForNomination: true,
  moves: ['T2-hawser-offers', 'T2-peer-offers'],
});
