import { Writer } from '@hawser/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { SackChunk } from '../packet/sack.ts';
import { EarlierSacks } from './earlier-sacks.ts';
import { TsnTracker } from './tsn-tracker.ts';

const PATH = 4;
let tracker: TsnTracker;
let earlier: EarlierSacks;

beforeEach(() => {
  tracker = new TsnTracker();
  tracker.restart(1);
  earlier = new EarlierSacks();
});

function arrive(...tsns: number[]): void {
  for (const tsn of tsns) tracker.add(tracker.unwrap(tsn));
}

function keep(): void {
  earlier.keep(tracker, 5000, PATH);
}

/** Cumulative TSN Ack and gap blocks of everything kept, in the order it leaves. */
function written(): string[] {
  const texts = [];
  while (earlier.count > 0) {
    const w = new Writer().reset(new Uint8Array(400), 0, 400);
    expect(earlier.write(w)).toBe(true);
    const sack = new SackChunk();
    expect(sack.read(w.buffer, 4, w.length - 4)).toBe(true);
    expect(sack.windowBytes).toBe(5000);
    const gaps = Array.from({ length: sack.gapCount }, (_, i) => `${sack.gapStart(i)}-${sack.gapEnd(i)}`);
    texts.push([sack.cumulativeTsn, ...gaps].join(' '));
  }
  return texts;
}

describe('EarlierSacks', () => {
  it('keeps the last state alone while nothing is missing', () => {
    for (let tsn = 1; tsn <= 10; tsn++) {
      arrive(tsn);
      keep();
    }
    expect(earlier.path).toBe(PATH);
    expect(written()).toEqual(['10']);
  });

  it('keeps the last three while something is', () => {
    arrive(1);
    keep();
    for (let tsn = 3; tsn <= 9; tsn++) {
      arrive(tsn);
      keep();
    }
    expect(written()).toEqual(['1 2-6', '1 2-7', '1 2-8']);
  });

  it('keeps what was before a gap, during it, and after', () => {
    arrive(1);
    keep();
    arrive(3);
    keep();
    arrive(2);
    keep();
    arrive(4);
    keep();
    expect(written()).toEqual(['1', '1 2-2', '4']);
  });

  it('keeps nothing that it would have to cut short', () => {
    for (let tsn = 2; tsn <= 2 * 65; tsn += 2) arrive(tsn);
    keep();
    expect(earlier.count).toBe(0);
  });

  it('writes only what fits, and forgets all when a newer one leaves', () => {
    arrive(1, 3);
    keep();
    expect(earlier.write(new Writer().reset(new Uint8Array(400), 0, 19))).toBe(false);
    expect(earlier.count).toBe(1);
    earlier.clear();
    expect(earlier.count).toBe(0);
  });
});
