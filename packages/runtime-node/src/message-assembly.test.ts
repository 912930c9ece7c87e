import { MessagePart } from '@hawser/sctp-dc';
import { describe, expect, it } from 'vitest';
import { MessageAssembly } from './message-assembly.ts';
import { PartQueue } from './part-queue.ts';

const { cut, first, last, next, whole } = MessagePart;
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('MessageAssembly', () => {
  it('passes whole messages, and puts parts together from copies', () => {
    const assembly = new MessageAssembly(10);
    expect(assembly.add(bytes(1, 2), whole)).toEqual(bytes(1, 2));
    const lent = bytes(3, 4);
    expect(assembly.add(lent, first)).toBe('more');
    lent.fill(0);
    expect(assembly.add(bytes(5), next)).toBe('more');
    expect(assembly.add(bytes(6), last)).toEqual(bytes(3, 4, 5, 6));
    expect(assembly.add(bytes(), whole)).toEqual(bytes());
  });

  it('holds no more than was announced, once, and forgets what is cut', () => {
    const assembly = new MessageAssembly(3);
    expect(assembly.add(bytes(1, 2), first)).toBe('more');
    expect(assembly.add(bytes(3, 4), next)).toBe('too-long');
    expect(assembly.take()).toEqual(bytes());
    expect(assembly.add(bytes(5), next)).toBeUndefined();
    expect(assembly.add(bytes(6), last)).toBeUndefined();
    expect(assembly.add(bytes(7), first)).toBe('more');
    expect(assembly.add(bytes(), cut)).toBeUndefined();
    expect(assembly.add(bytes(8), next)).toBeUndefined();
    expect(assembly.add(bytes(9), first)).toBe('more');
    expect(assembly.take()).toEqual(bytes(9));
  });
});

describe('PartQueue', () => {
  it('gives within a message only what continues it, and is full by parts or by bytes', () => {
    const queue = new PartQueue();
    queue.push({ bytes: bytes(1), binary: true, part: first });
    queue.push({ bytes: bytes(2), binary: true, part: last });
    queue.push({ bytes: bytes(3), binary: true, part: whole });
    expect(queue.take(false)?.bytes).toEqual(bytes(1));
    expect(queue.take(true)?.bytes).toEqual(bytes(2));
    expect(queue.take(true)).toBeUndefined();
    expect(queue.take(false)?.bytes).toEqual(bytes(3));
    expect(queue.isFull).toBe(false);
    queue.push({ bytes: new Uint8Array(1024 * 1024), binary: true, part: whole });
    expect(queue.isFull).toBe(true);
    queue.take(false);
    for (let i = 0; i < 256; i++) queue.push({ bytes: bytes(), binary: true, part: whole });
    expect(queue.isFull).toBe(true);
  });
});
