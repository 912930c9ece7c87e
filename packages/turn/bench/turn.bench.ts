import type { Bench } from '@hawser/bench';
import { createSlot, resetSlot, Verdict } from '@hawser/wire';
import { WrapStatus } from '../src/index.ts';
import { Subjects } from '../test/fuzz/subjects.ts';
import { addressOf } from '../test/kit/relayed-client.ts';

const PAYLOAD_BYTES = 1200;
const subjects = new Subjects();
const { turn } = subjects.client;
const bound = addressOf('198.51.100.7', 7000);
const permitted = addressOf('198.51.100.8', 7000);
const slot = createSlot(1500);

const times = (body: () => void) => (iterations: number) => {
  for (let i = 0; i < iterations; i++) body();
};

function wrap(peer: typeof bound): void {
  resetSlot(slot);
  slot.length = PAYLOAD_BYTES;
  if (turn.wrap(slot, peer) !== WrapStatus.wrapped) throw new Error('not wrapped');
}

wrap(bound);
const channelData = slot.buffer.slice(slot.offset, slot.offset + slot.length);
const relayed = createSlot(1500);

function relay(from: number, length: number): void {
  resetSlot(relayed);
  relayed.length = length;
  if (subjects.server.relay(0, from, relayed) !== Verdict.consumed) throw new Error('not relayed');
}

/** What one packet of 1 200 bytes costs, without the socket: nothing is copied. */
export const benches: Bench[] = [
  {
    name: 'turn',
    cases: [
      {
        name: 'client, wrap in ChannelData',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => wrap(bound)),
        allocation: { atMost: 0 },
      },
      {
        name: 'client, wrap in a Send indication',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => wrap(permitted)),
        allocation: { atMost: 0 },
      },
      {
        name: 'client, unwrap ChannelData',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => {
          if (turn.unwrap(channelData, 0, channelData.length) !== Verdict.consumed) throw new Error('not unwrapped');
        }),
        allocation: { atMost: 0 },
      },
      {
        name: 'server, relay ChannelData to a peer',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: (iterations) => {
          resetSlot(relayed);
          relayed.buffer.set(channelData, relayed.offset);
          for (let i = 0; i < iterations; i++) relay(subjects.own, channelData.length);
        },
        allocation: { atMost: 0 },
      },
      {
        name: 'server, relay a bound peer to its client',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => relay(subjects.peer, PAYLOAD_BYTES)),
        allocation: { atMost: 0 },
      },
    ],
  },
];
