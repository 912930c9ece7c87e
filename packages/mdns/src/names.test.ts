import { SeededRandom } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { canonicalMdnsName, createMdnsName, isEphemeralMdnsName } from './names.ts';

describe('a name that hides an address', () => {
  it('is a version 4 UUID from secure bytes, another each time', () => {
    const secure = new SeededRandom(1);
    const names = Array.from({ length: 200 }, () => createMdnsName(secure));
    expect(new Set(names).size).toBe(200);
    for (const name of names) {
      expect(isEphemeralMdnsName(name)).toBe(true);
      expect(canonicalMdnsName(name)).toBe(name);
    }
    // Every bit but the six of version and variant is random.
    const varied = names.reduce((seen, name) => {
      for (const [i, character] of [...name].entries()) seen[i] = (seen[i] ?? new Set()).add(character);
      return seen;
    }, [] as Set<string>[]);
    expect([varied[14], varied[19]].map((set) => [...set].sort().join(''))).toEqual(['4', '89ab']);
    expect(varied[0].size).toBe(16);
  });
});

describe('a name to resolve', () => {
  it.each([
    ['PRINTER.Local', 'printer.local'],
    ['a-b_c1.local', 'a-b_c1.local'],
    [`${'a'.repeat(63)}.local`, `${'a'.repeat(63)}.local`],
    [`${'a'.repeat(64)}.local`, undefined],
    ['a.b.local', undefined],
    ['.local', undefined],
    ['local', undefined],
    ['-a.local', undefined],
    ['a.local.', undefined],
    ['a.localhost', undefined],
    ['a b.local', undefined],
    ['ä.local', undefined],
  ])('%s is %s', (text, name) => {
    expect(canonicalMdnsName(text)).toBe(name);
  });
});
