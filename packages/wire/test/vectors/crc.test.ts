import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crc32, crc32c, hexBytes } from '../../src/index.ts';

interface Vector {
  readonly name: string;
  readonly source: string;
  readonly input: { readonly data: string };
  readonly expected: { readonly value: number; readonly wireOrder?: string; readonly stunFingerprint?: number };
}

const { vectors } = JSON.parse(readFileSync(new URL('./crc.json', import.meta.url), 'utf8')) as { vectors: Vector[] };
const rows = vectors.map((vector) => [vector.name, vector.source, vector] as const);

describe('published checksums', () => {
  it.each(rows)('%s (%s)', (name, _source, { input, expected }) => {
    const bytes = hexBytes(input.data) as Uint8Array;
    const sum = (name.startsWith('CRC-32C') ? crc32c : crc32)(bytes, 0, bytes.length);
    expect(sum).toBe(expected.value);
    if (expected.wireOrder !== undefined) {
      const wire = Uint8Array.of(sum, sum >>> 8, sum >>> 16, sum >>> 24);
      expect(wire).toEqual(hexBytes(expected.wireOrder));
    }
    if (expected.stunFingerprint !== undefined) expect((sum ^ 0x5354554e) >>> 0).toBe(expected.stunFingerprint);
  });
});
