import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageQueue } from '../../src/message-queue.ts';
import { NodeSecureRandom } from '../../src/random.ts';
import { type PooledSlot, SlotPool } from '../../src/slot-pool.ts';

describe('the slot pool', () => {
  it('never hands out a slot twice, never more than its capacity, and says when one is free again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean(), { maxLength: 100 }), (capacity, takes) => {
        let available = 0;
        const errors: string[] = [];
        const pool = new SlotPool(capacity, 100, {
          onAvailable: () => available++,
          onSendError: (flow, code) => errors.push(`${flow} ${code}`),
        });
        const held: PooledSlot[] = [];
        let starved = false;
        for (const take of takes) {
          if (take) {
            const slot = pool.take();
            expect(slot === undefined).toBe(held.length === capacity);
            if (slot === undefined) starved = true;
            else {
              expect(held).not.toContain(slot);
              expect(slot.length).toBe(0);
              held.push(slot);
            }
          } else if (held.length > 0) {
            const before = available;
            held.shift()?.done(null);
            expect(available - before).toBe(starved ? 1 : 0);
            starved = false;
          }
          expect(pool.inUse).toBe(held.length);
        }
        expect(errors).toEqual([]);
      }),
    );
  });

  it('shows the payload wherever it lies, by the same view while that does not change', () => {
    const events = { onAvailable: () => undefined, onSendError: () => undefined };
    const slot = new SlotPool(1, 100, events).take() as PooledSlot;
    slot.buffer.set(slot.buffer.map((_, i) => i));
    const range = fc.record({ offset: fc.integer({ min: 0, max: 80 }), length: fc.integer({ min: 0, max: 100 }) });
    fc.assert(
      fc.property(range, ({ offset, length }) => {
        slot.offset = offset;
        slot.length = length;
        expect([...slot.view()]).toEqual([...slot.buffer.slice(offset, offset + length)]);
        expect(slot.view()).toBe(slot.view());
      }),
    );
  });

  it('passes a send error on with its flow', () => {
    const errors: string[] = [];
    const pool = new SlotPool(1, 100, {
      onAvailable: () => undefined,
      onSendError: (f, c) => errors.push(`${f} ${c}`),
    });
    const slot = pool.take() as PooledSlot;
    slot.flow = 7;
    slot.done(Object.assign(new Error('no route'), { code: 'ENETUNREACH' }));
    expect(errors).toEqual(['7 ENETUNREACH']);
    expect(pool.take()).toBe(slot);
  });
});

describe('the message queue', () => {
  it('gives messages back in order and is full by count or by bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.constant(-1)), { maxLength: 300 }),
        (steps) => {
          const queue = new MessageQueue();
          const model: number[] = [];
          for (const [i, bytes] of steps.entries()) {
            if (bytes < 0) expect(queue.take()).toBe(model.length === 0 ? undefined : `${model.shift()}`);
            else {
              queue.push(`${i}`, bytes);
              model.push(i);
            }
            expect(queue.size).toBe(model.length);
            const weight = model.reduce((sum, at) => sum + steps[at], 0);
            expect(queue.isFull).toBe(model.length >= 256 || weight >= 1024 * 1024);
          }
        },
      ),
    );
  });
});

describe('secure random bytes', () => {
  it('fill exactly the range asked for, small and large', () => {
    const random = new NodeSecureRandom();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 16 }), (length, offset) => {
        const out = new Uint8Array(offset + length + 16);
        random.fillSecure(out, offset, length);
        expect(out.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
        expect(out.subarray(offset + length).every((byte) => byte === 0)).toBe(true);
        if (length >= 32) expect(out.subarray(offset, offset + length).some((byte) => byte !== 0)).toBe(true);
      }),
    );
  });
});
