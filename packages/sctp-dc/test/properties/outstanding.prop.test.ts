import { add32 } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config.ts';
import { dataChunkBytes } from '../../src/packet/data.ts';
import { NO_CHUNK, SctpPath } from '../../src/paths/path.ts';
import { OutMessage } from '../../src/tx/out-message.ts';
import { OutStream } from '../../src/tx/out-stream.ts';
import { ChunkState, Outstanding } from '../../src/tx/outstanding.ts';

interface Model {
  state: number;
  path: number;
  length: number;
}

const step = fc.record({
  kind: fc.constantFrom('new', 'new', 'new', 'acknowledge', 'lose', 'resend', 'abandon', 'release'),
  which: fc.nat(),
  path: fc.integer({ min: 0, max: 2 }),
  length: fc.integer({ min: 1, max: 1132 }),
});

describe('Outstanding', () => {
  it('agrees with a plain array: lists, bytes in flight, what is lost; TSNs wrap', () => {
    const settings = settingsOf({ dtlsRole: 'client' });
    const stream = new OutStream(0, 256);
    const tsn = fc.constantFrom(0, 5, 0xfffffff0, 0xffffffff, 0x80000000);
    fc.assert(
      fc.property(tsn, fc.array(step, { minLength: 1, maxLength: 1500, size: 'max' }), (initialTsn, steps) => {
        const outstanding = new Outstanding(initialTsn);
        const paths = [0, 1, 2].map((id) => new SctpPath(id, settings));
        const model: Model[] = [];
        const lists: number[][] = [[], [], []];
        const message = new OutMessage(stream, new Uint8Array(1132), 53, true);
        const candidates = (state: number) =>
          model.map((_, n) => n).filter((n) => n >= outstanding.base && model[n].state === state);
        for (const { kind, which, path, length } of steps) {
          const flying = candidates(ChunkState.inFlight);
          const lost = candidates(ChunkState.lost);
          const pick = flying[which % Math.max(flying.length, 1)];
          if (kind === 'new') {
            const chunk = outstanding.add(message, 0, length, 3);
            expect(chunk).toBe(model.length);
            outstanding.send(0, chunk, paths[path]);
            model.push({ state: ChunkState.inFlight, path, length });
            lists[path].push(chunk);
          } else if (kind === 'resend' && lost.length > 0) {
            const chunk = outstanding.firstLost();
            expect(chunk).toBe(lost[0]);
            outstanding.send(0, chunk, paths[path]);
            Object.assign(model[chunk], { state: ChunkState.inFlight, path });
            lists[path].push(chunk);
          } else if (kind === 'release') {
            if (outstanding.count > 0 && model[outstanding.base].state >= ChunkState.acked) outstanding.release();
          } else if (pick !== undefined) {
            const from = model[pick].path;
            lists[from].splice(lists[from].indexOf(pick), 1);
            if (kind === 'acknowledge') outstanding.acknowledge(pick, paths[from]);
            else if (kind === 'lose') outstanding.lose(pick, paths[from]);
            else outstanding.abandon(pick, paths[from]);
            const states = { acknowledge: ChunkState.acked, lose: ChunkState.lost, abandon: ChunkState.abandoned };
            model[pick].state = states[kind as 'lose'] ?? ChunkState.abandoned;
          }
        }
        paths.forEach((path, id) => {
          expect(listOf(outstanding, path)).toEqual(lists[id]);
          expect(path.inFlightBytes).toBe(lists[id].reduce((sum, n) => sum + dataChunkBytes(model[n].length), 0));
          expect(path.tail).toBe(lists[id].at(-1) ?? NO_CHUNK);
        });
        const flying = candidates(ChunkState.inFlight);
        expect(outstanding.inFlightChunks).toBe(flying.length);
        expect(outstanding.inFlightPayload).toBe(flying.reduce((sum, n) => sum + model[n].length, 0));
        expect(outstanding.lostChunks).toBe(candidates(ChunkState.lost).length);
        expect(outstanding.firstLost()).toBe(candidates(ChunkState.lost)[0] ?? NO_CHUNK);
        for (let n = outstanding.base; n < outstanding.next; n++) {
          expect(outstanding.tsn(n)).toBe(add32(initialTsn, n));
          expect(outstanding.chunkOf(add32(initialTsn, n))).toBe(n);
        }
      }),
      { numRuns: 40 },
    );
  });
});

function listOf(outstanding: Outstanding, path: SctpPath): number[] {
  const list = [];
  for (let chunk = path.head; chunk !== NO_CHUNK; chunk = outstanding.after(chunk)) list.push(chunk);
  return list;
}
