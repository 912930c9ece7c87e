import { describe, expect, it } from 'vitest';
import { allocateRing, ManyToOneConsumer, ManyToOneProducer } from '../../src/index.ts';
import { BELL_AT, HEAD_AT, TAIL_AT } from '../../src/layout.ts';
import { alone, type ExploreOptions, explore, instrumented } from './explore.ts';
import type { Instrumented, Led } from './instrument.ts';
import { claim, message, readAll, readings, write } from './threads.ts';

type Producer = Instrumented<ManyToOneProducer>;
type Consumer = Instrumented<ManyToOneConsumer>;

interface Play {
  readonly before?: (producer: ManyToOneProducer, consumer: ManyToOneConsumer) => void;
  readonly produce: readonly ((producer: Producer) => Led<unknown>)[];
  readonly consume: (consumer: Consumer) => Led<unknown>;
  readonly after?: (consumer: Consumer) => Led<unknown>;
}

/** The outcomes of all interleavings on a ring of 64 bytes, sorted: `producers | consumer | after`. */
function outcomes({ before, produce, consume, after }: Play, options: ExploreOptions = {}): string[] {
  const led = (body: Led<unknown>) =>
    (function* (): Led<string> {
      return String((yield* body) ?? '');
    })();
  const exploration = explore(() => {
    const memory = allocateRing('many-to-one', 64);
    before?.(new ManyToOneProducer(memory), new ManyToOneConsumer(memory));
    const producers = produce.map((body) => () => led(body(new instrumented.ManyToOneProducer(memory))));
    const consumer = new instrumented.ManyToOneConsumer(memory);
    return {
      memory,
      threads: [...producers, () => led(consume(consumer))],
      ...(after === undefined ? {} : { after: () => led(after(consumer)) }),
    };
  }, options);
  return [...exploration.outcomes].sort();
}

const nothing = new Uint8Array(0);
/** Leaves an empty ring whose next record begins at byte 56 of 64: what is longer than 0 needs padding. */
const nearTheEnd = (producer: ManyToOneProducer, consumer: ManyToOneConsumer) => {
  for (let i = 0; i < 7; i++) producer.write(1, nothing);
  consumer.read(() => {});
};
const writes = (letters: string) =>
  function* (producer: Producer): Led<string> {
    const taken: boolean[] = [];
    for (const letter of letters) taken.push(yield* write(producer, letter, 4));
    return taken.join();
  };

describe('every interleaving on a many-to-one ring', () => {
  it('gives whole records in the order of the claims: two producers, round the end of the lap', () => {
    const legal = [
      'true | true | ', // the reading came before the first claim was complete
      'true | true | a', // a was complete, b not, or behind it
      'true | true | ab', // both were, a claimed first
      'true | true | b', // the same with b
      'true | true | ba',
    ];
    const play = { before: nearTheEnd, produce: [writes('a'), writes('b')], consume: (c: Consumer) => readings(c, 1) };
    expect(outcomes(play)).toEqual(legal);
  });

  it('keeps the order of each producer', () => {
    const legal = [
      'true,true | true |  | abc', // c may come anywhere
      'true,true | true |  | acb',
      'true,true | true |  | cab',
    ];
    const after = (consumer: Consumer) => readings(consumer, 1);
    const consume = (consumer: Consumer) => readings(consumer, 0);
    expect(outcomes({ produce: [writes('ab'), writes('c')], consume, after })).toEqual(legal);
  });

  it('refuses what does not fit, and loses nothing of what did', () => {
    const before = (producer: ManyToOneProducer) => {
      for (const letter of 'xyz') producer.write(letter.charCodeAt(0), message(letter));
    };
    const legal = [
      'false | true | xyz | b', // only b fitted; the reading came before it was there
      'false | true | xyzb | ', // or behind
      'true | false | xyz | a',
      'true | false | xyza | ',
      'true | true | xyz | ab', // the reading gave space back before the other was refused
      'true | true | xyz | ba',
      'true | true | xyza | b',
      'true | true | xyzb | a',
    ];
    const once = (consumer: Consumer) => readings(consumer, 1);
    expect(outcomes({ before, produce: [writes('a'), writes('b')], consume: once, after: once })).toEqual(legal);
  });

  it('wakes a consumer that sleeps, whoever comes first', () => {
    // Both claims are open: what is left is to publish, and to wake.
    const before = (producer: ManyToOneProducer) => {
      producer.tryClaim(1, 0);
      producer.tryClaim(1, 0);
    };
    const commits = (offset: number) => (producer: Producer) => producer.commit(offset);
    const consume = function* (consumer: Consumer): Led<number> {
      let count = 0;
      while (count < 2 && (yield* consumer.wait()) === 'ready') count += yield* consumer.read(() => {});
      return count;
    };
    expect(outcomes({ before, produce: [commits(8), commits(16)], consume })).toEqual([' |  | 2']);
  });

  it('tells a sleeping consumer that the ring was closed', () => {
    const produce = function* (producer: Producer): Led<string> {
      yield* write(producer, 'a');
      yield* producer.close();
      return '';
    };
    expect(outcomes({ produce: [produce], consume: readAll })).toEqual([' | a']);
  });

  it('unblocks what one producer left that was killed at any step, while another went on', () => {
    const legal = [
      'alive | true |  | ab', // not killed
      'alive | true |  | ba',
      'dead | true |  | ', // killed before it could say how long it is: b waits for something to stand behind it
      'dead | true |  | ab', // killed behind the commit
      'dead | true |  | b', // before it claimed, or with the claim open, which is passed over
      'dead | true |  | ba',
    ];
    const produce = function* (producer: Producer): Led<string> {
      const at = yield* claim(producer, 'a', 4);
      yield* producer.commit(at);
      return 'alive';
    };
    const after = function* (consumer: Consumer): Led<string> {
      let rest = '';
      do rest += yield* readings(consumer, 1);
      while (yield* consumer.unblock());
      return consumer.fault === undefined ? rest : 'fault';
    };
    const consume = (consumer: Consumer) => readings(consumer, 0);
    const play = { before: nearTheEnd, produce: [produce, writes('b')], consume, after };
    expect(outcomes(play, { mortal: [0] })).toEqual(legal);
  });
});

describe('the order of stores', () => {
  it('of a write: tail, negative length, type, message, length; then a look at the bell', () => {
    const memory = allocateRing('many-to-one', 64);
    const producer = new instrumented.ManyToOneProducer(memory);
    const [tail, bell, head] = [TAIL_AT, BELL_AT, HEAD_AT].map((at) => (64 + at) / 4);
    const steps = alone(memory, write(producer, 'a')).map(({ text }) => text);
    expect(steps.filter((text) => !text.startsWith('load') || text === `load ${bell}`)).toEqual([
      `load ${bell}`,
      `compareExchange ${tail}`,
      'store 0', // negative length
      'store 1', // type
      'set 8', // message
      'store 0', // length
      `load ${bell}`,
    ]);
    expect(steps).not.toContain(`load ${head}`);
  });
});
