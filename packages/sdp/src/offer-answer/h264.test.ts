import { describe, expect, it } from 'vitest';
import { h264Level, h264Profile, lowerLevel } from './h264.ts';

describe('profile-level-id (RFC 6184 table 5)', () => {
  it.each([
    ['42e01f', 'constrained-baseline'],
    ['42c00d', 'constrained-baseline'],
    ['4d801f', 'constrained-baseline'],
    ['42001f', 'baseline'],
    ['4d001f', 'main'],
    ['58001f', 'extended'],
    ['640028', 'high'],
    ['640c1f', 'constrained-high'],
    ['f4001f', 'high-4:4:4'],
  ])('%s is %s', (id, profile) => expect(h264Profile(id)).toBe(profile));

  it('is not six hex digits: no profile', () => {
    for (const id of ['', '42e0', '42e01g', '42e01f0']) expect(h264Profile(id)).toBeUndefined();
  });

  it('level 1b lies below level 1.1', () => {
    expect(h264Level('42f00b')).toBe(9);
    expect(h264Level('42e00b')).toBe(11);
    expect(lowerLevel('42e01f', '42e00d')).toBe('42e00d');
    expect(lowerLevel('42e00d', '42e01f')).toBe('42e00d');
  });
});
