import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessage, MessagePart } from '../../src/index.ts';
import { DataFlag } from '../../src/packet/chunk-types.ts';
import { DataChunk } from '../../src/packet/data.ts';
import type { InMessage, OpenParts } from '../../src/rx/in-message.ts';
import { Inbox } from '../../src/rx/inbox.ts';
import { InterleavedReassembly } from '../../src/rx/interleaved-reassembly.ts';
import { Ordering } from '../../src/rx/ordering.ts';
import { Reassembly } from '../../src/rx/reassembly.ts';

const BUFFER_BYTES = 30;
const STREAMS = 3;

/** Messages of the streams, in the order sent, cut into fragments of a few bytes. */
const messages = fc.array(
  fc.record({
    streamId: fc.integer({ min: 0, max: STREAMS - 1 }),
    ordered: fc.boolean(),
    fragments: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
  }),
  { minLength: 1, maxLength: 12 },
);
type Plan = typeof messages extends fc.Arbitrary<infer T> ? T : never;

interface Numbered {
  readonly number: number;
  readonly chunk: DataChunk;
}

/** What is sent, with consecutive TSNs: fragment by fragment, every byte telling its message. */
function chunksOf(plan: Plan): Numbered[] {
  const next = new Map<string, number>();
  const chunks: Numbered[] = [];
  plan.forEach(({ streamId, ordered, fragments }, index) => {
    const key = `${streamId} ${ordered}`;
    const ssn = next.get(key) ?? 0;
    next.set(key, ssn + 1);
    fragments.forEach((length, fsn) => {
      const chunk = new DataChunk();
      chunk.streamId = streamId;
      chunk.ssn = ssn;
      chunk.fsn = fsn;
      chunk.ppid = fsn === 0 ? 53 : 0;
      chunk.flags = ordered ? 0 : DataFlag.unordered;
      if (fsn === 0) chunk.flags |= DataFlag.begin;
      if (fsn === fragments.length - 1) chunk.flags |= DataFlag.end;
      chunk.bytes = new Uint8Array(length).fill(index);
      chunk.payloadLength = length;
      chunks.push({ number: chunks.length + 1, chunk });
    });
  });
  return chunks;
}

/** The receiving half, without associations: reassembly, order, inbox. */
class Model {
  readonly read: { readonly index: number; readonly length: number; readonly streamId: number }[] = [];
  readonly #inbox = new Inbox();
  readonly #ordering: Ordering;
  readonly #reassembly: Reassembly;
  readonly #interleaved: InterleavedReassembly;
  readonly #message = createMessage();
  readonly #open = new Map<number, Uint8Array[]>();
  readonly #channels = Array.from({ length: STREAMS }, (_, id) => ({ id, unread: 0 }));

  constructor(interleaved: boolean) {
    const deliver = ({ streamId, bytes }: InMessage) => this.#inbox.push(this.#channels[streamId], true, bytes);
    this.#ordering = new Ordering(deliver, ({ streamId }) => this.#inbox.open(this.#channels[streamId], true));
    this.#ordering.restart(interleaved);
    const openParts: OpenParts = (head) => this.#ordering.openParts(head);
    this.#reassembly = new Reassembly(1_000_000, BUFFER_BYTES, openParts);
    this.#interleaved = new InterleavedReassembly(1_000_000, BUFFER_BYTES, openParts);
  }

  add({ number, chunk }: Numbered, interleaved: boolean): void {
    const result = interleaved ? this.#interleaved.add(chunk) : this.#reassembly.add(number, chunk);
    if (typeof result === 'string') throw new Error(result);
    if (result !== undefined) this.#ordering.add(result);
  }

  deliverLongest(interleaved: boolean): void {
    if (interleaved) this.#interleaved.deliverLongest();
    else this.#reassembly.deliverLongest();
  }

  /** Reads at most `most` parts; what is wrong with them is an error. */
  take(most: number): void {
    const message = this.#message;
    for (let i = 0; i < most && this.#inbox.shift(message); i++) {
      const { channel, part, bytes, offset, length } = message;
      const before = this.#open.get(channel);
      const begins = part === MessagePart.whole || part === MessagePart.first;
      expect(before === undefined).toBe(begins);
      const parts = [...(before ?? []), bytes.slice(offset, offset + length)];
      if (part === MessagePart.first || part === MessagePart.next) {
        this.#open.set(channel, parts);
        continue;
      }
      this.#open.delete(channel);
      const whole = Buffer.concat(parts);
      expect(new Set(whole).size).toBe(1);
      this.read.push({ index: whole[0], length: whole.length, streamId: channel });
    }
  }

  get heldBytes(): number {
    return this.#inbox.heldBytes + this.#ordering.heldBytes + this.#reassembly.heldBytes + this.#interleaved.heldBytes;
  }

  get isBetween(): boolean {
    return this.#open.size === 0;
  }
}

describe.each([
  ['DATA', false],
  ['I-DATA', true],
])('messages in parts, in %s', (_name, interleaved) => {
  it('come whole, once, each stream in order, in whatever order fragments come and whenever they are read', () => {
    const run = messages.chain((plan) => {
      const chunks = chunksOf(plan);
      return fc.record({
        plan: fc.constant(plan),
        order: fc.shuffledSubarray(chunks, { minLength: chunks.length }),
        reads: fc.array(fc.record({ most: fc.integer({ min: 0, max: 3 }), hurry: fc.boolean() }), {
          minLength: chunks.length,
          maxLength: chunks.length,
        }),
      });
    });
    fc.assert(
      fc.property(run, ({ plan, order, reads }) => {
        const model = new Model(interleaved);
        order.forEach((chunk, i) => {
          model.add(chunk, interleaved);
          if (reads[i].hurry) model.deliverLongest(interleaved);
          model.take(reads[i].most);
        });
        model.take(1000);
        expect(model.isBetween).toBe(true);
        expect(model.heldBytes).toBe(0);
        const lengths = plan.map(({ fragments }) => fragments.reduce((sum, length) => sum + length, 0));
        expect([...model.read].sort((a, b) => a.index - b.index)).toEqual(
          plan.map(({ streamId }, index) => ({ index, length: lengths[index], streamId })),
        );
        for (let id = 0; id < STREAMS; id++) {
          const got = model.read.filter(({ index, streamId }) => streamId === id && plan[index].ordered);
          expect(got.map(({ index }) => index)).toEqual(got.map(({ index }) => index).sort((a, b) => a - b));
        }
      }),
    );
  });
});
