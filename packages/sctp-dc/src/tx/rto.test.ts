import { describe, expect, it } from 'vitest';
import { Rto } from './rto.ts';

const CONFIG = { initialMs: 500, minMs: 120, maxMs: 60_000, varianceFloorMs: 220 };

describe('Rto', () => {
  it('waits longer than a peer holds a SACK, however steady the path', () => {
    const rto = new Rto(CONFIG);
    for (let i = 0; i < 100; i++) rto.sample(50);
    expect(rto.rtoMs).toBe(270);
  });

  it('never falls below the least', () => {
    const rto = new Rto({ ...CONFIG, varianceFloorMs: 0 });
    for (let i = 0; i < 100; i++) rto.sample(1);
    expect(rto.rtoMs).toBe(120);
  });

  it('forgets a back-off when the path answers', () => {
    const rto = new Rto(CONFIG);
    rto.backOff();
    rto.backOff();
    expect(rto.rtoMs).toBe(2000);
    rto.recover();
    expect(rto.rtoMs).toBe(500);
    rto.sample(30);
    rto.backOff();
    rto.recover();
    expect(rto.rtoMs).toBe(250);
  });
});
