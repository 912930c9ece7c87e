import { expectations, type Finding } from '../../chromium/cases/case.ts';
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

/** The sender closes with its queue full: all of it comes first (W3C WebRTC 6.2.4, closing procedure). */
export function closeWithFullQueue(closer: Doer): ExchangeCase {
  return {
    name: `close-with-full-queue-by-${closer}`,
    offerer: closer,
    paths: 1,
    run: (ends) => withFullQueue(ends, closer),
  };
}

/** The taker closes in the midst: the sender is stopped, what came is the beginning, and the connection goes on. */
export function closeOnSender(closer: Doer): ExchangeCase {
  return {
    name: `close-on-sender-by-${closer}`,
    offerer: closer,
    paths: 1,
    run: (ends) => onSender(ends, other(closer)),
  };
}

async function withFullQueue(ends: Ends, sender: Doer): Promise<Finding> {
  const { expect, faults } = expectations();
  const [from, to] = [ends[sender], ends[other(sender)]];
  const { labels } = await openChannels(from);
  const { sent } = await send(from, labels, QUEUED, { bounded: false });
  await close(from, labels);
  await until(to, labels[0], ({ closed }) => closed > 0);
  const came = await taken(to, labels[0], 0);
  expect(sent === QUEUED.count, `only ${sent} messages were queued`);
  const fault = faultOfAll(QUEUED, came);
  expect(fault === undefined, fault ?? '');
  const trouble = await afterwards(ends, sender);
  expect(trouble === undefined, `afterwards: ${trouble}`);
  return { figures: { queued: sent, came: came.messages }, faults };
}

async function onSender(ends: Ends, sender: Doer): Promise<Finding> {
  const { expect, faults } = expectations();
  const [from, to] = [ends[sender], ends[other(sender)]];
  const { labels } = await openChannels(from);
  const sending = send(from, labels, ENDLESS);
  await sleep(CLOSE_AFTER_MS);
  await close(to, labels);
  const { sent, stopped } = await sending;
  expect(sent < ENDLESS.count, 'the sender never heard that its channel was closed');
  const { closed } = await until(from, labels[0], (progress) => progress.closed > 0);
  expect(closed > 0, `the sender has the channel ${stopped}`);
  const came = await taken(to, labels[0], 0);
  const fault = faultOfAll({ count: came.messages, bytes: ENDLESS.bytes }, came);
  expect(fault === undefined, fault ?? '');
  const trouble = await afterwards(ends, sender);
  expect(trouble === undefined, `afterwards: ${trouble}`);
  return { figures: { sent, came: came.messages }, faults };
}

/** The connection is as good as before: what is wrong, if not. */
async function afterwards(ends: Ends, sender: Doer): Promise<string | undefined> {
  const { labels } = await openChannels(ends[sender]);
  await send(ends[sender], labels, AFTER);
  return faultOfAll(AFTER, await taken(ends[other(sender)], labels[0], AFTER.count));
}
