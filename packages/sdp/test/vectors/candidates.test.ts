import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCandidate, writeCandidate } from '../../src/index.ts';

interface Vector {
  name: string;
  input: { line: string };
  // biome-ignore lint/suspicious/noExplicitAny: the vectors' own shape
  expected: any;
}

const { vectors } = JSON.parse(readFileSync(new URL('./candidates.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};

const FIELDS: Record<string, string> = {
  generation: 'generation',
  'network-id': 'networkId',
  'network-cost': 'networkCost',
};

/** The vectors list extensions as pairs; some of them are fields here. */
function wanted(expected: Vector['expected']): unknown {
  const { extensions, addressKind, ...fields } = expected;
  const rest: [string, string][] = [];
  for (const [name, value] of (extensions ?? []) as [string, string][]) {
    if (name === 'ufrag') fields.ufrag = value;
    else if (name in FIELDS) fields[FIELDS[name]] = Number(value);
    else rest.push([name, value]);
  }
  return rest.length === 0 ? fields : { ...fields, extensions: rest };
}

describe('candidate lines', () => {
  for (const { name, input, expected } of vectors) {
    it(name, () => {
      const result = parseCandidate(input.line);
      if (expected.reject === true) {
        expect(result).toMatchObject({
          ok: false,
          reason: expect.stringMatching(/bad-attribute|unsupported-candidate/),
        });
        return;
      }
      if (!result.ok) throw new Error(result.message);
      expect(result.candidate).toEqual(wanted(expected));
      expect(parseCandidate(writeCandidate(result.candidate))).toEqual(result);
    });
  }

  it('tells an unknown type, which is to be ignored, from a malformed line', () => {
    expect(parseCandidate('candidate:1 1 udp 1 192.0.2.1 9 typ token')).toMatchObject({
      reason: 'unsupported-candidate',
    });
    expect(parseCandidate('candidate:1 1 sctp 1 192.0.2.1 9 typ host')).toMatchObject({
      reason: 'unsupported-candidate',
    });
  });

  it('reads the attribute with and without its prefix', () => {
    const bare = '1 1 udp 1 192.0.2.1 9 typ host';
    expect(parseCandidate(bare)).toEqual(parseCandidate(`a=candidate:${bare}`));
    expect(parseCandidate(bare)).toEqual(parseCandidate(`candidate:${bare}`));
  });

  it('refuses to write what would not be read', () => {
    const result = parseCandidate('candidate:1 1 udp 1 192.0.2.1 9 typ host');
    if (!result.ok) throw new Error(result.message);
    expect(() => writeCandidate({ ...result.candidate, address: 'two words' })).toThrow(
      expect.objectContaining({ code: 'unwritable' }),
    );
  });
});
