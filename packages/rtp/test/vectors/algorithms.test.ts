import { hexText } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { fractionLost, ntpFraction, ntpMiddle, ntpSeconds, ReceiverStatistics, roundTripMs } from '../../src/index.ts';
import { written } from '../support.ts';
import data from './algorithms.json';

// Reference runs of RFC 3550 A.1, A.3, A.8 and 6.4.1; the round trip is the example of figure 2 there.

// biome-ignore lint/suspicious/noExplicitAny: the vectors' shape differs by algorithm
type Fields = Record<string, any>;
const vectors = data as unknown as { name: string; input: Fields; expected: Fields }[];

function named(prefix: string) {
  return vectors.filter(({ name }) => name.startsWith(prefix)).map((vector) => [vector.name, vector] as const);
}

describe('RFC 3550 bookkeeping', () => {
  it.each(named('extended'))('%s', (_, { input, expected }) => {
    const statistics = new ReceiverStatistics({ clockRateHz: 90000 });
    const highest = input['sequenceNumbers'].map((sequence: number) => {
      statistics.handlePacket(0, sequence, 0);
      return statistics.extendedHighest;
    });
    expect(highest).toEqual(expected['extendedHighest']);
  });

  it.each(named('interarrival'))('%s', (_, { input, expected }) => {
    const statistics = new ReceiverStatistics({ clockRateHz: input['clockRate'] });
    input['arrivalMsAndRtp'].forEach(([arrivalMs, timestamp]: [number, number], i: number) => {
      statistics.handlePacket(arrivalMs, i, timestamp);
      expect(statistics.jitter).toBeCloseTo(expected['jitter'][i], 5);
    });
  });

  it.each(named('fraction'))('%s', (_, { input, expected }) => {
    const { expected: now, received, expectedPrior, receivedPrior } = input;
    expect(fractionLost(now - expectedPrior, received - receivedPrior)).toBe(expected['fractionLost']);
    expect(now - received).toBe(expected['cumulativeLost']);
  });

  it.each(named('RTT'))('%s', (_, { expected }) => {
    const [now, lastSr, delay] = ['A_hex', 'lsr_hex', 'dlsr_hex'].map((name) => Number.parseInt(expected[name], 16));
    expect(roundTripMs(now, lastSr, delay)).toBe(expected['rttSeconds'] * 1000);
  });

  it.each(named('NTP'))('%s', (_, { input, expected }) => {
    const unixMs = input['unixSeconds'] * 1000;
    const [seconds, fraction] = [ntpSeconds(unixMs), ntpFraction(unixMs)];
    const bytes = written((writer) => {
      writer.u32(seconds);
      writer.u32(fraction);
      writer.u32(ntpMiddle(seconds, fraction));
    });
    expect(hexText(bytes)).toBe(expected['ntp'] + expected['mid32']);
  });
});
