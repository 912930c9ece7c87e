import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import type { SctpConfig } from '../../src/config.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { checksumIsZero, checksumMatches } from '../../src/packet/header.ts';
import { makePair, transfer } from '../support/associations.ts';
import { chunkTypes, packet } from '../support/bytes.ts';

const DTLS: Partial<SctpConfig> = { lowerLayerChecksums: 'dtls' };

/** Sends 100 kB each way that way; answers what was seen of both sides' packets. */
function watched(a: Partial<SctpConfig>, b: Partial<SctpConfig>, both: boolean) {
  const pair = makePair({ a, b });
  const seen: { from: string; types: number[]; zero: boolean; right: boolean }[] = [];
  const note =
    (from: string) =>
    ({ bytes }: { bytes: Uint8Array }) => {
      const right = checksumMatches(bytes, 0, bytes.length);
      seen.push({ from, types: chunkTypes(bytes), zero: checksumIsZero(bytes, 0), right });
      return true;
    };
  pair.paths[0].aToB.passes = note('a');
  pair.paths[0].bToA.passes = note('b');
  pair.a.act((m, now) => m.connect(now));
  if (both) pair.b.act((m, now) => m.connect(now));
  expect(transfer(pair, 100_000).wrong).toBe(0);
  return { pair, seen };
}

describe('the checksum', () => {
  it.each([true, false])('is left out by both sides when both travel in DTLS and say so; both begin: %s', (both) => {
    const { pair, seen } = watched(DTLS, DTLS, both);
    const always = [ChunkType.init, ChunkType.initAck, ChunkType.cookieEcho] as number[];
    for (const { types, zero, right } of seen) {
      if (always.includes(types[0])) expect(right).toBe(true);
      else if (types.includes(ChunkType.data) || types[0] === ChunkType.sack) expect(zero).toBe(true);
    }
    expect(pair.a.machine.stats().verdicts.unauthenticated).toBe(0);
    expect(pair.b.machine.stats().verdicts.unauthenticated).toBe(0);
  });

  it.each([
    ['a', DTLS, {}],
    ['b', {}, DTLS],
  ])('is always there when only %s would do without', (_name, a, b) => {
    expect(watched(a, b, true).seen.every(({ right }) => right)).toBe(true);
  });

  it('may be left out by nobody who was not told so, nor be wrong', () => {
    for (const config of [{}, DTLS]) {
      const { pair } = watched(config, config, true);
      const bytes = packet(1, Uint8Array.of(ChunkType.cookieAck, 0, 0, 4));
      bytes[8] ^= 1;
      const verdict = () => pair.b.machine.handleDatagram(pair.clock.now, 0, bytes, 0, bytes.length);
      expect(verdict()).toBe(Verdict.unauthenticated);
      expect(pair.b.machine.stats().chunksMalformed).toBe(0);
    }
    const { pair, seen } = watched({}, {}, true);
    pair.paths[0].aToB.passes = ({ bytes }) => {
      bytes.fill(0, 8, 12);
      return true;
    };
    pair.a.act((m, now) => m.openChannel(now, { label: 'never arrives' }));
    pair.runFor(1000);
    expect(pair.b.machine.stats().verdicts.unauthenticated).toBeGreaterThan(0);
    expect(seen.length).toBeGreaterThan(0);
  });

  it.each([true, false])('is agreed on with no peer that drops what has unknown parameters; both begin: %s', (both) => {
    // As pion 3.1 does: a chunk with the parameter is as good as lost.
    const pair = makePair({ a: DTLS });
    const hasParameter = (bytes: Uint8Array) =>
      bytes.some((_, i) => i >= 32 && bytes[i] === 0x80 && bytes[i + 1] === 1);
    pair.paths[0].aToB.passes = ({ bytes }) =>
      !([ChunkType.init, ChunkType.initAck] as number[]).includes(bytes[12]) || !hasParameter(bytes);
    pair.a.act((m, now) => m.connect(now));
    if (both) pair.b.act((m, now) => m.connect(now));
    const limitMs = both ? 100 : 1000;
    pair.runUntil(() => pair.a.machine.state === 'established' && pair.b.machine.state === 'established', limitMs);
    expect(transfer(pair, 100_000).wrong).toBe(0);
  });
});
