import { describe, expect, it } from 'vitest';
import {
  allocateRing,
  BroadcastConsumer,
  BroadcastProducer,
  CORRUPT,
  LAPPED,
  type RingBufferError,
  type RingRecord,
} from './index.ts';
import { CLAIM_AT, EPOCH_AT, TAIL_AT } from './layout.ts';

const CAPACITY = 64;

function ring(prepare: (words: Int32Array) => void = () => {}) {
  const memory = allocateRing('broadcast', CAPACITY);
  const words = new Int32Array(memory);
  prepare(words);
  const producer = new BroadcastProducer(memory);
  const write = (...bytes: number[]) => producer.write(1, Uint8Array.from(bytes));
  const consumerOf = () => {
    const consumer = new BroadcastConsumer(memory);
    const all = () => {
      const seen: string[] = [];
      const answer = consumer.read((type, bytes, offset, length) => {
        seen.push(`${type}:${bytes.subarray(offset, offset + length).join()}`);
      });
      return answer < 0 ? answer : seen;
    };
    return { consumer, all };
  };
  return { memory, words, producer, write, consumerOf };
}

const codeOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    return (error as RingBufferError).code;
  }
  return undefined;
};

describe('a broadcast ring', () => {
  it('gives every record to every consumer that was there', () => {
    const { write, consumerOf } = ring();
    const early = consumerOf();
    write(1);
    const late = consumerOf();
    write(2);
    expect([early.all(), late.all(), early.all()]).toEqual([['1:1', '1:2'], ['1:2'], []]);
  });

  it('tells a consumer that was lapped, and lets it go on with the newest', () => {
    const { write, consumerOf } = ring();
    const { consumer, all } = consumerOf();
    for (let i = 0; i < 5; i++) write(i);
    expect([all(), consumer.lapped]).toEqual([LAPPED, 1]);
    write(9);
    expect(all()).toEqual(['1:9']);
  });

  it('hands over what is whole to the last byte of the capacity', () => {
    const { write, consumerOf } = ring();
    const { consumer, all } = consumerOf();
    for (let i = 0; i < 4; i++) write(i);
    expect([all(), consumer.lapped]).toEqual([['1:0', '1:1', '1:2', '1:3'], 0]);
  });

  it('tells first what was read, then that the rest is lost', () => {
    const { producer, write, consumerOf } = ring();
    const { consumer } = consumerOf();
    write(0);
    write(1);
    const seen: number[] = [];
    const lap = () => {
      for (let i = 0; i < 9; i++) write(i);
    };
    const answer = consumer.read((_type, bytes) => {
      seen.push(bytes[0]);
      lap();
    });
    expect([answer, seen, consumer.read(() => {}), consumer.read(() => {})]).toEqual([1, [0], LAPPED, 0]);
    producer.close();
    expect(consumer.wait()).toBe('closed');
  });

  it('has one claim at a time, seen when committed, passed over when aborted', () => {
    const { producer, consumerOf } = ring();
    const { all } = consumerOf();
    for (let lap = 0; lap < 20; lap++) {
      const claim = producer.claim(4, 3);
      expect([codeOf(() => producer.claim(1, 1)), codeOf(() => producer.commit(claim + 8)), all()]).toEqual([
        'bad-claim',
        'bad-claim',
        [],
      ]);
      producer.bytes.set([1, 2, lap], claim);
      producer.commit(claim);
      producer.abort(producer.claim(5, 8));
      expect(all()).toEqual([`4:1,2,${lap}`]);
    }
    expect(codeOf(() => producer.abort(8))).toBe('bad-claim');
  });

  it('is followed across the wrap of positions, and a consumer a whole wrap behind is lapped', () => {
    const near = -32;
    const begin = (words: Int32Array) => {
      words[(CAPACITY + TAIL_AT) / 4] = near;
      words[(CAPACITY + CLAIM_AT) / 4] = near;
    };
    const { words, write, consumerOf } = ring(begin);
    const { consumer, all } = consumerOf();
    const sleeper = consumerOf();
    for (let i = 0; i < 20; i++) {
      write(i);
      expect(all()).toEqual([`1:${i}`]);
    }
    expect([words[(CAPACITY + EPOCH_AT) / 4], consumer.lapped]).toEqual([2, 0]);
    // The producer comes round to where the sleeper is: the same 32 bits, 4 GiB later.
    begin(words);
    new BroadcastProducer(words.buffer as SharedArrayBuffer).write(1, Uint8Array.of(99));
    expect(sleeper.all()).toBe(LAPPED);
  });

  it('does not wait for ever on a producer that died while positions wrapped', () => {
    const { words, write, consumerOf } = ring();
    const { all } = consumerOf();
    write(1);
    words[(CAPACITY + EPOCH_AT) / 4] = 1;
    expect(all()).toBe(LAPPED);
  });

  it.each([
    ['too short', 7],
    ['negative', -16],
    ['beyond the lap', 72],
    ['longer than any message', 32],
  ])('stops a consumer at a header that no producer writes: length %s', (_name, length) => {
    const { words, write, consumerOf } = ring();
    const { consumer, all } = consumerOf();
    write(1);
    words[0] = length;
    expect([all(), consumer.fault?.code, consumer.wait(), all()]).toEqual([CORRUPT, 'corrupt', 'corrupt', CORRUPT]);
  });

  it('is refused where it is misused', () => {
    const { producer, write, consumerOf } = ring();
    const { consumer } = consumerOf();
    expect(codeOf(() => write(1, 2, 3, 4, 5, 6, 7, 8, 9))).toBe('message-too-long');
    expect(codeOf(() => producer.write(0, new Uint8Array(1)))).toBe('out-of-range');
    write(1);
    expect(codeOf(() => consumer.read(() => void consumer.read(() => {})))).toBe('reentrant');
    producer.close();
    expect(codeOf(() => write(1))).toBe('closed');
  });
});

describe('for await over a broadcast', () => {
  it('throws lapped, or goes on when it is told to', async () => {
    const { producer, write, consumerOf } = ring();
    const strict = consumerOf().consumer;
    const easy = consumerOf().consumer;
    for (let i = 0; i < 9; i++) write(i);
    producer.close();
    await expect(strict.records().next()).rejects.toMatchObject({ code: 'lapped' });
    let laps = 0;
    const records: RingRecord[] = [];
    for await (const record of easy.records({}, () => laps++)) records.push(record);
    expect([laps, records]).toEqual([1, []]);
    for await (const record of consumerOf().consumer) records.push(record);
    expect(records).toEqual([]);
  });
});
