import { FlowTable } from '@hawser/wire';
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
  const open = () => [0, 1, 2].filter((path) => !credit.isFull(path));
  return { credit, flows, direct, relayed, server, open };
}

describe('StreamCredit', () => {
  it('takes nothing out while nothing is full', () => {
    const { open } = world();
    expect(open()).toEqual([0, 1, 2]);
  });

  it('takes a full stream out until it has room', () => {
    const { credit, direct, open } = world();
    credit.set(direct, false);
    expect(open()).toEqual([1, 2]);
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

  it('does not hold a full stream against the next flow of its number', () => {
    const { credit, flows, server, open } = world();
    credit.set(server, false);
    flows.dropBase(2);
    expect(flows.intern(3, '198.51.100.1', 3478)).toBe(server);
    expect(open()).toEqual([0, 1, 2]);
    credit.set(server, false);
    expect(open()).toEqual([0, 1]);
  });
});
