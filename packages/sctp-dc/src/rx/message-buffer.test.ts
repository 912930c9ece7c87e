import { describe, expect, it } from 'vitest';
import { DataFlag } from '../packet/chunk-types.ts';
import { DataChunk } from '../packet/data.ts';
import type { InMessage } from './in-message.ts';
import { InterleavedReassembly } from './interleaved-reassembly.ts';
import { MessageBuffer } from './message-buffer.ts';
import { Reassembly } from './reassembly.ts';

const FRAGMENT = new Uint8Array(1000).fill(7);

function fragment(mid: number, fsn: number, count: number): DataChunk {
  const flags = (fsn === 0 ? DataFlag.begin : 0) | (fsn === count - 1 ? DataFlag.end : 0);
  return Object.assign(new DataChunk(), { ssn: mid, fsn, flags, ppid: 53, bytes: FRAGMENT, payloadLength: 1000 });
}

/** The message that so many fragments make, the last of them given to `add`. */
function whole(add: (chunk: DataChunk) => unknown, mid: number, count: number): InMessage {
  let last: unknown;
  for (let fsn = 0; fsn < count; fsn++) last = add(fragment(mid, fsn, count));
  return last as InMessage;
}

describe('the room of a message', () => {
  it.each(['DATA', 'I-DATA'])('is right at once for %s of the length of the message before', (kind) => {
    const interleaved = new InterleavedReassembly(100_000);
    const consecutive = new Reassembly(100_000);
    let number = 0;
    const add = (chunk: DataChunk) => (kind === 'DATA' ? consecutive.add(number++, chunk) : interleaved.add(chunk));
    const first = whole(add, 0, 17);
    const second = whole(add, 1, 17);
    const shorter = whole(add, 2, 3);
    expect(first.bytes.length).toBeLessThan(first.bytes.buffer.byteLength);
    expect(second.bytes.length).toBe(second.bytes.buffer.byteLength);
    expect([first, second, shorter].map(({ bytes }) => bytes.length)).toEqual([17_000, 17_000, 3000]);
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    expect([...shorter.bytes].every((byte) => byte === 7)).toBe(true);
  });

  it('is small for all but a few that are under way at once, however long the last message was', () => {
    const reassembly = new InterleavedReassembly(100_000);
    whole((chunk) => reassembly.add(chunk), 0, 90);
    // Ten messages begin, and end with their second fragment.
    for (let mid = 1; mid <= 10; mid++) reassembly.add(fragment(mid, 0, 2));
    const rooms = [];
    for (let mid = 1; mid <= 10; mid++) {
      const message = reassembly.add(fragment(mid, 1, 2)) as InMessage;
      rooms.push(message.bytes.buffer.byteLength);
    }
    expect(rooms).toEqual([90_000, 90_000, 90_000, 90_000, 4096, 4096, 4096, 4096, 4096, 4096]);
  });

  it('grows to what is needed, and no further than a message may be long', () => {
    const buffer = new MessageBuffer(5000, 3000);
    buffer.append(FRAGMENT, 0, 10);
    expect(buffer.whole().buffer.byteLength).toBe(3000);
    for (let i = 0; i < 4; i++) buffer.append(FRAGMENT, 0, 1000);
    expect(buffer.length).toBe(4010);
    expect(buffer.whole().buffer.byteLength).toBe(5000);
  });
});
