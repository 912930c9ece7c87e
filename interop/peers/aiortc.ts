/** `npm run interop -- aiortc`: Hawser against Debian's aiortc, in every mode of nomination, in both roles. */
import { fileURLToPath } from 'node:url';
import { installDebian } from '../stacks/debian.ts';
import { runStack } from '../stacks/run-stack.ts';

export const run = runStack({
  name: 'aiortc',
  // Debian's interpreter: its packages are not found by another.
  command: ['/usr/bin/python3', '-B', fileURLToPath(new URL('../aiortc/aiortc_side.py', import.meta.url))],
  install: (say) => installDebian(['python3-aiortc'], say),
  messageBytes: 65_536,
  emptyMessages: true,
  loopback: false,
  waitsForNomination: true,
  cannot: {
    'partial-to-hawser':
      'after losses aiortc counts bytes in flight when none are; above its window it sends nothing more, without a timer',
    'close-with-full-queue-by-peer':
      'aiortc resets the stream at once, and sends on it afterwards what waited in its queue',
    'close-on-sender-by-hawser':
      'aiortc answers the reset with its own in the midst of a message, and sends the rest of it under the old number',
  },
  moves: ['T1-hawser-offers', 'T1-peer-offers', 'T2-hawser-offers', 'T2-peer-offers'],
});
