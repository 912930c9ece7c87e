import { describe, expect, it } from 'vitest';
import { MessageQueue } from './message-queue.ts';

describe('MessageQueue', () => {
  it('gives messages back in order, and says when its reader is behind by bytes or by count', () => {
    const queue = new MessageQueue();
    for (let i = 0; i < 3000; i++) queue.push(`${i}`, 1);
    expect(queue.isFull).toBe(true);
    for (let i = 0; i < 3000; i++) expect(queue.take()).toBe(`${i}`);
    expect(queue.take()).toBeUndefined();
    expect(queue.isFull).toBe(false);
    queue.push(new ArrayBuffer(0), 1024 * 1024);
    expect(queue.isFull).toBe(true);
  });

  it('keeps nothing of what was taken, though it never is empty', () => {
    const queue = new MessageQueue();
    const bytes = 1024 * 1024;
    for (let i = 0; i < 1000; i++) {
      queue.push(new ArrayBuffer(bytes), bytes);
      if (i > 0) queue.take();
    }
    expect(queue.size).toBe(1);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(500 * bytes);
  });
});
