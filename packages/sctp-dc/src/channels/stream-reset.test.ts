import { describe, expect, it } from 'vitest';
import { seededEnv } from '../../test/support/bytes.ts';
import { settingsOf } from '../config.ts';
import { Context } from '../context.ts';
import { TxState } from '../tx/tx-state.ts';
import { type ResetParts, StreamReset } from './stream-reset.ts';

describe('StreamReset', () => {
  it('asks nothing of a peer without RFC 6525: it would ask for ever', () => {
    for (const reConfig of [false, true]) {
      const ctx = new Context(settingsOf({ dtlsRole: 'client' }), seededEnv());
      ctx.peer.reConfig = reConfig;
      const parts = { tx: new TxState(ctx), channels: { find: () => undefined } } as unknown as ResetParts;
      new StreamReset(ctx, parts).request(0, 3);
      expect(ctx.outbox.length).toBe(reConfig ? 1 : 0);
      expect(ctx.timers.next()).toBe(reConfig ? 500 : Number.POSITIVE_INFINITY);
    }
  });
});
