/** Two agents with ten interfaces each on a simulated network: a hundred pairs, a hundred paths. */
import { World } from '../test/simulation/world.ts';

const INTERFACES = 10;
const PAIRS = INTERFACES ** 2;
const LINK = { delayMs: 12 };
/** Two access links there, two back. */
const RTT_MS = 4 * LINK.delayMs;
/** Milliseconds between checks, the default (RFC 8445 14.2). */
const TA_MS = 20;

/** No agent may be faster: one new check every Ta, and the answer to the last. */
export const LIMIT_MS = PAIRS * TA_MS + RTT_MS;

export const KEPT_S = 60;

function world(): World {
  const side = { links: Array.from({ length: INTERFACES }, () => LINK), config: { hawser: false, taMs: TA_MS } };
  return new World({ a: side, b: side, signalMs: 0 });
}

const isComplete = ({ a, b }: World): boolean => [a, b].every(({ agent }) => [...agent.paths()].length === PAIRS);

function complete(): World {
  const two = world();
  while (!isComplete(two)) {
    if (two.now > 10 * LIMIT_MS) throw new Error('not every pair was validated');
    two.run(1);
  }
  return two;
}

/** Virtual milliseconds until both agents have validated every pair. */
export function validate(): number {
  return complete().now;
}

/** Milliseconds of processor time that one agent, and its half of the simulated network, take for {@link KEPT_S} s. */
export function keep(): number {
  const two = complete();
  two.run(5_000);
  const before = process.cpuUsage();
  two.run(KEPT_S * 1_000);
  const { user, system } = process.cpuUsage(before);
  if (!isComplete(two)) throw new Error('a path was lost');
  return (user + system) / 1_000 / 2;
}
