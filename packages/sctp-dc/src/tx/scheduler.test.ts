import { describe, expect, it } from 'vitest';
import { OutMessage } from './out-message.ts';
import { OutStream } from './out-stream.ts';
import { Scheduler } from './scheduler.ts';

function add(scheduler: Scheduler, stream: OutStream, length: number, count = 1): void {
  for (let i = 0; i < count; i++) scheduler.add(new OutMessage(stream, new Uint8Array(length), 53, true));
}

/** Sends the next message whole; answers its stream. */
function next(scheduler: Scheduler): number | undefined {
  const message = scheduler.peek();
  if (message === undefined) return undefined;
  message.taken = message.bytes.length;
  scheduler.charge(message.taken);
  scheduler.finish(message);
  return message.stream.id;
}

describe('Scheduler', () => {
  it('shares bytes, not messages, by priority', () => {
    const scheduler = new Scheduler();
    const streams = [new OutStream(0, 100), new OutStream(1, 300)];
    add(scheduler, streams[0], 3000, 200);
    add(scheduler, streams[1], 1000, 2000);
    const bytes = [0, 0];
    for (let i = 0; i < 800; i++) {
      const id = next(scheduler) as number;
      bytes[id] += id === 0 ? 3000 : 1000;
    }
    expect(bytes[1] / bytes[0]).toBeCloseTo(3, 0);
  });

  it('does not let a stream save up while it is idle', () => {
    const scheduler = new Scheduler();
    const [busy, idle] = [new OutStream(0, 256), new OutStream(1, 256)];
    add(scheduler, busy, 1000, 50);
    for (let i = 0; i < 30; i++) next(scheduler);
    add(scheduler, idle, 1000, 50);
    const first = Array.from({ length: 10 }, () => next(scheduler));
    expect(first.filter((id) => id === 1).length).toBeLessThanOrEqual(6);
  });

  it('finishes a message that has begun before another, whatever its priority', () => {
    const scheduler = new Scheduler();
    add(scheduler, new OutStream(0, 1), 5000);
    const begun = scheduler.peek();
    add(scheduler, new OutStream(1, 65_535), 10);
    expect(scheduler.peek()).toBe(begun);
    next(scheduler);
    expect(next(scheduler)).toBe(1);
    expect(next(scheduler)).toBeUndefined();
    expect(scheduler.readyCount).toBe(0);
  });

  it('keeps a long queue in order while it is cut off in blocks', () => {
    const scheduler = new Scheduler();
    const stream = new OutStream(0, 256);
    for (let i = 0; i < 3000; i++) scheduler.add(new OutMessage(stream, new Uint8Array(1), i, true));
    for (let i = 0; i < 3000; i++) {
      expect(scheduler.peek()?.ppid).toBe(i);
      next(scheduler);
    }
    expect(stream.isEmpty).toBe(true);
  });

  it('drops what a stream has when it is gone', () => {
    const scheduler = new Scheduler();
    const [gone, stays] = [new OutStream(0, 256), new OutStream(1, 256)];
    add(scheduler, gone, 10, 3);
    add(scheduler, stays, 10);
    scheduler.peek();
    let dropped = 0;
    scheduler.drop(gone, () => dropped++);
    expect(dropped).toBe(3);
    expect(next(scheduler)).toBe(1);
    expect(next(scheduler)).toBeUndefined();
  });

  it('takes turns by fragment where messages are interleaved', () => {
    const scheduler = new Scheduler();
    scheduler.interleaves = true;
    const [long, short] = [new OutStream(0, 100), new OutStream(1, 300)];
    add(scheduler, long, 100_000);
    add(scheduler, short, 100_000);
    const bytes = [0, 0];
    for (let i = 0; i < 80; i++) {
      const { stream } = scheduler.peek() as OutMessage;
      bytes[stream.id] += 1000;
      scheduler.charge(1000);
    }
    expect(bytes[1] / bytes[0]).toBeCloseTo(3, 0);
  });

  it.each([
    ['first-come', [0, 1, 2, 0]],
    ['round-robin', [0, 1, 2, 0]],
    ['priority', [2, 1, 0, 0]],
  ] as const)('%s sends in its order', (name, order) => {
    const scheduler = new Scheduler(name);
    const streams = [1, 5, 9].map((priority, id) => new OutStream(id, priority));
    for (const stream of streams) add(scheduler, stream, 100);
    add(scheduler, streams[0], 100);
    expect(Array.from({ length: 4 }, () => next(scheduler))).toEqual(order);
  });

  it.each([
    ['first-come', [0, 0, 0]],
    ['round-robin', [0, 1, 0]],
    ['priority', [0, 0, 0]],
  ] as const)('%s, interleaved: fragments of a long message among others', (name, order) => {
    const scheduler = new Scheduler(name);
    scheduler.interleaves = true;
    add(scheduler, new OutStream(0, 9), 100_000);
    add(scheduler, new OutStream(1, 1), 100_000);
    const turns = Array.from({ length: 3 }, () => {
      const { stream } = scheduler.peek() as OutMessage;
      scheduler.charge(1000);
      return stream.id;
    });
    expect(turns).toEqual(order);
  });
});
