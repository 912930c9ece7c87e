import { Writer } from '@hawser/wire';
import { expect, it } from 'vitest';
import { seededEnv } from '../../test/support/bytes.ts';
import { settingsOf } from '../config.ts';
import { Context } from '../context.ts';
import { ForwardTsnChunk } from '../packet/forward-tsn.ts';
import { RecordWalk } from '../packet/walk.ts';
import { OutMessage } from './out-message.ts';
import { OutStream } from './out-stream.ts';
import { PartialReliability } from './partial-reliability.ts';
import { TxState } from './tx-state.ts';

it('a FORWARD-TSN ends where a stream that it names was reset: its numbers may be of the next one by then', () => {
  const ctx = new Context(settingsOf({ dtlsRole: 'client' }), seededEnv());
  ctx.peer.forwardTsn = true;
  const tx = new TxState(ctx);
  tx.restart(100, 1_000_000);
  const partial = new PartialReliability(tx);
  const path = tx.paths.add(0);
  const [reset, other] = [new OutStream(2, 256), new OutStream(4, 256)];
  for (const stream of [reset, other, other]) {
    const message = new OutMessage(stream, new Uint8Array(10), 53, true, 0);
    const chunk = tx.outstanding.add(message, 0, 10, 3);
    Object.assign(message, { firstChunk: chunk, lastChunk: chunk, endLeft: true, ssn: stream.nextSsn++ });
    tx.outstanding.send(0, chunk, path);
    if (stream === reset) stream.resetAt = chunk;
    partial.abandon(0, message);
  }
  const bytes = new Uint8Array(200);
  const w = new Writer().reset(bytes, 0, bytes.length);
  expect(partial.write(w)).toBe(true);
  const told: number[][] = [];
  const chunk = new ForwardTsnChunk();
  const walk = new RecordWalk().chunks(bytes, 0, w.length);
  while (walk.next()) {
    chunk.read(false, bytes, walk.valueAt, walk.valueLength);
    told.push([chunk.newCumulativeTsn, chunk.count, chunk.streamId(0), chunk.number(0)]);
  }
  expect(told).toEqual([
    [100, 1, 2, 0],
    [102, 1, 4, 1],
  ]);
});
