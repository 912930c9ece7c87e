import { describe, expect, it } from 'vitest';
import { Action, allocateRing, OneToOneConsumer, OneToOneProducer } from '../../src/index.ts';
import { CACHED_HEAD_AT, CLAIM_AT, HEAD_AT, TAIL_AT } from '../../src/layout.ts';
import { alone, type ExploreOptions, explore, instrumented } from './explore.ts';
import type { Instrumented, Led } from './instrument.ts';
import { claim, lettersInto, message, readAll, readings, write } from './threads.ts';

type Producer = Instrumented<OneToOneProducer>;
type Consumer = Instrumented<OneToOneConsumer>;

interface Play {
  /** What stands in the ring, and how far round it is, when the threads begin. */
  readonly before?: (producer: OneToOneProducer, consumer: OneToOneConsumer) => void;
  readonly produce: (producer: Producer) => Led<unknown>;
  readonly consume: (consumer: Consumer) => Led<unknown>;
  readonly after?: (consumer: Consumer) => Led<unknown>;
}

/** The outcomes of all interleavings on a ring of 64 bytes, sorted: `producer | consumer | after`. */
function outcomes({ before, produce, consume, after }: Play, options: ExploreOptions = {}): string[] {
  const led = (body: Led<unknown>) =>
    (function* (): Led<string> {
      return String((yield* body) ?? '');
    })();
  const exploration = explore(() => {
    const memory = allocateRing('one-to-one', 64);
    before?.(new OneToOneProducer(memory), new OneToOneConsumer(memory));
    const producer = new instrumented.OneToOneProducer(memory);
    const consumer = new instrumented.OneToOneConsumer(memory);
    return {
      memory,
      threads: [() => led(produce(producer)), () => led(consume(consumer))],
      ...(after === undefined ? {} : { after: () => led(after(consumer)) }),
    };
  }, options);
  return [...exploration.outcomes].sort();
}

const nothing = new Uint8Array(0);
const full = (producer: OneToOneProducer) => {
  for (const letter of 'wxyz') producer.write(letter.charCodeAt(0), message(letter));
};
/** Leaves an empty ring whose next record begins at byte 56 of 64: what is longer than 0 needs padding. */
const nearTheEnd = (producer: OneToOneProducer, consumer: OneToOneConsumer) => {
  for (let i = 0; i < 7; i++) producer.write(1, nothing);
  consumer.read(() => {});
};

describe('every interleaving of two threads on a one-to-one ring', () => {
  it('gives whole records in order: two records', () => {
    const legal = [
      ' | ,', // both readings came before the first record
      ' | ,a', // the second came between the records
      ' | ,ab', // the first came before, the second behind both
      ' | a,', // both came between the records
      ' | a,b', // each found one
      ' | ab,', // both came behind both
    ];
    const produce = function* (producer: Producer): Led<void> {
      yield* write(producer, 'a');
      yield* write(producer, 'b');
    };
    expect(outcomes({ produce, consume: (consumer) => readings(consumer, 2) })).toEqual(legal);
  });

  it('gives whole records in order: three, round the end of the lap', () => {
    const legal = [
      ' | ,', // both readings came before the first record
      ' | ,a', // then a was there
      ' | ,ab', // then a and b
      ' | ,abc', // then all
      ' | a,', // the first found a, the second nothing new
      ' | a,b', // the second one more
      ' | a,bc', // the second two more
      ' | ab,', // the first found two, the second nothing new
      ' | ab,c', // the second the last
      ' | abc,', // the first found all
    ];
    const produce = function* (producer: Producer): Led<void> {
      yield* write(producer, 'a');
      yield* write(producer, 'b', 3);
      yield* write(producer, 'c', 5);
    };
    expect(outcomes({ before: nearTheEnd, produce, consume: (consumer) => readings(consumer, 2) })).toEqual(legal);
  });

  it('overwrites nothing that was not read: a full ring', () => {
    const legal = [
      'false,false | wx,yz,', // both writes came before the first reading gave space back
      'false,true | wx,yz,', // the second came behind it, and the last reading before that
      'false,true | wx,yz,b', // the same, and was read
      'true,true | wx,yz,', // both came behind the first reading, and behind the last
      'true,true | wx,yz,a', // the last reading came between them
      'true,true | wx,yz,ab', // the last reading came behind both
    ];
    const produce = function* (producer: Producer): Led<string> {
      return `${yield* write(producer, 'a')},${yield* write(producer, 'b')}`;
    };
    expect(outcomes({ before: full, produce, consume: (consumer) => readings(consumer, 3, 2) })).toEqual(legal);
  });

  it('keeps back what stands behind an open claim, and passes over an aborted one', () => {
    const legal = [
      ' | ,', // both readings came before the commit
      ' | ,ac', // the second came behind it: a, and c that waited for it
      ' | ac,', // the first did
    ];
    const produce = function* (producer: Producer): Led<void> {
      const first = yield* claim(producer, 'a');
      const second = yield* claim(producer, 'b');
      yield* write(producer, 'c');
      yield* producer.abort(second);
      yield* producer.commit(first);
    };
    expect(outcomes({ produce, consume: (consumer) => readings(consumer, 2) })).toEqual(legal);
  });

  it('gives back at once what a controlled read commits', () => {
    const legal = [
      'false | w', // the write came before the commit
      'true | w', // and behind it
    ];
    const consume = function* (consumer: Consumer): Led<string> {
      const seen: string[] = [];
      const take = lettersInto(seen);
      let action: Action = Action.commit;
      yield* consumer.controlledRead((type, bytes, offset, length) => {
        if (action === Action.commit) take(type, bytes, offset, length);
        const now = action;
        action = Action.abort;
        return now;
      });
      return seen.join('');
    };
    expect(outcomes({ before: full, produce: (producer) => write(producer, 'a'), consume })).toEqual(legal);
  });

  it('wakes a consumer that sleeps: nobody sleeps for ever, nothing is lost', () => {
    const produce = function* (producer: Producer): Led<void> {
      yield* write(producer, 'a');
      yield* write(producer, 'b');
      yield* producer.close();
    };
    expect(outcomes({ produce, consume: readAll })).toEqual([' | ab']);
  });

  it('wakes a producer that sleeps until there is room', () => {
    const produce = function* (producer: Producer): Led<void> {
      for (const letter of 'ab') {
        while (!(yield* write(producer, letter))) yield* producer.wait(8);
      }
      yield* producer.close();
    };
    expect(outcomes({ before: full, produce, consume: readAll })).toEqual([' | wxyzab']);
  });

  it('wakes a producer that sleeps, when the consumer goes away', () => {
    const consume = (consumer: Consumer) => consumer.close();
    expect(outcomes({ before: full, produce: (producer) => producer.wait(8), consume })).toEqual(['closed | ']);
  });

  it('unblocks what a producer left that was killed at any step', () => {
    const legal = [
      'alive |  | abc', // it was not killed, and the reading came before everything
      'alive | a | bc', // the reading came before the commit
      'alive | abc | ', // and behind it
      'dead |  | ', // killed before a was complete
      'dead |  | a', // with a complete, c not, whether b was claimed or not
      'dead |  | abc', // with b committed, published or not
      'dead |  | ac', // with b open: its place is passed over, c was waiting for it
      'dead | a | ', // as above, a was read before
      'dead | a | bc',
      'dead | a | c',
      'dead | abc | ', // behind the commit
    ];
    const produce = function* (producer: Producer): Led<string> {
      yield* write(producer, 'a');
      const open = yield* claim(producer, 'b');
      yield* write(producer, 'c');
      yield* producer.commit(open);
      return 'alive';
    };
    const after = function* (consumer: Consumer): Led<string> {
      yield* consumer.unblock();
      const rest = yield* readings(consumer, 1);
      return consumer.fault === undefined && !(yield* consumer.unblock()) ? rest : 'unsound';
    };
    const consume = (consumer: Consumer) => readings(consumer, 1);
    expect(outcomes({ before: nearTheEnd, produce, consume, after }, { mortal: [0] })).toEqual(legal);
  });
});

