import type { Env, TraceSink } from '@hawser/wire';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * The {@link Env} of a machine that is constructed now. Each of its two kinds of randomness is a stream of its own, forked
 * from `random`: give every machine its own fork.
 */
export function simEnv(clock: VirtualClock, random: SeededRandom, trace?: TraceSink): Env {
  const env = { now: clock.now, unixMs: clock.unixMs, secure: random.fork('secure'), jitter: random.fork('jitter') };
  return trace === undefined ? env : { ...env, trace };
}
