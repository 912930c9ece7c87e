import { describe, expect, it } from 'vitest';
import { benchRow, benchRowText, type PeerValue, peerValue } from './row.ts';

const faster = { name: 'decode', unit: 'ns/op', lowerIsBetter: true } as const;
const werift: Record<string, PeerValue> = { werift: { value: 2400, version: '0.25.2' } };

describe('a row of bench', () => {
  it('gives the median, the spread and no verdict without a target', () => {
    expect(benchRow('stun', faster, [30, 10, 20], {})).toEqual({
      bench: 'stun',
      case: 'decode',
      value: 20,
      unit: 'ns/op',
      lowerIsBetter: true,
      spread: [10, 30],
      peers: {},
      target: null,
      met: null,
    });
  });

  it('resolves a target relative to a peer with the value of the same run', () => {
    const target = { peer: 'werift', times: 10 };
    expect(benchRow('stun', { ...faster, target }, [240], werift)).toMatchObject({ target: 240, met: true });
    expect(benchRow('stun', { ...faster, target }, [241], werift)).toMatchObject({ target: 240, met: false });
  });

  it('adds to the value of a peer, where that is what is asked', () => {
    const target = { peer: 'werift', plus: 40 };
    expect(benchRow('ping', { ...faster, target }, [2440], werift)).toMatchObject({ target: 2440, met: true });
    expect(benchRow('ping', { ...faster, target }, [2441], werift)).toMatchObject({ target: 2440, met: false });
  });

  it('says of a peer that failed why it has no value', () => {
    const failed = peerValue({ name: 'werift', values: [1], failure: 'it ended with 1' }, '0.25.2');
    expect(failed).toEqual({ value: null, version: null, unavailable: 'it ended with 1' });
  });

  it('takes the strictest of several targets, and none where a peer of one is missing', () => {
    const both = { ...werift, pion: { value: 500, version: '3.1.56' } };
    const target = {
      all: [
        { peer: 'pion', times: 0.5 },
        { peer: 'werift', times: 2 },
      ],
    };
    expect(benchRow('stun', { ...faster, target }, [1000], both)).toMatchObject({ target: 1000, met: true });
    expect(benchRow('stun', { ...faster, target }, [1001], both)).toMatchObject({ target: 1000, met: false });
    expect(benchRow('stun', { ...faster, target }, [1], werift)).toMatchObject({ target: null, met: null });
  });

  it('turns the comparison round where more is better', () => {
    const more = { name: 'send', unit: 'MB/s', lowerIsBetter: false, target: { peer: 'werift', times: 2 } } as const;
    expect(benchRow('sctp', more, [4800], werift)).toMatchObject({ target: 4800, met: true });
    expect(benchRow('sctp', { ...more, target: { value: 5000 } }, [4800], werift)).toMatchObject({ met: false });
  });

  it('claims nothing about a target whose peer could not be had', () => {
    const gone: PeerValue = { value: null, version: null, unavailable: 'not installed' };
    const row = benchRow('stun', { ...faster, target: { peer: 'werift', times: 10 } }, [1], { werift: gone });
    expect(row).toMatchObject({ target: null, met: null });
    expect(benchRowText(row)).toContain('werift: cannot be had (not installed)');
  });

  it('says it to people in one line', () => {
    const row = benchRow('stun', { ...faster, target: { value: 300 } }, [240], werift);
    expect(benchRowText(row)).toBe(
      'stun: decode  240 ns/op (240..240)  | werift 0.25.2: 2400 (ours 10.00x)  | target 300: met',
    );
  });

  it('keeps four digits', () => {
    expect(peerValue({ name: 'x', values: [1234.5678] }, '1')).toEqual({ value: 1235, version: '1' });
  });
});
