/**
 * `npm run bench -- datachannel`: data channels between two processes on this host, whole ICE, DTLS and SCTP, beside other
 * stacks and beside the floor of node:dgram. How it is measured: docs/data-channel-cost.md.
 */
import {
  type Bench,
  type BenchCase,
  type BenchTarget,
  type DatachannelStack,
  floorStack,
  hawserStack,
  measureRoundTrips,
  measureThroughput,
  OTHER_STACKS,
  type PeerSource,
  Repeated,
  type RoundTrips,
  type Throughput,
} from '@hawser/bench';

const ROUNDS = 3;
const PING_BYTES = 64;
/** Of datagrams of 1 200 bytes, and so the size of the floor's messages whatever ours are. */
const FLOOR_BYTES = 1024;
const SIZES = [
  [64, '64 B'],
  [1024, '1 KiB'],
  [16_384, '16 KiB'],
  [65_536, '64 KiB'],
] as const;

/** What a side gave, for one row of several. */
type Sides<T> = ReadonlyMap<string, { readonly version: string; readonly runs: Repeated<T> } | { unavailable: string }>;

function throughputOf(stack: DatachannelStack, bytes: number): Repeated<Throughput> {
  return new Repeated(() => measureThroughput(stack.command, bytes, stack.highWaterBytes[bytes]));
}

/** Every other stack, present or not, with what `measure` makes of it. */
function others<T>(measure: (stack: DatachannelStack) => Repeated<T>): Sides<T> {
  return new Map(
    Object.entries(OTHER_STACKS).map(([name, find]) => {
      const stack = find();
      return [name, 'unavailable' in stack ? stack : { version: stack.version, runs: measure(stack) }] as const;
    }),
  );
}

function peersOf<T>(sides: Sides<T>, pick: (run: T) => number): Record<string, PeerSource> {
  return Object.fromEntries(
    [...sides].map(([name, side]) => {
      const source = 'runs' in side ? { version: side.version, measure: side.runs.figure(pick) } : side;
      return [name, () => source] as const;
    }),
  );
}

/** Targets hold for messages that fill packets; small ones have a rate of their own. */
function throughputTarget(bytes: number): BenchTarget | undefined {
  if (bytes < 16_384) return undefined;
  return {
    all: [
      { peer: 'floor', times: 0.85 },
      { peer: 'werift', times: 2 },
    ],
  };
}

function throughputCases(bytes: number, label: string): BenchCase[] {
  const ours = throughputOf(hawserStack(), bytes);
  const floor = (lowered: boolean) => {
    const stack = floorStack(lowered);
    return { version: stack.version, runs: throughputOf(stack, FLOOR_BYTES) };
  };
  const isLarge = bytes >= 16_384;
  const sides: Sides<Throughput> = new Map([
    ...(isLarge ? ([['floor', floor(false)]] as const) : []),
    ...(bytes === 65_536 ? ([['floor, lowered', floor(true)]] as const) : []),
    ...others((stack) => throughputOf(stack, bytes)),
  ]);
  const row = (
    name: string,
    unit: BenchCase['unit'],
    lowerIsBetter: boolean,
    pick: (run: Throughput) => number,
    target: BenchTarget | undefined,
  ): BenchCase => ({
    name: `${name}, messages of ${label}`,
    unit,
    lowerIsBetter,
    target,
    measure: ours.figure(pick),
    peers: peersOf(sides, pick),
  });
  const messages = bytes === 64 ? { value: 300_000 } : undefined;
  return [
    ...(bytes === 64 ? [row('rate', 'messages/s', false, (run) => run.messagesPerSecond, messages)] : []),
    row('throughput', 'MB/s', false, (run) => run.megabytesPerSecond, throughputTarget(bytes)),
    row(
      'CPU of both processes',
      's/GB',
      true,
      (run) => run.cpuSecondsPerGigabyte,
      isLarge ? { peer: 'floor', times: 1 / 1.25 } : undefined,
    ),
  ];
}

/** Datagrams up to what the path carries: no comparison with those held to 1 200 bytes. */
function searchedCases(): BenchCase[] {
  const runs = throughputOf(hawserStack(true), 65_536);
  const name = (what: string) => `${what}, messages of 64 KiB, path MTU discovery on (datagrams of up to 1 472 bytes)`;
  return [
    {
      name: name('throughput'),
      unit: 'MB/s',
      lowerIsBetter: false,
      measure: runs.figure((run) => run.megabytesPerSecond),
    },
    {
      name: name('CPU of both processes'),
      unit: 's/GB',
      lowerIsBetter: true,
      measure: runs.figure((run) => run.cpuSecondsPerGigabyte),
    },
  ];
}

function pingCases(): BenchCase[] {
  const pingOf = (stack: DatachannelStack) => new Repeated(() => measureRoundTrips(stack.command, PING_BYTES));
  const ours = pingOf(hawserStack());
  const bare = { version: `node:dgram, node ${process.versions.node}`, runs: pingOf(floorStack()) };
  const stacks = others(pingOf);
  const sides: Sides<RoundTrips> = new Map([['dgram', bare], ...stacks]);
  return [
    {
      name: 'round trip of 64 B, p50',
      unit: 'us',
      lowerIsBetter: true,
      target: { peer: 'dgram', plus: 40 },
      measure: ours.figure((run) => run.p50Us),
      peers: peersOf(sides, (run) => run.p50Us),
    },
    {
      name: 'round trip of 64 B, p99',
      unit: 'us',
      lowerIsBetter: true,
      measure: ours.figure((run) => run.p99Us),
      peers: peersOf(sides, (run) => run.p99Us),
    },
    {
      name: 'from the offer to the open channel',
      unit: 'ms',
      lowerIsBetter: true,
      measure: ours.figure((run) => run.setupMs),
      peers: peersOf(stacks, (run) => run.setupMs),
    },
  ];
}

export const benches: Bench[] = [
  {
    name: 'datachannel',
    rounds: ROUNDS,
    cases: [...SIZES.flatMap(([bytes, label]) => throughputCases(bytes, label)), ...searchedCases(), ...pingCases()],
  },
];
