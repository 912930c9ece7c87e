import { describe, expect, it } from 'vitest';
import {
  Action,
  allocateLocalRing,
  allocateRing,
  CORRUPT,
  INSUFFICIENT_CAPACITY,
  OneToOneConsumer,
  OneToOneProducer,
  type RecordHandler,
  RingBufferError,
} from './index.ts';

const text = (bytes: Uint8Array, offset: number, length: number) =>
  String.fromCharCode(...bytes.subarray(offset, offset + length));
const bytesOf = (words: string) => Uint8Array.from(words, (letter) => letter.charCodeAt(0));

/** A ring of 64 bytes: four records of a message of 8 bytes. */
function pair(capacity = 64, memory: SharedArrayBuffer | ArrayBuffer = allocateRing('one-to-one', capacity)) {
  const producer = new OneToOneProducer(memory);
  const consumer = new OneToOneConsumer(memory);
  const seen: string[] = [];
  const take: RecordHandler = (type, bytes, offset, length) => {
    seen.push(`${type}:${text(bytes, offset, length)}`);
  };
  const write = (message: string, type = 1) => producer.write(type, bytesOf(message));
  const all = () => {
    seen.length = 0;
    consumer.read(take);
    return [...seen];
  };
  return { memory, producer, consumer, write, take, seen, all };
}

const code = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    return (error as RingBufferError).code;
  }
  return undefined;
};

