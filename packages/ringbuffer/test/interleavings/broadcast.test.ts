import { describe, expect, it } from 'vitest';
import { allocateRing, type BroadcastConsumer, BroadcastProducer } from '../../src/index.ts';
import { CLAIM_AT, TAIL_AT } from '../../src/layout.ts';
import { explore, instrumented } from './explore.ts';
import type { Instrumented, Led } from './instrument.ts';
import { message, readAll, readings, write } from './threads.ts';

type Consumer = Instrumented<BroadcastConsumer>;

/**
 * The outcomes of all interleavings on a ring of 64 bytes, sorted: a producer that has written `before` since the consumer
 * began, and writes `letters`, and that consumer. Here threads race by design: the consumer copies what may be
 * overwritten meanwhile, and looks afterwards.
 */
function outcomes(before: string, letters: string, consume: (consumer: Consumer) => Led<string>, start = 0): string[] {
  const exploration = explore(
    () => {
      const memory = allocateRing('broadcast', 64);
      const words = new Int32Array(memory);
      for (const at of [TAIL_AT, CLAIM_AT]) words[(64 + at) / 4] = start;
      // A lap that is full of other records, so that what is read too late or too early is something.
      const earlier = new BroadcastProducer(memory);
      for (let i = 0; i < 4; i++) earlier.write(33, message('!'));
      const consumer = new instrumented.BroadcastConsumer(memory);
      for (const letter of before) earlier.write(letter.charCodeAt(0), message(letter));
      const producer = new instrumented.BroadcastProducer(memory);
      const produce = function* (): Led<string> {
        for (const letter of letters) yield* write(producer, letter);
        yield* producer.close();
        return '';
      };
      return { memory, threads: [produce, () => consume(consumer)] };
    },
    { racesAllowed: true },
  );
  return [...exploration.outcomes].sort();
}

describe('every interleaving on a broadcast ring', () => {
  it('gives whole records in order: three', () => {
    const legal = [
      ' | ,', // both readings came before the first record
      ' | ,a',
      ' | ,ab',
      ' | ,abc',
      ' | a,',
      ' | a,b',
      ' | a,bc',
      ' | ab,',
      ' | ab,c',
      ' | abc,', // the first reading found all
    ];
    expect(outcomes('', 'abc', (consumer) => readings(consumer, 2))).toEqual(legal);
  });

  it('gives whole records or says that some were lost: more than the ring holds', () => {
    const legal = [
      ' | -2,', // a was overwritten, or about to be, before it was copied: on to the newest
      ' | abc,', // both readings came before d was published
      ' | abc,d',
      ' | abc,de',
      ' | abcd,',
      ' | abcd,e', // one reading gives a lap at most
    ];
    expect(outcomes('abc', 'de', (consumer) => readings(consumer, 2))).toEqual(legal);
  });

  it('does the same where positions wrap', () => {
    const legal = [
      ' | -2', // a was overwritten, or about to be
      ' | a', // a was whole; the intent was wrapping when b was looked at: nobody knows, so b is not given
      ' | ab',
    ];
    // The intent of e is the first behind the wrap, and where it will be, a is.
    expect(outcomes('abcd', 'e', (consumer) => readings(consumer, 1, 2), -144)).toEqual(legal);
  });

  it('wakes a consumer that sleeps', () => {
    expect(outcomes('', 'ab', readAll)).toEqual([' | ab']);
  });
});
