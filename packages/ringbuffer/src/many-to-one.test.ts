import { describe, expect, it } from 'vitest';
import {
  allocateRing,
  CORRUPT,
  INSUFFICIENT_CAPACITY,
  ManyToOneConsumer,
  ManyToOneProducer,
  type RingBufferError,
} from './index.ts';
import { CAPACITY_AT, TAIL_AT } from './layout.ts';

function ring(capacity = 64) {
  const memory = allocateRing('many-to-one', capacity);
  const [a, b] = [new ManyToOneProducer(memory), new ManyToOneProducer(memory)];
  const consumer = new ManyToOneConsumer(memory);
  const write = (producer: ManyToOneProducer, ...bytes: number[]) => producer.write(1, Uint8Array.from(bytes));
  const all = () => {
    const seen: string[] = [];
    consumer.read((type, bytes, offset, length) => {
      seen.push(`${type}:${bytes.subarray(offset, offset + length).join()}`);
    });
    return seen;
  };
  return { words: new Int32Array(memory), a, b, consumer, write, all };
}

describe('a many-to-one ring', () => {
  it('hands over the records of all producers, in the order of their claims', () => {
    const { a, b, write, all } = ring();
    write(a, 1);
    write(b, 2);
    const claim = a.tryClaim(9, 1);
    write(b, 3);
    expect(all()).toEqual(['1:1', '1:2']);
    a.bytes[claim] = 7;
    a.commit(claim);
    expect(all()).toEqual(['9:7', '1:3']);
  });

  it('pads the end of a lap, refuses when full, and zeroes what was consumed', () => {
    const { a, b, consumer, write, all } = ring();
    for (let lap = 0; lap < 50; lap++) {
      write(a, lap);
      write(b);
      const claim = a.tryClaim(1, 8);
      write(b, lap, 2);
      a.abort(claim);
      expect(all()).toEqual([`1:${lap}`, '1:', `1:${lap},2`]);
      expect(consumer.bytes.every((byte) => byte === 0)).toBe(true);
    }
    while (write(a));
    expect([b.tryClaim(1, 0), b.write(1, new Uint8Array(0)), a.sizeBytes()]).toEqual([
      INSUFFICIENT_CAPACITY,
      false,
      64,
    ]);
  });

  it('is closed for all, and ends when what was claimed has come', () => {
    const { a, b, consumer, write, all } = ring();
    const claim = a.tryClaim(3, 0);
    b.close();
    expect(consumer.wait({ spins: 3, yields: 0, sleeps: 0, minMs: 0, maxMs: 0, parkMs: 0 })).toBe('timed-out');
    a.commit(claim);
    expect([consumer.wait(), all(), consumer.wait()]).toEqual(['ready', ['3:'], 'closed']);
    let code = '';
    try {
      write(a, 1);
    } catch (error) {
      code = (error as RingBufferError).code;
    }
    expect(code).toBe('closed');
  });
});

describe('unblock of a many-to-one ring', () => {
  it('pads the claim of a producer that died after it said how long it is', () => {
    const { a, b, consumer, write, all } = ring();
    a.tryClaim(1, 8);
    write(b, 2);
    expect([all(), consumer.unblock(), all(), consumer.unblock()]).toEqual([[], true, ['1:2'], false]);
  });

  it('pads the claim of one that died before, as soon as something stands behind it', () => {
    const { words, b, consumer, write, all } = ring();
    // What a producer that dies between the compare-exchange and its next step leaves behind.
    words[(64 + TAIL_AT) / 4] = 16;
    expect([consumer.unblock(), all()]).toEqual([false, []]);
    write(b, 2);
    expect([all(), consumer.unblock(), all(), consumer.sizeBytes()]).toEqual([[], true, ['1:2'], 0]);
  });

  it('leaves alone what is not in the way', () => {
    const { words, b, consumer, write } = ring();
    expect(consumer.unblock()).toBe(false);
    write(b, 1);
    expect(consumer.unblock()).toBe(false);
    words[0] = -5000;
    expect(consumer.unblock()).toBe(false);
    words[(64 + TAIL_AT) / 4] = -64;
    expect(consumer.unblock()).toBe(false);
  });
});

describe('a many-to-one consumer', () => {
  it.each([
    ['too short', 5],
    ['beyond the lap', 72],
    ['far beyond', 2 ** 31 - 1],
    ['a claim too short', -5],
    ['a claim beyond the lap', -72],
    ['the least number', -(2 ** 31)],
  ])('stops at a length that no producer writes, behind what is whole: %s', (_name, length) => {
    const { words, a, consumer, write, all } = ring();
    write(a, 1);
    words[4] = length;
    expect(all()).toEqual(['1:1']);
    expect([consumer.read(() => {}), consumer.fault?.code, consumer.wait()]).toEqual([CORRUPT, 'corrupt', 'corrupt']);
  });

  it('refuses a ring of another kind, and another capacity', () => {
    const codeOf = (memory: SharedArrayBuffer) => {
      try {
        return new ManyToOneConsumer(memory) && undefined;
      } catch (error) {
        return (error as RingBufferError).code;
      }
    };
    const other = allocateRing('many-to-one', 64);
    new Int32Array(other)[(64 + CAPACITY_AT) / 4] = 128;
    expect([codeOf(allocateRing('one-to-one', 64)), codeOf(other)]).toEqual(['foreign-layout', 'foreign-layout']);
  });
});
