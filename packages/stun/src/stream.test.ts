import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spec, written } from '../test/properties/arbitraries.ts';
import { toHex } from '../test/support.ts';
import { StunStream } from './stream.ts';

/** Everything that comes out when the bytes come in these pieces, each in memory that is scribbled over afterwards. */
function cut(stream: StunStream, bytes: Uint8Array, sizes: readonly number[]): string[] {
  const seen: string[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.min(bytes.length - at, sizes[i % sizes.length]);
    const chunk = new Uint8Array(size + 5).fill(0xee);
    chunk.set(bytes.subarray(at, at + size), 3);
    stream.push(chunk, 3, size);
    while (stream.next()) seen.push(toHex(stream.bytes, stream.offset, stream.length));
    chunk.fill(0xff);
    at += size;
  }
  return seen;
}

test('gives the messages of a stream, whole and in order, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(spec, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
      (specs, sizes) => {
        const messages = specs.map(written);
        const stream = new StunStream(1024);
        expect(cut(stream, Uint8Array.from(messages.flatMap((one) => [...one])), sizes)).toEqual(
          messages.map((one) => toHex(one)),
        );
        expect(stream.failed).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});

test('a whole message is shown where it lies, without a copy', () => {
  const message = written({
    cls: 0,
    method: 1,
    id: new Uint8Array(12),
    attributes: [],
    sealed: true,
    fingerprinted: true,
  });
  const stream = new StunStream();
  stream.push(message, 0, message.length);
  expect(stream.next()).toBe(true);
  expect([stream.bytes === message, stream.offset, stream.length]).toEqual([true, 0, message.length]);
  expect(stream.next()).toBe(false);
});

test('bytes that are not STUN, or a message that is too long, end it for good', () => {
  const message = written({
    cls: 0,
    method: 1,
    id: new Uint8Array(12),
    attributes: [],
    sealed: true,
    fingerprinted: true,
  });
  for (const [bytes, limit] of [
    [Uint8Array.from([...message, ...new Uint8Array(20).fill(0x47)]), 1000],
    [Uint8Array.from([...message, ...message.subarray(0, 2), 0x40, 0, ...message.subarray(4)]), 1000],
    [Uint8Array.from([...message, ...message.subarray(0, 3), message[3] + 1, ...message.subarray(4)]), 1000],
  ] as const) {
    for (const size of [1, 7, 1000]) {
      const stream = new StunStream(limit);
      expect(cut(stream, bytes, [size])).toEqual([toHex(message)]);
      expect(stream.failed).toBe(true);
      expect(cut(stream, message, [size])).toEqual([]);
    }
  }
  expect(cut(new StunStream(message.length), message, [9])).toHaveLength(1);
  expect(cut(new StunStream(message.length - 4), message, [9])).toHaveLength(0);
});

test('never holds more than the limit, whatever comes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (noise, size) => {
      const bytes = noise.slice();
      // Half of them with a cookie, so that the header is taken.
      if (bytes.length > 8 && bytes[8] < 128) bytes.set([0, 1, 0x21, 0x12, 0xa4, 0x42], 0);
      for (const message of cut(new StunStream(64), bytes, [size])) expect(message.length / 2).toBeLessThanOrEqual(64);
    }),
  );
});

test('the limit is 20 to 65 555', () => {
  for (const limit of [19, 65_556, Number.NaN]) {
    expect(() => new StunStream(limit)).toThrowError(expect.objectContaining({ code: 'out-of-range' }));
  }
});
