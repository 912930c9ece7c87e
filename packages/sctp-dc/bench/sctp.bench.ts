import type { Bench } from '@hawser/bench';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { createSlot, type PathInfo, resetSlot } from '@hawser/wire';
import { createMessage, newReno, SctpAssociation, type SctpConfig } from '../src/index.ts';

const INFO: PathInfo = { state: 'active', mtuBytes: 1200, srttMs: 1, rttVarMs: 0, lossRatio: 0, egress: '', cost: 0 };
/** User data of a full packet with I-DATA. */
const CHUNK_BYTES = 1128;
const MESSAGE_BYTES = 64 * 1024;

/** Two associations in one process, a millisecond apart; every call sends a message and hands packets over until it is read. */
function conversation(messageBytes: number, config: Partial<SctpConfig>): (iterations: number) => void {
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
  const message = createMessage();
  const bytes = new Uint8Array(messageBytes);
  let now = 0;
  const drain = (from: SctpAssociation, to: SctpAssociation) => {
    let any = false;
    for (resetSlot(slot); from.pollTransmit(now, slot); resetSlot(slot)) {
      to.handleDatagram(now, 0, slot.buffer, slot.offset, slot.length);
      any = true;
    }
    while (from.pollEvent() !== undefined);
    return any;
  };
  const settle = () => {
    for (let busy = true; busy; ) {
      now++;
      busy = drain(a, b);
      busy = drain(b, a) || busy;
    }
    if (a.pollTimeout() <= now) a.handleTimeout(now);
    if (b.pollTimeout() <= now) b.handleTimeout(now);
  };
  a.connect(now);
  settle();
  const channel = a.openChannel(now, { label: 'bench' });
  settle();
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      a.send(now, channel, bytes, 0, messageBytes, true);
      settle();
      while (b.pollMessage(message));
    }
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
const MESSAGE_SHARE_BYTES = 32;

const ours = (name: string, fn: (iterations: number) => void) => ({
  name,
  unit: 'ns/op' as const,
  lowerIsBetter: true,
  fn,
});

const perChunk = (name: string, config: Partial<SctpConfig>) => ({
  ...ours(`chunk of 64 KiB messages, both ends, ${name}`, chunks(config)),
  allocation: { atMost: MESSAGE_SHARE_BYTES },
});

export const benches: Bench[] = [
  {
    name: 'sctp',
    cases: [
      perChunk('I-DATA, no checksums', { lowerLayerChecksums: 'dtls' }),
      perChunk('DATA, no checksums', { lowerLayerChecksums: 'dtls', interleaving: false }),
      perChunk('DATA, checksums', { interleaving: false }),
      ours('message of 64 bytes alone, both ends, SACK and all', conversation(64, { lowerLayerChecksums: 'dtls' })),
    ],
  },
];
