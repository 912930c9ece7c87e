import { expectations } from '../../chromium/cases/case.ts';
import { sleep } from '../../chromium/reports.ts';
import { openChannels, send, taken } from '../channel.ts';
import { type Doer, type Ends, type ExchangeCase, type ExchangeNetwork, other } from '../exchange-case.ts';
import { faultOfAll, faultOfSome } from '../expected.ts';
import type { ChannelInit } from '../side.js';

/** Two seconds of them. */
const LOAD = { count: 2_000, bytes: 1_000 } as const;
const PACE_MS = 1;
/** Of the datagrams that carry a message. */
const LOST_PERCENT = 3;
/** At most this share of messages may be missing: with the loss, and what a cut takes. */
const MOST_MISSING = 0.5;
/** Longer than `maxPacketLifeTime`, so that messages die in it. */
const CUT_MS = 400;
const LIFE_TIME_MS = 50;
const RELIABLE = { count: 200, bytes: 1_000 } as const;
/** What is still repeated comes within that. */
const SETTLE_MS = 1_500;
const LIMIT_MS = 60_000;

interface Policy {
  readonly name: string;
  readonly options: ChannelInit;
  /** The link is cut for a moment. */
  readonly cut: boolean;
  /** Something must be missing where there are losses. */
  readonly loses: boolean;
}

const POLICIES: readonly Policy[] = [
  { name: 'no_retransmit', options: { ordered: true, maxRetransmits: 0 }, cut: false, loses: true },
  {
    name: 'no_retransmit_unordered',
    options: { ordered: false, maxRetransmits: 0 },
    cut: false,
    loses: true,
  },
  { name: 'three_retransmits', options: { ordered: true, maxRetransmits: 3 }, cut: false, loses: false },
  { name: 'life_time', options: { ordered: true, maxPacketLifeTime: LIFE_TIME_MS }, cut: true, loses: true },
  {
    name: 'life_time_unordered',
    options: { ordered: false, maxPacketLifeTime: LIFE_TIME_MS },
    cut: true,
    loses: true,
  },
];

/** Every policy of partial reliability over a path that loses 3 %: what comes is whole, once, and in order where asked. */
export function partial(sender: Doer): ExchangeCase {
  return { name: `partial-to-${other(sender)}`, offerer: sender, paths: 1, run: (ends) => run(ends, sender) };
}

async function run(ends: Ends, sender: Doer) {
  const { network } = ends;
  const { expect, faults } = expectations();
  const figures: Record<string, number> = {};
  const repeated: string[] = [];
  const [from, to] = [ends[sender], ends[other(sender)]];
  for (const { name, options, cut, loses } of POLICIES) {
    const { labels } = await openChannels(from, options);
    const sending = send(from, labels, LOAD, { paceMs: PACE_MS, limitMs: LIMIT_MS });
    if (network !== undefined) await (cut ? cutFor(network, CUT_MS) : losing(network, sending));
    const { sent, stopped } = await sending;
    expect(sent === LOAD.count, `${name}: the sender stopped after ${sent}: ${stopped}`);
    // A reliable channel after it: what is given up must not hold up what follows.
    const after = await openChannels(from);
    await send(from, after.labels, RELIABLE);
    const fault = faultOfAll(RELIABLE, await taken(to, after.labels[0], RELIABLE.count));
    expect(fault === undefined, `${name}: afterwards ${fault}`);
    const came = await taken(to, labels[0], LOAD.count, { numbers: true, silenceMs: SETTLE_MS });
    const bad = faultOfSome(LOAD, options.ordered ?? true, came);
    expect(bad === undefined, `${name}: ${bad}`);
    const missing = LOAD.count - came.messages;
    figures[`${name}_missing`] = missing;
    expect(missing <= MOST_MISSING * LOAD.count, `${name}: ${missing} of ${LOAD.count} are missing`);
    if (network === undefined || !loses || missing > 0) continue;
    // A stack may repeat what it need not; ours must not.
    if (sender === 'peer') repeated.push(name);
    else expect(false, `${name}: nothing is missing, although packets were lost`);
  }
  const note = repeated.length === 0 ? '' : `${ends.stack.name} gave up no message: ${repeated.join(', ')}`;
  return { figures: { messages: LOAD.count, ...figures }, faults, note };
}

/** The path loses datagrams while messages are sent. */
async function losing(network: ExchangeNetwork, sending: Promise<unknown>): Promise<void> {
  network.lose(LOST_PERCENT);
  await Promise.allSettled([sending]);
  network.heal();
}

async function cutFor(network: ExchangeNetwork, ms: number): Promise<void> {
  await sleep(ms);
  network.cut();
  await sleep(ms);
  network.heal();
}
