import { describe, expect, it } from 'vitest';
import {
  allocateLocalRing,
  allocateRing,
  BroadcastConsumer,
  BroadcastProducer,
  ManyToOneConsumer,
  ManyToOneProducer,
  OneToOneConsumer,
  OneToOneProducer,
  parking,
} from './index.ts';

const one = Uint8Array.of(1);

/** Lets the event loop go round until something holds. */
async function turn(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

describe.each([
  ['shared memory', allocateRing],
  ['memory of one thread', allocateLocalRing],
])('waiting on the event loop, in %s', (where, allocate) => {
  const ends = {
    'one-to-one': () => {
      const memory = allocate('one-to-one', 64);
      return [new OneToOneProducer(memory), new OneToOneConsumer(memory)] as const;
    },
    'many-to-one': () => {
      const memory = allocate('many-to-one', 64);
      return [new ManyToOneProducer(memory), new ManyToOneConsumer(memory)] as const;
    },
    broadcast: () => {
      const memory = allocate('broadcast', 64);
      return [new BroadcastProducer(memory), new BroadcastConsumer(memory)] as const;
    },
  };

  describe.each(Object.entries(ends))('%s', (_kind, make) => {
    it('ends when there is a record, or none will come', async () => {
      const [producer, consumer] = make();
      const first = consumer.waitAsync();
      producer.write(1, one);
      expect([await first, await consumer.waitAsync()]).toEqual(['ready', 'ready']);
      consumer.read(() => {});
      const second = consumer.waitAsync();
      producer.close();
      expect([await second, await consumer.waitAsync()]).toEqual(['closed', 'closed']);
    });

    it('ends by a signal, and a record wins over it', async () => {
      const [producer, consumer] = make();
      const abort = new AbortController();
      const waiting = consumer.waitAsync({ signal: abort.signal });
      abort.abort();
      expect([await waiting, await consumer.waitAsync({ signal: abort.signal })]).toEqual(['aborted', 'aborted']);
      const late = new AbortController();
      const both = consumer.waitAsync({ signal: late.signal });
      producer.write(1, one);
      late.abort();
      expect(await both).toBe('ready');
    });

    it('gives all records to a for await loop, one after another', async () => {
      const [producer, consumer] = make();
      const types: number[] = [];
      const loop = (async () => {
        for await (const { type, bytes } of consumer) types.push(type, bytes.length);
      })();
      for (let type = 1; type < 20; type++) {
        producer.write(type, new Uint8Array(type % 9));
        // Singly, in twos and in threes.
        if (type % 6 === 1 || type % 6 === 3 || type % 6 === 0) await turn(() => types.length === 2 * type);
      }
      producer.close();
      await loop;
      expect(types).toEqual(Array.from({ length: 19 }, (_, i) => [i + 1, (i + 1) % 9]).flat());
    });

    it('loses no record when a loop is left or aborted', async () => {
      const [producer, consumer] = make();
      producer.write(1, one);
      producer.write(2, one);
      for await (const { type } of consumer.records()) {
        expect(type).toBe(1);
        break;
      }
      const abort = new AbortController();
      const types: number[] = [];
      const loop = (async () => {
        for await (const { type } of consumer.records({ signal: abort.signal })) types.push(type);
      })();
      await turn(() => types.length > 0);
      abort.abort(new Error('enough'));
      await expect(loop).rejects.toThrow('enough');
      expect(types).toEqual([2]);
    });

    it('holds what it is given to hold for as long as it waits', async () => {
      const [producer, consumer] = make();
      const log: string[] = [];
      const hold = () => {
        log.push('hold');
        return () => void log.push('release');
      };
      const waiting = consumer.waitAsync({ hold });
      expect(log).toEqual(['hold']);
      producer.write(1, one);
      await waiting;
      await consumer.waitAsync({ hold });
      expect(log).toEqual(['hold', 'release']);
    });

    it(where === 'shared memory' ? 'ends after a while' : 'has no clock', async () => {
      const [, consumer] = make();
      const waiting = consumer.waitAsync({ timeoutMs: 1 });
      if (where === 'shared memory') expect(await waiting).toBe('timed-out');
      else await expect(waiting).rejects.toMatchObject({ code: 'not-shared' });
    });

    it('does not block where nobody else could end it', () => {
      const [producer, consumer] = make();
      if (where !== 'shared memory')
        expect(() => consumer.wait()).toThrow(expect.objectContaining({ code: 'not-shared' }));
      else expect(consumer.wait(parking(0.01))).toBe('timed-out');
      producer.write(1, one);
      expect(consumer.wait()).toBe('ready');
    });
  });

  it.each(['one-to-one', 'many-to-one'] as const)('for room ends when there is some: %s', async (kind) => {
    const [producer, consumer] = ends[kind]();
    while (producer.write(1, new Uint8Array(8)));
    const waiting = producer.waitAsync(8);
    consumer.read(() => {}, 1);
    expect([await waiting, producer.write(1, new Uint8Array(8))]).toEqual(['ready', true]);
    const never = producer.waitAsync(8);
    consumer.close();
    expect(await never).toBe('closed');
  });

  it('throws the fault into a loop over a corrupt ring', async () => {
    const memory = allocate('one-to-one', 64);
    new OneToOneProducer(memory).write(1, one);
    new Int32Array(memory)[0] = 3;
    await expect(new OneToOneConsumer(memory).records().next()).rejects.toMatchObject({ code: 'corrupt' });
  });
});
