import type { FuzzTarget } from '@hawser/bench';
import { frame, nameOf, Subjects, vectorMessages } from './subjects.ts';

const subjects = new Subjects();

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'turn',
    run: (bytes) => nameOf(subjects.give(bytes)),
    seeds: [...vectorMessages, ...subjects.spoken],
  },
  {
    name: 'turn-stream',
    run: (bytes) => frame(bytes, subjects),
    seeds: [...vectorMessages, ...subjects.spoken],
  },
];
