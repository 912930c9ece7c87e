import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCandidate, parseDescription, writeCandidate, writeDescription } from '../../src/index.ts';
import { candidate, description } from '../support/arbitraries.ts';
import { mustParse } from '../support/captures.ts';

describe('the codec', () => {
  it('reads back every model that it writes', () => {
    fc.assert(
      fc.property(description, (model) => {
        expect(mustParse(writeDescription(model))).toEqual(model);
      }),
    );
  });

  it('writes what it read from its own text again, octet for octet', () => {
    fc.assert(
      fc.property(description, (model) => {
        const text = writeDescription(model);
        expect(writeDescription(mustParse(text))).toBe(text);
      }),
    );
  });

  it('reads LF line ends and a missing last one as it reads CRLF', () => {
    fc.assert(
      fc.property(description, (model) => {
        const text = writeDescription(model);
        expect(mustParse(text.replaceAll('\r\n', '\n'))).toEqual(model);
        expect(mustParse(text.slice(0, -2))).toEqual(model);
      }),
    );
  });

  it('reads back every candidate that it writes', () => {
    fc.assert(
      fc.property(candidate, (model) => {
        expect(parseCandidate(writeCandidate(model))).toEqual({ ok: true, candidate: model });
      }),
    );
  });

  it('ends every truncation in a model or a refusal that names an existing line', () => {
    fc.assert(
      fc.property(description, fc.nat(), (model, cut) => {
        const text = writeDescription(model);
        const part = text.slice(0, cut % (text.length + 1));
        const result = parseDescription(part);
        if (!result.ok) {
          expect(result.line).toBeGreaterThanOrEqual(1);
          expect(result.line).toBeLessThanOrEqual(part.split('\n').length);
        }
      }),
    );
  });
});
