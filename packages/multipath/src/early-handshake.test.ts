import { describe, expect, it } from 'vitest';
import { EarlyHandshake } from './early-handshake.ts';

const bytes = new Uint8Array(2000).map((_, i) => i);

describe('handshake packets that are early', () => {
  it('are kept as copies, and given in their order when their flow is checked', () => {
    const early = new EarlyHandshake();
    const input = bytes.slice();
    expect(early.keep(1, input, 10, 20)).toBe(true);
    expect(early.keep(2, input, 30, 20)).toBe(true);
    expect(early.keep(1, input, 50, 20)).toBe(true);
    input.fill(0);
    expect(early.take(() => false)).toBeUndefined();
    expect(early.take((flow) => flow === 1)?.bytes).toEqual(bytes.slice(10, 30));
    expect(early.take((flow) => flow === 1)?.bytes).toEqual(bytes.slice(50, 70));
    expect(early.take((flow) => flow === 1)).toBeUndefined();
    expect(early.take(() => true)).toMatchObject({ flow: 2 });
    expect(early.isEmpty).toBe(true);
  });

  it('are few and small: anybody may have sent them', () => {
    const early = new EarlyHandshake();
    expect(early.keep(1, bytes, 0, 1501)).toBe(false);
    for (let i = 0; i < 4; i++) expect(early.keep(i, bytes, 0, 1500)).toBe(true);
    expect(early.keep(5, bytes, 0, 1)).toBe(false);
    early.clear();
    expect(early.isEmpty).toBe(true);
  });
});
