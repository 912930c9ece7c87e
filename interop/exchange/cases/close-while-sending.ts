import { expectations } from '../../chromium/cases/case.ts';
import { sleep } from '../../chromium/reports.ts';
import { close, openChannels, send, taken, until } from '../channel.ts';
import { type Doer, type Ends, type ExchangeCase, other } from '../exchange-case.ts';
import { faultOfAll } from '../expected.ts';

/** Queued as a whole when the channel is closed: 4 MB. */
const QUEUED = { count: 250, bytes: 16_000 } as const;
/** So much that it cannot be through when the taker closes. */
const ENDLESS = { count: 100_000, bytes: 16_000 } as const;
const AFTER = { count: 50, bytes: 1_000 } as const;
const CLOSE_AFTER_MS = 200;

/** The sender closes with its queue full: all of it comes first. The taker closes in the midst: the sender is stopped. */
export function closeWhileSending(sender: Doer): ExchangeCase {
  return { name: `close-while-sending-by-${sender}`, offerer: sender, paths: 1, run: (ends) => run(ends, sender) };
}

async function run(ends: Ends, sender: Doer) {
  const { expect, faults } = expectations();
  const [from, to] = [ends[sender], ends[other(sender)]];

  const queued = (await openChannels(from)).labels;
  const { sent } = await send(from, queued, QUEUED, { bounded: false });
  await close(from, queued);
  await until(to, queued[0], ({ closed }) => closed > 0);
  const came = await taken(to, queued[0], 0);
  expect(sent === QUEUED.count, `only ${sent} messages were queued`);
  const fault = faultOfAll(QUEUED, came);
  expect(fault === undefined, `closed by its sender: ${fault}`);

  const endless = (await openChannels(from)).labels;
  const sending = send(from, endless, ENDLESS);
  await sleep(CLOSE_AFTER_MS);
  await close(to, endless);
  const { sent: sentAway, stopped } = await sending;
  expect(sentAway < ENDLESS.count, 'the sender never heard that its channel was closed');
  const { closed } = await until(from, endless[0], (progress) => progress.closed > 0);
  expect(closed > 0, `closed by its taker: the sender has it ${stopped}`);
  const prefix = await taken(to, endless[0], 0);
  const bad = faultOfAll({ count: prefix.messages, bytes: ENDLESS.bytes }, prefix);
  expect(bad === undefined, `closed by its taker: ${bad}`);

  const after = (await openChannels(from)).labels;
  await send(from, after, AFTER);
  const trouble = faultOfAll(AFTER, await taken(to, after[0], AFTER.count));
  expect(trouble === undefined, `afterwards: ${trouble}`);
  return {
    figures: { queued: sent, came: came.messages, sent_before_closed: sentAway, came_before_closed: prefix.messages },
    faults,
  };
}
