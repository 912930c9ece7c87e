import { type Bench, Repeated } from '@hawser/bench';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { createSlot, type PathInfo, resetSlot } from '@hawser/wire';
import { createMessage, newReno, SctpAssociation, type SctpConfig } from '../src/index.ts';

const INFO: PathInfo = { state: 'active', mtuBytes: 1200, srttMs: 1, rttVarMs: 0, lossRatio: 0, egress: '', cost: 0 };
/** User data of a full packet with I-DATA. */
const CHUNK_BYTES = 1128;
const MESSAGE_BYTES = 64 * 1024;

/** Two associations in one process, connected, with a channel between them. */
function connectedPair(config: Partial<SctpConfig>) {
  const clock = new VirtualClock();
  const make = (dtlsRole: 'client' | 'server', seed: number) => {
    const windowController = (path: number, mtuBytes: number) => {
      const window = newReno(path, mtuBytes);
      // The subject is the machine, not the network: everything may leave.
      return Object.assign(window, { windowBytes: 64e6, handleAcked() {} });
    };
    const env = simEnv(clock, new SeededRandom(seed));
    const association = new SctpAssociation({ dtlsRole, windowController, ...config }, env);
    association.handlePath(0, 0, INFO);
    return association;
  };
  const [a, b] = [make('client', 1), make('server', 2)];
  const slot = createSlot();
  const drain = (now: number, from: SctpAssociation, to: SctpAssociation) => {
    let any = false;
    for (resetSlot(slot); from.pollTransmit(now, slot); resetSlot(slot)) {
      to.handleDatagram(now, 0, slot.buffer, slot.offset, slot.length);
      any = true;
    }
    while (from.pollEvent() !== undefined);
    return any;
  };
  const pair = {
    a,
    b,
    channel: 0,
    /** Hands packets over until there are none, a millisecond each way, and fires what is due. */
    settle(now: number): number {
      for (let busy = true; busy; ) {
        now++;
        busy = drain(now, a, b);
        busy = drain(now, b, a) || busy;
      }
      if (a.pollTimeout() <= now) a.handleTimeout(now);
      if (b.pollTimeout() <= now) b.handleTimeout(now);
      return now;
    },
  };
  a.connect(0);
  const now = pair.settle(0);
  pair.channel = a.openChannel(now, { label: 'bench' });
  return { ...pair, now: pair.settle(now) };
}

/**
 * Every call sends a message and hands packets over until it is read.
 *
 * @param ageMs so long messages are sent before, now and then, in virtual time
 */
function conversation(messageBytes: number, config: Partial<SctpConfig>, ageMs = 0): (iterations: number) => void {
  const { a, b, channel, settle, now: begunAt } = connectedPair(config);
  const message = createMessage();
  const bytes = new Uint8Array(messageBytes);
  let now = begunAt;
  const exchange = () => {
    a.send(now, channel, bytes, 0, messageBytes, true);
    now = settle(now);
    while (b.pollMessage(message));
  };
  for (let due = begunAt; due < begunAt + ageMs; due += 1000 / MESSAGES_PER_SECOND) {
    now = Math.max(now, due);
    exchange();
  }
  return (iterations) => {
    for (let i = 0; i < iterations; i++) exchange();
  };
}

/** Chunks of 64 KiB messages: an operation is one chunk, from `send` to `pollMessage`. */
function chunks(config: Partial<SctpConfig>): (iterations: number) => void {
  const run = conversation(MESSAGE_BYTES, config);
  // Code that is not compiled yet keeps its numbers on the heap.
  run(300);
  let owedBytes = 0;
  return (iterations) => {
    owedBytes += iterations * CHUNK_BYTES;
    const messages = Math.floor(owedBytes / MESSAGE_BYTES);
    owedBytes -= messages * MESSAGE_BYTES;
    run(messages);
  };
}

/** What a message costs besides its bytes, by the 59 chunks of 64 KiB. */
const MESSAGE_SHARE_BYTES = 64;
/**
 * A chunk's bytes are copied twice, into the packet and out of it, by `set` of a view: the loop that needs no view takes three
 * times as long (for 1 128 bytes 151 ns against 49).
 */
const VIEWS_BYTES = 2 * 100;

const ours = (name: string, fn: (iterations: number) => void) => ({
  name,
  unit: 'ns/op' as const,
  lowerIsBetter: true,
  fn,
});

