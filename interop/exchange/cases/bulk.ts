import { expectations, type Finding } from '../../chromium/cases/case.ts';
import { openChannels, send, taken } from '../channel.ts';
import { type Doer, type Ends, type ExchangeCase, type ExchangeNetwork, other } from '../exchange-case.ts';
import { faultOfAll, type Load } from '../expected.ts';

/** The slowest that a stack may be. */
const LEAST_BYTES_PER_S = 400_000;
const LEAST_MESSAGES_PER_S = 200;
const SMALL_BYTES = 64;
const START_MS = 10_000;

/** Long messages on one reliable, ordered channel, as fast as they go. `kilobytes`: 64 becomes what the stack takes. */
export function bulk(sender: Doer, kilobytes: 16 | 64, paths: 1 | 2 = 1): ExchangeCase {
  const over = paths === 2 ? '-by-two-paths' : '';
  return {
    name: `bulk-${kilobytes}k-to-${other(sender)}${over}`,
    offerer: sender,
    paths,
    run: (ends) => {
      const bytes = Math.min(kilobytes * 1024, ends.stack.messageBytes);
      const count = Math.ceil(ends.sizes.bulkBytes / bytes);
      const limitMs = START_MS + (ends.sizes.bulkBytes / LEAST_BYTES_PER_S) * 1000;
      return run(ends, sender, { count, bytes }, limitMs);
    },
  };
}

/** Long messages while the network does what it is made to: `lose`, and ends it after. */
export function lossy(sender: Doer, lose: (network: ExchangeNetwork) => void): ExchangeCase {
  const whole = bulk(sender, 64);
  return {
    ...whole,
    name: `${whole.name}-with-loss`,
    run: async (ends) => {
      const { network, sizes } = ends;
      if (network !== undefined) lose(network);
      try {
        return await whole.run({ ...ends, sizes: { ...sizes, bulkBytes: sizes.lossyBytes } });
      } finally {
        network?.heal();
      }
    },
  };
}

/** Messages of 64 bytes on one reliable, ordered channel, as fast as they go. */
export function small(sender: Doer): ExchangeCase {
  return {
    name: `small-to-${other(sender)}`,
    offerer: sender,
    paths: 1,
    run: (ends) => {
      const count = ends.sizes.smallMessages;
      const limitMs = START_MS + (count / LEAST_MESSAGES_PER_S) * 1000;
      return run(ends, sender, { count, bytes: SMALL_BYTES }, limitMs);
    },
  };
}

async function run(ends: Ends, sender: Doer, load: Load, limitMs: number): Promise<Finding> {
  const { expect, faults } = expectations();
  const { labels } = await openChannels(ends[sender]);
  const { sent, stopped } = await send(ends[sender], labels, load, { limitMs });
  expect(sent === load.count, `the sender stopped after ${sent}: ${stopped}`);
  const came = await taken(ends[other(sender)], labels[0], sent);
  const fault = faultOfAll(load, came);
  expect(fault === undefined, fault ?? '');
  const { messages, seconds } = came;
  const figures = {
    messages,
    message_bytes: load.bytes,
    mbyte_per_s: Math.round(((messages * load.bytes) / seconds / 1e6) * 10) / 10,
    messages_per_s: Math.round(messages / seconds),
  };
  if (sender === 'peer') return { figures, faults };
  const { chunksSent = 0, chunksRetransmitted = 0, spuriousRetransmissions = 0 } = (await ends.stats()) ?? {};
  const ours = {
    chunks_sent: chunksSent,
    chunks_retransmitted: chunksRetransmitted,
    spurious_retransmissions: spuriousRetransmissions,
  };
  return { figures: { ...figures, ...ours }, faults };
}
