import { readdirSync, readFileSync } from 'node:fs';
import { hexText } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { dcepMessageVectors, vectorPackets } from '../support/vector-packets.ts';
import { fuzzTargets } from './targets.ts';

const folder = new URL('../corpus/', import.meta.url);
const filesOf = (name: string) =>
  readdirSync(new URL(`${name}/`, folder)).map((file) => new URL(`${name}/${file}`, folder));

describe.each([
  ['sctp', vectorPackets],
  ['dcep', dcepMessageVectors],
])('the corpus of %s', (name, vectors) => {
  it('is what the vectors hold, as files, and none of it throws', () => {
    const target = fuzzTargets.find((one) => one.name === name);
    const known = new Set(vectors);
    const files = filesOf(name);
    expect(files.length).toBeGreaterThanOrEqual(20);
    for (const file of files) {
      const bytes = new Uint8Array(readFileSync(file));
      expect(known.has(hexText(bytes))).toBe(true);
      expect(target?.run(bytes)).toBeTypeOf('string');
    }
  });
});
