import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EgressTally } from '../../src/egress-tally.ts';

const INTERFACES = ['eth0', 'eth1', 'lo', 'wlan0'];

/** One address that really leaves by `egress`, and what else happened while it sent. */
const world = fc.record({
  egress: fc.constantFrom(...INTERFACES),
  expected: fc.constantFrom(...INTERFACES, undefined),
  bursts: fc.array(
    fc.record({
      sent: fc.integer({ min: 1, max: 20 }),
      /** Others' packets by interface, in roughly one burst of four. */
      noise: fc.tuple(...INTERFACES.map(() => fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(40)))),
      /** Share of our own that the driver has not counted in time: it counts them in the next burst. */
      late: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    { maxLength: 80 },
  ),
});

describe('the egress that is learned', () => {
  it('is decided once at the most, within sixty bursts', () => {
    fc.assert(
      fc.property(world, ({ egress, expected, bursts }) => {
        const tally = new EgressTally();
        tally.watch('192.0.2.1', expected);
        let decisions = 0;
        for (const { sent, noise } of bursts) {
          const moved = new Map(INTERFACES.map((name, i) => [name, noise[i] + (name === egress ? sent : 0)]));
          decisions += tally.note({ moved, sent: new Map([['192.0.2.1', sent]]), late: new Map() }).length;
        }
        expect(decisions).toBeLessThanOrEqual(1);
        if (bursts.length >= 60) expect(decisions).toBe(1);
        expect(tally.isOpen).toBe(decisions === 0);
      }),
    );
  });

  it('is the true one where counters are in time and no other interface keeps pace', () => {
    fc.assert(
      fc.property(world, ({ egress, expected, bursts }) => {
        const tally = new EgressTally();
        tally.watch('192.0.2.1', expected);
        bursts.forEach(({ sent, noise }, i) => {
          // Another interface keeps pace in every second burst at the most.
          const others = noise.map((packets) => (i % 2 === 0 ? Math.min(packets, sent - 1) : packets));
          const moved = new Map(INTERFACES.map((name, at) => [name, name === egress ? sent : others[at]]));
          tally.note({ moved, sent: new Map([['192.0.2.1', sent]]), late: new Map() });
        });
        const learned = tally.egress('192.0.2.1');
        if (learned !== undefined) expect(learned).toBe(egress);
        if (bursts.length >= 20) expect(learned).toBe(egress);
      }),
    );
  });

  it('is never one that moved nothing, whatever the counters do', () => {
    fc.assert(
      fc.property(world, ({ egress, expected, bursts }) => {
        const tally = new EgressTally();
        tally.watch('192.0.2.1', expected);
        let behind = 0;
        for (const { sent, noise, late } of bursts) {
          const uncounted = Math.round(sent * late);
          const moved = new Map(
            INTERFACES.map((name, i) => [name, name === egress ? sent - uncounted + behind : Math.min(noise[i], 1)]),
          );
          behind = uncounted;
          moved.delete('wlan0');
          tally.note({ moved, sent: new Map([['192.0.2.1', sent]]), late: new Map() });
        }
        expect(tally.egress('192.0.2.1')).not.toBe('wlan0');
      }),
    );
  });
});
