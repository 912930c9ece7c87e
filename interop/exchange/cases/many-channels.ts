import { expectations } from '../../chromium/cases/case.ts';
import { close, openChannels, send, until } from '../channel.ts';
import { type Doer, type Ends, type ExchangeCase, other } from '../exchange-case.ts';
import { faultOfAll } from '../expected.ts';
import type { Taken } from '../side.js';

const LOAD = { count: 1, bytes: 64 } as const;

/** A thousand channels at once: opened, used, closed; both sides see all of it. */
export function manyChannels(opener: Doer): ExchangeCase {
  return { name: `channels-by-${opener}`, offerer: opener, paths: 1, run: (ends) => run(ends, opener) };
}

async function run(ends: Ends, opener: Doer) {
  const { expect, faults } = expectations();
  const [from, to] = [ends[opener], ends[other(opener)]];
  const count = ends.sizes.channels;
  const startedAt = performance.now();
  const { labels, ids } = await openChannels(from, {}, count);
  const openMs = performance.now() - startedAt;
  expect(new Set(ids).size === count, `${new Set(ids).size} streams for ${count} channels`);
  await send(from, labels, LOAD);
  const wanted = new Set(labels);
  const came = await until(to, 'take ', (progress) => progress.messages >= count);
  expect(came.messages >= count, `${came.messages} messages came by ${came.channels} channels of ${count}`);
  // One by one, every hundredth: that it is the right message.
  for (const label of [...wanted].filter((_, i) => i % 100 === 0)) {
    const fault = faultOfAll(LOAD, await to.peer<Taken>('taken', { label, numbers: false }));
    expect(fault === undefined, `${label} ${fault}`);
  }
  const closedAt = performance.now();
  await close(from, labels);
  const closeMs = performance.now() - closedAt;
  const after = await until(to, 'take ', ({ closed }) => closed >= count);
  expect(after.closed >= count, `the other side closed ${after.closed} of ${count}`);
  return { figures: { channels: count, open_ms: Math.round(openMs), close_ms: Math.round(closeMs) }, faults };
}
