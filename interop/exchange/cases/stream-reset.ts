import { expectations } from '../../chromium/cases/case.ts';
import { close, openChannels, send, taken, until } from '../channel.ts';
import { type Doer, type Ends, type ExchangeCase, other } from '../exchange-case.ts';
import { faultOfAll } from '../expected.ts';

const LOAD = { count: 50, bytes: 1_000 } as const;

/** One channel after the other: where a stream is used again, its sequence numbers begin anew (RFC 6525). */
export function streamReset(opener: Doer): ExchangeCase {
  return { name: `reset-by-${opener}`, offerer: opener, paths: 1, run: (ends) => run(ends, opener) };
}

async function run(ends: Ends, opener: Doer) {
  const { expect, faults } = expectations();
  const [from, to] = [ends[opener], ends[other(opener)]];
  const streams = new Set<number>();
  const rounds = ends.sizes.resets;
  for (let round = 0; round < rounds; round++) {
    const { labels, ids } = await openChannels(from);
    streams.add(ids[0]);
    await send(from, labels, LOAD);
    const fault = faultOfAll(LOAD, await taken(to, labels[0], LOAD.count));
    expect(fault === undefined, `round ${round}: ${fault}`);
    // The taker closes in every second round: either side may.
    await close(round % 2 === 0 ? from : to, labels);
    const [otherSide] = round % 2 === 0 ? [to] : [from];
    const { closed } = await until(otherSide, labels[0], (progress) => progress.closed > 0);
    expect(closed > 0, `round ${round}: it is closed on one side only`);
  }
  return { figures: { rounds, streams: streams.size, reused: rounds - streams.size }, faults };
}
