import { longestGap } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { TwoSessions, type TwoSessionsOptions } from '../kit/two-sessions.ts';

const LINK = { delayMs: 24, jitterMs: 2, rateBps: 20_000_000, queueBytes: 100_000 };

/** A sends messages of 64 bytes, 50 a second; the first path is cut on the way. */
function stream(options: TwoSessionsOptions, cutAfter = 100) {
  const two = new TwoSessions({ links: [LINK, LINK], ...options });
  two.runUntil(() => two.connected());
  const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'stream' }));
  two.runUntil(() => two.a.driver.events.some(({ type }) => type === 'channel-open'));
  two.run(1_000);
  const before = [two.a, two.b].map(({ session }) => session.getMultipathStats());
  for (let i = 0; i < cutAfter + 100; i++) {
    two.a.driver.act((session, now) => session.send(now, channel, new Uint8Array(64), 0, 64, true));
    if (i === cutAfter) two.cut(0);
    two.run(20);
  }
  two.run(2_000);
  const [a, b] = [two.a, two.b].map(({ session }, i) => {
    const { counters, sctp } = session.getMultipathStats();
    const { counters: old, sctp: oldSctp } = before[i];
    return {
      copies: counters.copiesSent - old.copiesSent,
      sacks: (sctp?.sacksSent ?? 0) - (oldSctp?.sacksSent ?? 0),
      packets: (sctp?.packetsSent ?? 0) - (oldSctp?.packetsSent ?? 0),
      retransmitted: sctp?.chunksRetransmitted ?? 0,
    };
  });
  return { a, b, gapMs: longestGap(two.b.messages.map(({ at }) => at)), received: two.b.messages.length };
}

describe('feedback between two of ours', () => {
  const scheduler = { multipath: { scheduler: 'dwrr' } } as const;

  it('leaves on two disjoint paths while there are two, whatever the scheduler', () => {
    const { b, received } = stream({ a: scheduler, b: scheduler });
    expect(received).toBe(200);
    // Half of the SACKs came while there was one path.
    expect(b.copies).toBeGreaterThan(b.sacks / 3);
    expect(b.copies).toBeLessThanOrEqual(b.packets);
  });

  it('leaves once towards a stranger', () => {
    const stranger = { ...scheduler, ice: { hawser: false } };
    const { b, received } = stream({ a: stranger, b: stranger, hawser: false });
    expect(received).toBe(200);
    expect(b.copies).toBe(0);
  });

  it('leaves once where multipath is off', () => {
    const off = { multipath: { enabled: false } };
    expect(stream({ a: off, b: off }).b.copies).toBe(0);
  });
});

describe('a trickle of small messages', () => {
  it.each([1, 2, 7, 16])('fits the budget of copies whole, and loses no time with a path (seed %i)', (seed) => {
    // Longer than what the budget has saved up would last.
    const cutAfter = 350;
    const { a, gapMs } = stream({ seed }, cutAfter);
    // Copies stop with the second path.
    expect(a.copies).toBeGreaterThanOrEqual(cutAfter);
    expect(gapMs).toBeLessThan(20 + 5);
  });
});
