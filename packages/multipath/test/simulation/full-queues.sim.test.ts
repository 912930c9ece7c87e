import { describe, expect, it } from 'vitest';
import { TwoSessions } from '../kit/two-sessions.ts';

describe('a transfer that fills the queues of its paths', () => {
  it.each([1, 2, 3])('makes no path suspect: what waits in a queue is late, not lost (seed %i)', (seed) => {
    // 100 ms of queue on a round trip of 20: slow start overshoots, and checks wait behind data.
    const link = { delayMs: 10, rateBps: 20e6, queueBytes: 250_000 };
    const two = new TwoSessions({ seed, links: [link, link] });
    two.runUntil(() => two.connected());
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'bulk' }));
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
    const message = new Uint8Array(16_000);
    const start = two.now;
    while (two.now - start < 5_000) {
      two.a.driver.act((session, now) => {
        while (session.bufferedAmount(channel) < 2e6) session.send(now, channel, message, 0, message.length, true);
      });
      two.run(10);
    }
    const states = [two.a, two.b].flatMap(({ driver }) =>
      driver.events.flatMap((event) => (event.type === 'path' ? [event.state] : [])),
    );
    expect(states).not.toContain('suspect');
    // Both are used: 40 Mbit/s less headers, and slow start.
    expect(two.b.messages.length * message.length * 8).toBeGreaterThan(5 * 34e6);
  });
});