const perChunk = (name: string, config: Partial<SctpConfig>) => ({
  ...ours(`chunk of 64 KiB messages, both ends, ${name}`, chunks(config)),
  allocation: { atMost: VIEWS_BYTES + MESSAGE_SHARE_BYTES },
});

const SMALL_BYTES = 64;
const SMALL_BURST = 1000;
/** Of a full packet, and what it is filled up by. */
const LARGEST_PACKET_BYTES = 1500;

/** Small messages in bursts, sender and receiver timed apart; an operation is a message with its share of the packets. */
function bursts(): Repeated<{ sendNs: number; deliverNs: number }> {
  let pair: ReturnType<typeof connectedPair> | undefined;
  let now = 0;
  const slot = createSlot(LARGEST_PACKET_BYTES);
  const packets = Array.from({ length: SMALL_BURST }, () => ({
    bytes: new Uint8Array(LARGEST_PACKET_BYTES),
    length: 0,
  }));
  const message = createMessage();
  const bytes = new Uint8Array(SMALL_BYTES);
  const burst = (spent: { send: number; deliver: number }) => {
    pair ??= connectedPair({ lowerLayerChecksums: 'dtls' });
    const { a, b, channel } = pair;
    now = Math.max(now, pair.now);
    const begunAt = performance.now();
    for (let i = 0; i < SMALL_BURST; i++) a.send(now, channel, bytes, 0, SMALL_BYTES, true);
    let count = 0;
    for (resetSlot(slot); a.pollTransmit(now, slot); resetSlot(slot)) {
      const packet = packets[count++];
      packet.bytes.set(slot.buffer.subarray(slot.offset, slot.offset + slot.length));
      packet.length = slot.length;
    }
    const sentAt = performance.now();
    for (let i = 0; i < count; i++) b.handleDatagram(now, 0, packets[i].bytes, 0, packets[i].length);
    while (b.pollMessage(message));
    const deliveredAt = performance.now();
    spent.send += sentAt - begunAt;
    spent.deliver += deliveredAt - sentAt;
    now = pair.settle(now);
  };
  return new Repeated(async () => {
    const spent = { send: 0, deliver: 0 };
    for (let i = 0; i < 100; i++) burst(spent);
    spent.send = 0;
    spent.deliver = 0;
    for (let i = 0; i < 100; i++) burst(spent);
    const perMessage = 1e6 / (100 * SMALL_BURST);
    return { sendNs: spent.send * perMessage, deliverNs: spent.deliver * perMessage };
  });
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MESSAGES_PER_SECOND = 25;

/** Messages of 1 KiB over an association that has carried such messages for an hour of virtual time before. */
function afterAnHour(): (iterations: number) => void {
  let run: ((iterations: number) => void) | undefined;
  return (iterations) => {
    run ??= conversation(1024, { lowerLayerChecksums: 'dtls' }, HOUR_MS);
    run(iterations);
  };
}

const small = bursts();

export const benches: Bench[] = [
  {
    name: 'sctp',
    cases: [
      perChunk('I-DATA, no checksums', { lowerLayerChecksums: 'dtls' }),
      perChunk('DATA, no checksums', { lowerLayerChecksums: 'dtls', interleaving: false }),
      perChunk('DATA, checksums', { interleaving: false }),
      ours('message of 64 bytes alone, both ends, SACK and all', conversation(64, { lowerLayerChecksums: 'dtls' })),
      {
        name: 'send of 64 bytes, bundled, with its share of the packet',
        unit: 'ns/op',
        lowerIsBetter: true,
        target: { value: 1000 },
        measure: small.figure((run) => run.sendNs),
      },
      {
        name: 'delivery of 64 bytes, bundled, with its share of the packet',
        unit: 'ns/op',
        lowerIsBetter: true,
        target: { value: 500 },
        measure: small.figure((run) => run.deliverNs),
      },
      {
        // A tenth is what two measurements of one thing differ by on a machine that others use.
        name: 'message of 1 KiB after an hour of sending, both ends',
        unit: 'ns/op',
        lowerIsBetter: true,
        target: { peer: 'in the first minute', times: 0.9 },
        fn: afterAnHour(),
        peers: {
          'in the first minute': {
            version: 'this tree',
            fn: conversation(1024, { lowerLayerChecksums: 'dtls' }, MINUTE_MS),
          },
        },
      },
    ],
  },
];
