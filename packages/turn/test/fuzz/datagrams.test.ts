import { expect, test } from 'vitest';
import { frame, nameOf, Subjects, vectorMessages } from './subjects.ts';

function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('truncated, bit-flipped, spliced and random datagrams end in a verdict and leave the allocation as it was', () => {
  const subjects = new Subjects();
  expect(subjects.client.turn.state).toBe('allocated');
  const seeds = [...vectorMessages, ...subjects.spoken];
  const next = seeded(20_261_120);
  const verdicts: Record<string, number> = {};
  for (let round = 0; round < 8000; round++) {
    let bytes: Uint8Array = seeds[next(seeds.length)].slice();
    if (round % 4 === 0) bytes = bytes.slice(0, next(bytes.length + 1));
    else if (round % 4 === 1) for (let n = 1 + next(4); n > 0; n--) bytes[next(bytes.length)] ^= 1 << next(8);
    else if (round % 4 === 2) {
      const other = seeds[next(seeds.length)];
      bytes = Uint8Array.from([...bytes.slice(0, next(bytes.length)), ...other.slice(next(other.length))]);
    } else bytes = Uint8Array.from({ length: next(200) }, () => next(256));
    const name = nameOf(subjects.give(bytes));
    verdicts[name] = (verdicts[name] ?? 0) + 1;
    frame(bytes, subjects);
  }
  for (const name of ['consumed', 'malformed', 'notMine', 'unauthenticated', 'unexpected']) {
    expect([name, (verdicts[name] ?? 0) > 20]).toEqual([name, true]);
  }
  expect(subjects.server.allocations).toBe(1);
  expect(subjects.server.entries).toBeLessThan(10);
  expect(subjects.client.turn.state).toBe('allocated');
});
