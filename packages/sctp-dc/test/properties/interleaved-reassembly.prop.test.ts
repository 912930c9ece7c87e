import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFlag } from '../../src/packet/chunk-types.ts';
import { DataChunk } from '../../src/packet/data.ts';
import { InterleavedReassembly } from '../../src/rx/interleaved-reassembly.ts';

interface Piece {
  readonly streamId: number;
  readonly unordered: boolean;
  readonly mid: number;
  readonly fsn: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly bytes: Uint8Array;
}

function chunkOf({ streamId, unordered, mid, fsn, first, last, bytes }: Piece): DataChunk {
  const chunk = new DataChunk();
  chunk.streamId = streamId;
  chunk.ssn = mid;
  chunk.fsn = fsn;
  chunk.ppid = first ? 53 : 0;
  chunk.flags = (unordered ? DataFlag.unordered : 0) | (first ? DataFlag.begin : 0) | (last ? DataFlag.end : 0);
  chunk.bytes = bytes;
  chunk.payloadLength = bytes.length;
  return chunk;
}

const message = fc.record({
  streamId: fc.integer({ min: 0, max: 2 }),
  unordered: fc.boolean(),
  mid: fc.constantFrom(0, 1, 0xffff_ffff),
  parts: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 }),
});

function piecesOf({ streamId, unordered, mid, parts }: typeof message extends fc.Arbitrary<infer T> ? T : never) {
  return parts.map((bytes, fsn) => {
    return { streamId, unordered, mid, fsn, first: fsn === 0, last: fsn === parts.length - 1, bytes };
  });
}

const messages = fc.uniqueArray(message, {
  selector: ({ streamId, unordered, mid }) => `${streamId} ${unordered} ${mid}`,
  maxLength: 8,
});

describe('InterleavedReassembly', () => {
  it('puts every message together, in whatever order the fragments of all of them come', () => {
    const shuffled = messages.chain((list) => {
      const pieces = list.flatMap(piecesOf);
      return fc.tuple(fc.constant(list), fc.shuffledSubarray(pieces, { minLength: pieces.length }));
    });
    fc.assert(
      fc.property(shuffled, ([list, pieces]) => {
        const reassembly = new InterleavedReassembly(1000);
        const got = [];
        for (const piece of pieces) {
          const result = reassembly.add(chunkOf(piece));
          if (typeof result === 'string') throw new Error(result);
          if (result !== undefined) got.push(result);
        }
        expect(reassembly.heldBytes).toBe(0);
        expect(got).toHaveLength(list.length);
        for (const { streamId, unordered, mid, parts } of list) {
          const same = got.find((m) => m.streamId === streamId && m.ordered !== unordered && m.ssn === mid);
          expect(same?.ppid).toBe(53);
          expect(same?.bytes).toEqual(new Uint8Array(parts.flatMap((part) => [...part])));
        }
      }),
    );
  });

  it('holds what it says, refuses what cannot be, and lets go of what is skipped, reset or cleared', () => {
    const piece = fc.record({
      streamId: fc.integer({ min: 0, max: 1 }),
      unordered: fc.boolean(),
      mid: fc.integer({ min: 0, max: 2 }),
      fsn: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 0xffff_ffff })),
      first: fc.boolean(),
      last: fc.boolean(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const reassembly = new InterleavedReassembly(200);
        for (const one of pieces) {
          reassembly.add(chunkOf({ ...one, fsn: one.first ? 0 : one.fsn }));
          // 12 messages at most, each of 200 bytes in at most 200 fragments.
          expect(reassembly.heldBytes).toBeGreaterThanOrEqual(0);
          expect(reassembly.heldBytes).toBeLessThanOrEqual(12 * (200 + 64 + 200 * 64));
        }
        for (const unordered of [false, true]) reassembly.skip(0, unordered, 2);
        reassembly.reset(1);
        expect(reassembly.heldBytes).toBe(0);
      }),
    );
  });

  it('drops what comes late of a message that was given up, until the stream starts again', () => {
    const reassembly = new InterleavedReassembly(200);
    const part = { streamId: 3, unordered: true, first: false, last: false, bytes: new Uint8Array(9) };
    reassembly.skip(3, true, 7);
    reassembly.add(chunkOf({ ...part, mid: 7, fsn: 4 }));
    reassembly.add(chunkOf({ ...part, mid: 0xffff_fff0, fsn: 4 }));
    expect(reassembly.heldBytes).toBe(0);
    reassembly.add(chunkOf({ ...part, mid: 8, fsn: 4 }));
    expect(reassembly.heldBytes).toBeGreaterThan(0);
    reassembly.reset(3);
    reassembly.add(chunkOf({ ...part, mid: 0, fsn: 4 }));
    expect(reassembly.heldBytes).toBeGreaterThan(0);
  });

  it('refuses a message beyond the limit, fragments that disagree, and numbers that no message has', () => {
    const part = { streamId: 0, unordered: false, mid: 0, first: false, last: false, bytes: new Uint8Array(60) };
    const after = (...fsns: number[]) => {
      const reassembly = new InterleavedReassembly(200);
      for (const fsn of fsns) reassembly.add(chunkOf({ ...part, fsn, first: fsn === 0, last: fsn === 9 }));
      return reassembly;
    };
    expect(after(0, 1, 2).add(chunkOf({ ...part, fsn: 3 }))).toBe('message-too-long');
    expect(after(2, 1, 3).add(chunkOf({ ...part, fsn: 0, first: true }))).toBe('message-too-long');
    expect(after(0).add(chunkOf({ ...part, fsn: 200 }))).toBe('message-too-long');
    expect(after(0).add(chunkOf({ ...part, fsn: 0, first: true }))).toBe('fragments-disagree');
    expect(after(5).add(chunkOf({ ...part, fsn: 5 }))).toBe('fragments-disagree');
    expect(after(9).add(chunkOf({ ...part, fsn: 10 }))).toBe('fragments-disagree');
    expect(after(5).add(chunkOf({ ...part, fsn: 3, last: true }))).toBe('fragments-disagree');
    expect(after(9).add(chunkOf({ ...part, fsn: 3, last: true }))).toBe('fragments-disagree');
  });
});
