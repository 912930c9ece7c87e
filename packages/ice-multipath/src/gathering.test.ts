import { BindingServer } from '@hawser/stun';
import { createSlot, FlowTable, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Bench } from '../test/crafted.ts';

describe('a request to a STUN server', () => {
  it.each([
    ['10.0.0.1', '198.51.100.1', '203.0.113.7'],
    ['2001:db8::1', '2001:db8:f::1', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff'],
  ])('from %s is answered at once by one that sends strangers no more than came from them', (own, address, seen) => {
    const made = new Bench({}, 0);
    made.agent.addBase(0, { base: 0, address: own, port: 5_000 });
    made.agent.addServer(0, { address, port: 3_478 });
    const [request] = made.pass(100);
    const flows = new FlowTable();
    const server = new BindingServer({ flows, advanceBytesPerSecond: 0 });
    const from = flows.intern(0, seen, 4_321);
    expect(server.handleDatagram(0, from, request.bytes, 0, request.bytes.length)).toBe(Verdict.consumed);
    const slot = createSlot();
    expect(server.pollTransmit(0, slot)).toBe(true);
    made.agent.handleDatagram(made.now, request.flow, slot.buffer, slot.offset, slot.length);
    const told = made.eventsOf('candidate').map(({ candidate }) => `${candidate.type} ${candidate.address}`);
    expect(told).toEqual([`host ${own}`, `srflx ${seen}`]);
  });
});
