import { describe, expect, it } from 'vitest';
import { CandidateArrays } from './candidate-arrays.ts';

describe('candidates of a chooser', () => {
  it('starts a path with endless credit and nothing known of it', () => {
    const candidates = new CandidateArrays();
    const i = candidates.add(7);
    expect(candidates.ids[i]).toBe(7);
    expect(candidates.creditBytes[i]).toBe(Number.POSITIVE_INFINITY);
    expect(candidates.rateBps[i]).toBe(0);
  });

  it('leaves out what there is no room for, and what is written of it', () => {
    const candidates = new CandidateArrays(2);
    for (let path = 0; path < 4; path++) candidates.srttMs[candidates.add(path)] = path * 10;
    expect(candidates.count).toBe(2);
    expect([candidates.srttMs[0], candidates.srttMs[1]]).toEqual([0, 10]);
    expect(candidates.indexOf(3)).toBe(-1);
  });

  it('takes one out and keeps the numbers of the others', () => {
    const candidates = new CandidateArrays(4);
    for (let path = 0; path < 4; path++) candidates.lossRatio[candidates.add(path)] = path / 10;
    candidates.remove(1);
    candidates.remove(2);
    expect(candidates.count).toBe(2);
    expect(candidates.indexOf(1)).toBe(-1);
    expect(candidates.indexOf(2)).toBe(-1);
    expect(candidates.lossRatio[candidates.indexOf(3)]).toBe(0.3);
    expect(candidates.lossRatio[candidates.indexOf(0)]).toBe(0);
  });

  it('forgets the numbers of a path that was here before', () => {
    const candidates = new CandidateArrays();
    candidates.queueBytes[candidates.add(1)] = 99;
    candidates.clear();
    expect(candidates.queueBytes[candidates.add(2)]).toBe(0);
  });
});
