import { readFileSync } from 'node:fs';
import { createSlot, FlowTable, hexBytes, resetSlot, type Verdict, verdictName } from '@hawser/wire';
import { StreamFramer, TurnServer } from '../../src/index.ts';
import { addressOf, RelayedClient } from '../kit/relayed-client.ts';

/** Randomness that repeats: fuzzing has to, and nothing here is secret. */
function env(seed: number) {
  // A typed array: a number above 2^30 in a variable would be a new object each time.
  const state = Int32Array.of(seed);
  const next = (): number => {
    state[0] = Math.imul(state[0], 1_664_525) + 1_013_904_223;
    return state[0] >>> 24;
  };
  return {
    now: 0,
    unixMs: 0,
    secure: {
      fillSecure: (out: Uint8Array, offset: number, length: number) => {
        for (let i = 0; i < length; i++) out[offset + i] = next();
      },
    },
    jitter: { nextUnit: () => next() / 256 },
  };
}

const slot = createSlot(4096);

/** A server with one allocation, a permitted peer and a channel, and the client that has them. */
export class Subjects {
  readonly flows = new FlowTable(64);
  readonly server = new TurnServer({ flows: this.flows, realm: 'r', users: { u: 'p' } }, env(1));
  readonly client = new RelayedClient({ server: 0, username: 'u', password: 'p' }, env(2));
  readonly own = this.flows.intern(1, '203.0.113.5', 4000);
  readonly stranger = this.flows.intern(1, '203.0.113.6', 4000);
  /** Everything that client and server said to each other. */
  readonly spoken: Uint8Array[] = [];
  #base = 10;
  peer = -1;

  constructor() {
    this.server.addListener(0, { base: 1, address: '192.0.2.1' });
    this.client.turn.allocate(0);
    this.client.turn.bind(0, addressOf('198.51.100.7', 7000));
    this.client.turn.permit(0, addressOf('198.51.100.8', 7000));
    for (let round = 0; round < 6; round++) this.#exchange();
    this.peer = this.flows.intern(10, '198.51.100.7', 7000);
  }

  /** Gives the bytes to both machines from every side they may come from; says what the server made of a client's. */
  give(bytes: Uint8Array): Verdict {
    this.client.handleDatagram(0, 0, bytes, 0, bytes.length);
    this.server.handleDatagram(0, this.stranger, bytes, 0, bytes.length);
    this.server.handleDatagram(0, this.peer, bytes, 0, bytes.length);
    const verdict = this.server.handleDatagram(0, this.own, bytes, 0, bytes.length);
    const limit = slot.buffer.length - 200;
    if (bytes.length < limit) {
      resetSlot(slot);
      slot.buffer.set(bytes, slot.offset);
      slot.length = bytes.length;
      this.server.relay(0, this.own, slot);
    }
    this.#quiet();
    return verdict;
  }

  #exchange(): void {
    for (resetSlot(slot); this.client.pollTransmit(0, slot); resetSlot(slot)) {
      this.#note();
      this.server.handleDatagram(0, this.own, slot.buffer, slot.offset, slot.length);
    }
    for (let event = this.server.pollEvent(); event !== undefined; event = this.server.pollEvent()) {
      if (event.type !== 'need-relay') continue;
      const base = this.#base++;
      this.server.addRelay(0, event.id, { base, address: '192.0.2.1', port: 50_000 });
    }
    for (resetSlot(slot); this.server.pollTransmit(0, slot); resetSlot(slot)) {
      this.#note();
      this.client.handleDatagram(0, 0, slot.buffer, slot.offset, slot.length);
    }
  }

  #quiet(): void {
    for (resetSlot(slot); this.server.pollTransmit(0, slot); resetSlot(slot));
    for (resetSlot(slot); this.client.pollTransmit(0, slot); resetSlot(slot));
    while (this.client.pollEvent() !== undefined);
    while (this.server.pollEvent() !== undefined);
    this.client.received.length = 0;
  }

  #note(): void {
    this.spoken.push(slot.buffer.slice(slot.offset, slot.offset + slot.length));
  }
}

/** Feeds a stream in two pieces; what comes out goes to the machines. */
export function frame(bytes: Uint8Array, subjects: Subjects): string {
  const framer = new StreamFramer(4096);
  let messages = 0;
  const sink = (from: Uint8Array, offset: number, length: number): void => {
    messages++;
    subjects.give(from.slice(offset, offset + length));
  };
  const half = bytes.length >> 1;
  framer.push(bytes, 0, half, sink);
  framer.push(bytes, half, bytes.length - half, sink);
  return framer.broken ? 'broken' : messages > 0 ? 'messages' : 'waiting';
}

export function nameOf(verdict: Verdict): string {
  return verdictName(verdict);
}

/** The vectors' messages. */
export const vectorMessages: Uint8Array[] = (
  JSON.parse(readFileSync(new URL('../vectors/turn.json', import.meta.url), 'utf8')) as {
    vectors: { input: { message?: string; bytes?: string } }[];
  }
).vectors.flatMap(({ input }) => {
  const bytes = hexBytes(input.message ?? input.bytes ?? '');
  return bytes === undefined ? [] : [bytes];
});
