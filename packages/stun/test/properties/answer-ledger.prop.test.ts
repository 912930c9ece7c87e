import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerLedger, MOST_ADVANCE_BYTES } from '../../src/index.ts';
import { seededSecure } from '../long-term-world.ts';

const source = fc.tuple(fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), fc.nat(3));
const step = fc.record({
  source,
  passesMs: fc.constantFrom(0, 1, 500, 39_000, 41_000),
  request: fc.nat(200),
  answer: fc.integer({ min: 1, max: 400 }),
});
const steps = fc.array(step, { maxLength: 80 });

describe('a ledger of answers', () => {
  test('never lets more bytes go to a source than came from it, nor in sum', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(16, 1024), (sequence, sources) => {
        const ledger = new AnswerLedger({ sources, secure: seededSecure(sequence.length) });
        const balance = new Map<string, number>();
        let now = 0;
        for (const { source, passesMs, request, answer } of sequence) {
          now += passesMs;
          const key = source.join(' ');
          const before = balance.get(key) ?? 0;
          ledger.noteRequest(now, ...source, request);
          const answers = ledger.mayAnswer(now, ...source, answer);
          const after = before + request - (answers ? answer : 0);
          expect(after).toBeGreaterThanOrEqual(0);
          balance.set(key, after);
        }
      }),
    );
  });

  test('with an advance, exceeds what came by no more than its rate allows, and 64 bytes a source', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 500 }), (sequence, advanceBytesPerSecond) => {
        const ledger = new AnswerLedger({ advanceBytesPerSecond });
        const owed = new Map<string, number>();
        let now = 0;
        for (const { source, passesMs, request, answer } of sequence) {
          now += passesMs;
          // What a source owed is forgotten after 40 s without a word from it.
          if (passesMs > 40_000) owed.clear();
          const key = source.join(' ');
          ledger.noteRequest(now, ...source, request);
          const sent = ledger.mayAnswer(now, ...source, answer) ? answer : 0;
          owed.set(key, Math.max(-2048, (owed.get(key) ?? 0) - request) + sent);
          expect(owed.get(key)).toBeLessThanOrEqual(MOST_ADVANCE_BYTES);
        }
      }),
    );
  });

  test('all sources together get no more than the rate, however many they are', () => {
    const ledger = new AnswerLedger({ advanceBytesPerSecond: 120 });
    let excess = 0;
    for (let ms = 0; ms < 5000; ms++) {
      ledger.noteRequest(ms, `198.51.100.${ms & 255}`, ms, 20);
      if (ledger.mayAnswer(ms, `198.51.100.${ms & 255}`, ms, 32)) excess += 12;
    }
    expect(excess).toBeLessThanOrEqual(120 + 5 * 120);
    expect(excess).toBeGreaterThan(5 * 120 - 24);
  });

  test('forgets a source that was silent for 40 s, and answers none that it has not heard', () => {
    const ledger = new AnswerLedger();
    expect(ledger.mayAnswer(0, '192.0.2.1', 1, 1)).toBe(false);
    ledger.noteRequest(0, '192.0.2.1', 1, 500);
    expect(ledger.mayAnswer(0, '192.0.2.1', 2, 1)).toBe(false);
    expect(ledger.mayAnswer(40_000, '192.0.2.1', 1, 100)).toBe(true);
    expect(ledger.mayAnswer(40_001, '192.0.2.1', 1, 100)).toBe(false);
  });

  test('a flood of forged sources takes a place, and never gives what another brought', () => {
    const ledger = new AnswerLedger({ sources: 16 });
    ledger.noteRequest(0, '192.0.2.1', 1, 2000);
    for (let i = 0; i < 4096; i++) {
      ledger.noteRequest(0, '198.51.100.1', i, 20);
      expect(ledger.mayAnswer(0, '198.51.100.1', i, 21)).toBe(false);
    }
  });
});
