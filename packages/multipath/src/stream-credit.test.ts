import { CandidateArrays, FlowTable } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { StreamCredit } from './stream-credit.ts';

function world() {
  const flows = new FlowTable();
  const direct = flows.intern(0, '192.0.2.1', 9);
  const other = flows.intern(1, '192.0.2.1', 9);
  const relayed = flows.intern(100, '192.0.2.1', 9);
  const server = flows.intern(2, '198.51.100.1', 3478);
  const flowOf = [direct, other, relayed];
  const credit = new StreamCredit(flows, {
    flowOf: (path) => flowOf[path] ?? -1,
    carrierOf: (flow) => (flow === relayed ? server : flow),
  });
  const candidates = new CandidateArrays();
  for (const path of [0, 1, 2]) candidates.srttMs[candidates.add(path)] = 10 * path;
  const open = () => {
    const limited = credit.limit(candidates);
    return [...limited.ids.subarray(0, limited.count)];
  };
  return { credit, flows, candidates, direct, relayed, server, open };
}

describe('StreamCredit', () => {
  it('leaves candidates alone while nothing is full', () => {
    const { credit, candidates } = world();
    expect(credit.limit(candidates)).toBe(candidates);
  });

  it('takes a full stream out until it has room', () => {
    const { credit, direct, open, candidates } = world();
    credit.set(direct, false);
    expect([open(), credit.isFull(0), credit.isFull(1)]).toEqual([[1, 2], true, false]);
    expect(credit.limit(candidates).srttMs[0]).toBe(10);
    credit.set(direct, true);
    expect(open()).toEqual([0, 1, 2]);
  });

  it('takes out what a relay sends by a full stream to its server', () => {
    const { credit, server, open } = world();
    credit.set(server, false);
    expect(open()).toEqual([0, 1]);
  });

  it('forgets the flows of a base that goes, whose numbers are given anew', () => {
    const { credit, flows, direct, open } = world();
    credit.set(direct, false);
    credit.dropBase(0);
    flows.dropBase(0);
    expect(open()).toEqual([0, 1, 2]);
    credit.set(direct, false);
    expect(open()).toEqual([0, 1, 2]);
  });
});
