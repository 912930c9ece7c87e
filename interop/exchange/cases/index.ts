import type { Doer, ExchangeCase } from '../exchange-case.ts';
import { bulk, lossy, small } from './bulk.ts';
import { closeOnSender, closeWithFullQueue } from './close-while-sending.ts';
import { manyChannels } from './many-channels.ts';
import { partial } from './partial.ts';
import { streamReset } from './stream-reset.ts';

const DOERS: readonly Doer[] = ['hawser', 'peer'];

/** Of the datagrams, each way. */
const LOST_PERCENT = 1;

/** Whatever two sides do with data channels, each direction. */
export const exchangeCases: readonly ExchangeCase[] = [
  ...DOERS.flatMap((sender) => [bulk(sender, 16), bulk(sender, 64), small(sender)]),
  bulk('hawser', 64, 2),
  ...DOERS.map((sender) => lossy(sender, (network) => network.lose(LOST_PERCENT))),
  ...DOERS.map(partial),
  ...DOERS.map(manyChannels),
  ...DOERS.map(streamReset),
  ...DOERS.map(closeWithFullQueue),
  ...DOERS.map(closeOnSender),
];
