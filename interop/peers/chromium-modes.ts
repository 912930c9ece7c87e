/** `npm run interop -- chromium-modes`: what the other stacks are asked, asked of Debian's Chromium. */
import { nodeCommand } from '../chromium/side.ts';
import { installDebian } from '../stacks/debian.ts';
import { runStack } from '../stacks/run-stack.ts';

export const run = runStack({
  name: 'chromium',
  command: nodeCommand(new URL('../chromium/browser-side.ts', import.meta.url)),
  install: (say) => (process.env.CHROMIUM === undefined ? installDebian(['chromium'], say) : undefined),
  messageBytes: 200_000,
  emptyMessages: true,
  loopback: true,
  waitsForNomination: false,
  moves: [],
  exchangesElsewhere: true,
});