describe.each([
  ['shared memory', allocateRing],
  ['memory of one thread', allocateLocalRing],
])('a one-to-one ring in %s', (_name, allocate) => {
  const fresh = (capacity = 64) => pair(capacity, allocate('one-to-one', capacity));

  it('hands over records in order, with their types', () => {
    const { write, all } = fresh();
    expect([write('one', 7), write('', 8), write('three', 9)]).toEqual([true, true, true]);
    expect(all()).toEqual(['7:one', '8:', '9:three']);
    expect(all()).toEqual([]);
  });

  it('refuses what does not fit now, and takes it when there is room', () => {
    const { producer, write, all } = fresh();
    for (let i = 0; i < 4; i++) expect(write('12345678')).toBe(true);
    expect([write(''), producer.tryClaim(1, 0), producer.sizeBytes()]).toEqual([false, INSUFFICIENT_CAPACITY, 64]);
    expect(all().length).toBe(4);
    expect([write('12345678'), producer.sizeBytes()]).toEqual([true, 16]);
  });

  it('pads the end of a lap that is too short for the next record', () => {
    const { write, all, producer } = fresh();
    for (let lap = 0; lap < 100; lap++) {
      expect([write('a'), write('bc'), write('def'), write('')]).toEqual([true, true, true, true]);
      expect(all()).toEqual(['1:a', '1:bc', '1:def', '1:']);
      expect(producer.sizeBytes()).toBe(0);
    }
  });

  it('zeroes what was consumed', () => {
    const { write, all, consumer } = fresh();
    for (let i = 0; i < 9; i++) {
      write('12345678');
      write('abc');
      all();
      expect(consumer.bytes.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('reads no more than the limit', () => {
    const { write, consumer, take, seen } = fresh();
    for (const letter of 'abcd') write(letter);
    expect([consumer.read(take, 0), consumer.read(take, 3), consumer.read(take, 3)]).toEqual([0, 3, 1]);
    expect(seen).toEqual(['1:a', '1:b', '1:c', '1:d']);
  });

  it('gives space back once per batch, and at every commit of a controlled read', () => {
    const { write, producer, consumer } = fresh();
    const sizes: number[] = [];
    for (const letter of 'abc') write(letter);
    consumer.read(() => void sizes.push(producer.sizeBytes()));
    for (const letter of 'abc') write(letter);
    consumer.controlledRead(() => {
      sizes.push(producer.sizeBytes());
      return Action.commit;
    });
    // The second batch begins in the last 16 bytes of the lap.
    expect(sizes).toEqual([48, 48, 48, 48, 32, 16]);
  });
});

describe('a claim', () => {
  it('is seen when it is committed, and keeps back what is behind it', () => {
    const { producer, all, write } = pair();
    const first = producer.tryClaim(5, 3);
    const second = producer.tryClaim(6, 2);
    write('x');
    producer.bytes.set(bytesOf('one'), first);
    producer.bytes.set(bytesOf('tw'), second);
    expect(all()).toEqual([]);
    producer.commit(second);
    expect(all()).toEqual([]);
    producer.commit(first);
    expect(all()).toEqual(['5:one', '6:tw', '1:x']);
  });

  it('is passed over when it is aborted', () => {
    const { producer, all, write, consumer } = pair();
    const claim = producer.tryClaim(5, 3);
    write('x');
    producer.abort(claim);
    expect(consumer.wait()).toBe('ready');
    expect(all()).toEqual(['1:x']);
    producer.abort(producer.tryClaim(5, 8));
    expect([all(), producer.sizeBytes()]).toEqual([[], 0]);
  });

  it('is settled once', () => {
    const { producer } = pair();
    const claim = producer.tryClaim(5, 3);
    producer.commit(claim);
    expect(code(() => producer.commit(claim))).toBe('bad-claim');
    expect(code(() => producer.abort(claim))).toBe('bad-claim');
    for (const offset of [0, 4, -8, 72, 9.5, Number.NaN]) expect(code(() => producer.commit(offset))).toBe('bad-claim');
  });

  it('is written through the view, too', () => {
    const { producer, consumer } = pair();
    const claim = producer.tryClaim(5, 8);
    producer.view.setFloat64(claim, Math.PI);
    producer.commit(claim);
    const numbers: number[] = [];
    consumer.read((_type, _bytes, offset) => void numbers.push(consumer.view.getFloat64(offset)));
    expect(numbers).toEqual([Math.PI]);
  });
});

describe('a controlled read', () => {
  it.each([
    ['continue', [Action.continue, Action.continue, Action.continue], 3, []],
    ['commit', [Action.commit, Action.commit, Action.commit], 3, []],
    ['break', [Action.continue, Action.break], 2, ['1:c']],
    ['abort', [Action.continue, Action.abort], 1, ['1:b', '1:c']],
    ['abort at once', [Action.abort], 0, ['1:a', '1:b', '1:c']],
    ['abort behind a commit', [Action.commit, Action.abort], 1, ['1:b', '1:c']],
    ['break behind a commit', [Action.commit, Action.break], 2, ['1:c']],
  ])('does as the handler says: %s', (_name, actions, count, left) => {
    const { write, consumer, all } = pair();
    for (const letter of 'abc') write(letter);
    let calls = 0;
    expect(consumer.controlledRead(() => actions[calls++])).toBe(count);
    expect([calls, all()]).toEqual([actions.length, left]);
  });

  it('has a limit', () => {
    const { write, consumer } = pair();
    for (const letter of 'abc') write(letter);
    const go = () => Action.continue;
    expect([consumer.controlledRead(go, 2), consumer.controlledRead(go, 2)]).toEqual([2, 1]);
  });
});

describe('a handler that throws', () => {
  it.each(['read', 'controlledRead'] as const)('has consumed what it was given: %s', (method) => {
    const { write, consumer, all } = pair();
    for (const letter of 'abc') write(letter);
    let calls = 0;
    const fail = () => {
      if (++calls === 2) throw new Error('no');
      return Action.continue;
    };
    expect(() => consumer[method](fail)).toThrow('no');
    expect(all()).toEqual(['1:c']);
  });

  it('may not read the ring that it is called from', () => {
    const { write, consumer, take } = pair();
    write('a');
    expect(code(() => consumer.read(() => void consumer.read(take)))).toBe('reentrant');
    write('a');
    expect(code(() => consumer.controlledRead(() => consumer.controlledRead(() => Action.continue) as Action))).toBe(
      'reentrant',
    );
  });
});

describe('misuse', () => {
  const { producer, consumer } = pair();
  it.each([
    ['a message too long', () => producer.write(1, new Uint8Array(9)), 'message-too-long'],
    ['a claim too long', () => producer.tryClaim(1, 9), 'message-too-long'],
    ['a wait for too much', () => producer.wait(9), 'message-too-long'],
    ['a type of 0', () => producer.write(0, new Uint8Array(1)), 'out-of-range'],
    ['a negative type', () => producer.tryClaim(-1, 1), 'out-of-range'],
    ['a type above 2^31', () => producer.tryClaim(2 ** 31, 1), 'out-of-range'],
    ['a type in part', () => producer.tryClaim(1.5, 1), 'out-of-range'],
    ['a negative length', () => producer.tryClaim(1, -1), 'out-of-range'],
    ['a length in part', () => producer.tryClaim(1, 0.5), 'out-of-range'],
    ['a range outside the source', () => producer.write(1, new Uint8Array(4), 2, 3), 'out-of-range'],
    ['an offset before the source', () => producer.write(1, new Uint8Array(4), -1, 3), 'out-of-range'],
    ['a time that is none', () => consumer.heartbeat(Number.NaN), 'out-of-range'],
    ['a copy from between messages', () => consumer.copyOut(4, new Uint8Array(4), 0, 4), 'out-of-range'],
    ['a copy from behind the ring', () => consumer.copyOut(64, new Uint8Array(4), 0, 4), 'out-of-range'],
    ['a copy to outside the target', () => consumer.copyOut(8, new Uint8Array(4), 2, 4), 'out-of-range'],
  ])('%s', (_name, body, expected) => {
    expect(code(body)).toBe(expected);
  });
});

describe('closing', () => {
  it('by the producer is told behind the last record', () => {
    const { producer, consumer, write, all } = pair();
    write('a');
    producer.close();
    expect([code(() => write('b')), consumer.wait(), all(), consumer.wait()]).toEqual([
      'closed',
      'ready',
      ['1:a'],
      'closed',
    ]);
    expect(code(() => new OneToOneProducer(pair().memory).tryClaim(1, 1))).toBeUndefined();
  });

  it('is known to a successor', () => {
    const { producer, memory } = pair();
    producer.close();
    expect(code(() => new OneToOneProducer(memory).tryClaim(1, 1))).toBe('closed');
  });

  it('by the consumer is told to who waits for room', () => {
    const { producer, consumer, write, take } = pair();
    while (write('12345678'));
    expect(producer.consumerClosed).toBe(false);
    consumer.close();
    expect([producer.consumerClosed, producer.wait(8), code(() => consumer.read(take))]).toEqual([
      true,
      'closed',
      'closed',
    ]);
  });
});

describe('successors', () => {
  it('go on where their predecessors were', () => {
    const { memory, write, producer } = pair();
    write('a');
    const claim = producer.tryClaim(2, 1);
    write('b');
    const successor = new OneToOneProducer(memory);
    successor.commit(claim);
    successor.write(1, bytesOf('c'));
    const seen: number[] = [];
    new OneToOneConsumer(memory).read((type) => void seen.push(type), 2);
    new OneToOneConsumer(memory).read((type) => void seen.push(type));
    expect(seen).toEqual([1, 2, 1, 1]);
  });

  it('of a dead producer find its claims out of the way after unblock', () => {
    const { memory, write, producer, consumer, all } = pair();
    write('a');
    producer.tryClaim(2, 1);
    write('b');
    expect([all(), consumer.unblock(), all(), consumer.unblock()]).toEqual([['1:a'], true, ['1:b'], false]);
    expect(new OneToOneProducer(memory).write(1, bytesOf('c'))).toBe(true);
    expect(all()).toEqual(['1:c']);
  });
});

describe('what both sides count', () => {
  it('is one series of correlation ids', () => {
    const { producer, consumer } = pair();
    expect([producer.nextCorrelationId(), consumer.nextCorrelationId(), producer.nextCorrelationId()]).toEqual([
      0, 1, 2,
    ]);
  });

  it('is when the consumer was last seen', () => {
    const { producer, consumer } = pair();
    expect(producer.heartbeatMs()).toBe(0);
    consumer.heartbeat(1_795_156_800_123.75);
    expect(producer.heartbeatMs()).toBe(1_795_156_800_123);
  });

  it('is how much a ring holds, and takes', () => {
    const { producer, consumer, write } = pair(1024);
    expect([producer.capacity, consumer.maxMessageBytes, consumer.sizeBytes()]).toEqual([1024, 128, 0]);
    write('abc');
    expect([producer.sizeBytes(), consumer.sizeBytes(), consumer.position]).toEqual([16, 16, 0]);
  });
});

it('a consumer that is answered CORRUPT has a fault of its own', () => {
  const { memory, consumer, take, write } = pair();
  write('a');
  new Int32Array(memory)[0] = 5;
  expect([consumer.read(take), consumer.fault?.code, consumer.wait()]).toEqual([CORRUPT, 'corrupt', 'corrupt']);
  expect(consumer.fault).toBeInstanceOf(RingBufferError);
});
