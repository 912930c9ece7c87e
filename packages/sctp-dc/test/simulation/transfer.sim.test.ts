import { runPair } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { createMessage, SctpAssociation } from '../../src/index.ts';

describe('transfer', () => {
  it('smoke', () => {
    const pair = runPair(
      (env) => new SctpAssociation({ dtlsRole: 'client' }, env),
      (env) => new SctpAssociation({ dtlsRole: 'server' }, env),
      { paths: [{ delayMs: 20 }] },
    );
    pair.a.act((m, now) => m.connect(now));
    pair.b.act((m, now) => m.connect(now));
    const ch = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.act((m, now) => m.send(now, ch, new Uint8Array(100_000).fill(7), 0, 60_000, true));
    pair.runUntil(() => pair.b.events.some((e) => e.type === 'readable'), 5000);
    const out = createMessage();
    expect(pair.b.machine.pollMessage(out)).toBe(true);
    expect(out.length).toBe(60_000);
    expect(out.bytes[59_999]).toBe(7);
  });
});