describe('the order of stores', () => {
  const trace = (body: (producer: Producer, consumer: Consumer) => Led<unknown>) => {
    const memory = allocateRing('one-to-one', 64);
    const producer = new instrumented.OneToOneProducer(memory);
    const consumer = new instrumented.OneToOneConsumer(memory);
    return alone(memory, body(producer, consumer)).map(({ text }) => text);
  };
  const [tail, claimed, cachedHead, head] = [TAIL_AT, CLAIM_AT, CACHED_HEAD_AT, HEAD_AT].map((at) => (64 + at) / 4);

  it('of a write: message, type, length, claim, and last the tail, the only atomic operation', () => {
    expect(trace((producer) => write(producer, 'a', 8)).filter((text) => !text.startsWith('load'))).toEqual([
      'set 8', // the message, in one piece, for it is a whole array
      'store 1', // type
      'store 0', // length
      `store ${claimed}`,
      `exchange ${tail}`,
    ]);
  });

  it('of a claim: type, negative length, claim; and of its commit: length, tail', () => {
    const claiming = trace((producer) => producer.tryClaim(1, 8));
    expect(claiming.filter((text) => !text.startsWith('load'))).toEqual(['store 1', 'store 0', `store ${claimed}`]);
    const both = trace(function* (producer): Led<void> {
      yield* producer.commit(yield* producer.tryClaim(1, 8));
    });
    const stores = both.slice(claiming.length).filter((text) => !text.startsWith('load'));
    expect(stores).toEqual(['store 0', `exchange ${tail}`]);
  });

  it('of a reading: one look at the tail, the records, zeros, and last the head', () => {
    const both = (readsToo: boolean) =>
      trace(function* (producer, consumer): Led<void> {
        yield* write(producer, 'a', 8);
        yield* write(producer, 'b', 0);
        if (readsToo) yield* consumer.read(() => {});
      });
    expect(both(true).slice(both(false).length)).toEqual([
      `load ${tail}`,
      ...['load 0', 'load 1', 'load 4', 'load 5'], // lengths and types
      ...['store 0', 'store 1', 'store 2'], // zeros, eight bytes each
      `exchange ${head}`,
    ]);
  });

  it('asks for the head only when the ring seems full', () => {
    const writes = (letters: string) =>
      trace(function* (producer): Led<void> {
        for (const letter of letters) yield* write(producer, letter);
      });
    expect(writes('abcd').filter((text) => text.startsWith('load'))).toEqual([]);
    expect(writes('abcde').slice(writes('abcd').length)).toEqual([`load ${head}`, `store ${cachedHead}`]);
  });
});
