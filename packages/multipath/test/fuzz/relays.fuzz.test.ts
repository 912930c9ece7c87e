import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { createSlot, type Slot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelayedAgent } from '../kit/relayed-agent.ts';
import { RelayedWorld } from '../kit/relayed-world.ts';

describe('datagrams on the flow of a relay server', () => {
  it.each(['udp', 'tcp'] as const)(
    'never throw, never make a path, and never grow what is kept, over %s',
    (transport) => {
      const machine = new RelayedAgent({}, simEnv(new VirtualClock(), new SeededRandom('relays')));
      const base = { base: 0, address: '10.0.0.1', port: 5_000 };
      machine.ice.addBase(0, base);
      machine.relays.addBase(0, base);
      machine.relays.addServer(0, { address: '198.51.100.1', port: 3_478, username: 'a', password: 'b', transport });
      for (let event = machine.pollEvent(); event !== undefined; event = machine.pollEvent()) {
        if (event.type === 'need-base') machine.relays.addCarrier(0, { ...base, base: 7, needId: event.id });
      }
      const flow = machine.flows.find(transport === 'udp' ? 0 : 7, '198.51.100.1', 3_478);
      const slot: Slot = createSlot();
      const real: Uint8Array[] = [];
      while (machine.pollTransmit(0, slot)) real.push(slot.buffer.slice(slot.offset, slot.offset + slot.length));
      expect(real).toHaveLength(1);
      const size = machine.flows.size;
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        // ChannelData, and our own request with bits turned over.
        fc.uint8Array({ minLength: 4, maxLength: 100 }).map((b) => Uint8Array.of(0x40, 0, ...b)),
        fc.tuple(fc.nat(real[0].length - 1), fc.nat(255)).map(([at, value]) => {
          const copy = real[0].slice();
          copy[at] = value;
          return copy;
        }),
      );
      fc.assert(
        fc.property(bytes, (datagram) => {
          const verdict = machine.handleDatagram(1, flow, datagram, 0, datagram.length);
          expect(Object.values(Verdict)).toContain(verdict);
          // The agent, which does not know the connection, is asked about nothing that came by it.
          if (transport === 'tcp') expect(verdict).toBe(Verdict.consumed);
          expect([...machine.ice.paths()]).toEqual([]);
          expect(machine.flows.size).toBe(size);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('from a peer with permission, but from ever other ports, keep no more flows than the table has', () => {
    const world = new RelayedWorld({ a: {}, b: {} }).run(3_000);
    const before = world.a.machine.flows.size;
    // The peer's own address, from a thousand ports: each is a source like any other, recycled when there are too many.
    const relayed = world.a.log.flatMap(({ event }) =>
      event.type === 'candidate' && event.candidate.type === 'relay' ? [event.candidate] : [],
    )[0];
    for (let port = 20_000; port < 21_200; port++) {
      const socket = world.b.host.bind('10.2.0.1', port, () => {});
      socket.send(Uint8Array.of(0, 1, 2, 3), 0, 4, relayed.address, relayed.port);
    }
    world.run(1_000);
    expect(world.a.machine.flows.size).toBeLessThanOrEqual(1_024);
    expect(world.a.machine.flows.size).toBeGreaterThan(before);
    expect(world.a.machine.ice.state).toBe('connected');
  });
});
