import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

const one = { links: [{ delayMs: 20 }] };

describe('what is known of a path', () => {
  it('tells checks that made it from those that ask for consent since, without retransmissions', () => {
    const world = new World({ a: one, b: one }).run(5_000);
    for (const { agent } of [world.a, world.b]) {
      const path = agent.pathStats(0);
      expect(path.requestsSent).toBeGreaterThanOrEqual(1);
      expect(path.consentRequestsSent).toBeGreaterThanOrEqual(4);
      expect(path.requestsSent + path.consentRequestsSent).toBeLessThanOrEqual(path.checksSent);
      expect(path.responsesReceived).toBeLessThanOrEqual(path.requestsSent + path.consentRequestsSent);
    }
  });

  it('sums up the round trips it measured', () => {
    const world = new World({ a: one, b: one }).run(5_000);
    const { rttSamples, totalRttMs, minRttMs } = world.a.agent.pathStats(0);
    expect(rttSamples).toBeGreaterThanOrEqual(4);
    expect(totalRttMs / rttSamples).toBeCloseTo(minRttMs, 0);
  });

  it('says when the peer consented last, and when data came and went', () => {
    const world = new World({ a: one, b: one }).run(3_000);
    const { consentAt, consentExpiresAt, lastReceivedAt, lastSentAt } = world.a.agent.pathStats(0);
    expect(consentExpiresAt - consentAt).toBe(30_000);
    expect([lastSentAt, lastReceivedAt]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    world.a.driver.act((agent, now) => {
      agent.noteReceived(now, 0, 100);
      agent.handleTimeout(now);
      agent.noteSent(0, 100);
    });
    expect(world.a.agent.pathStats(0)).toMatchObject({
      lastSentAt: world.network.clock.now,
      lastReceivedAt: world.network.clock.now,
    });
  });

  it('counts the nominations of the peer, and tells the priorities of both ends', () => {
    const mode = (nomination: 'regular' | 'auto') => ({ ...one, config: { nomination } });
    const world = new World({ a: mode('regular'), b: mode('auto') }).run(3_000);
    const [ours, theirs] = [world.a.agent.pathStats(0), world.b.agent.pathStats(0)];
    expect(theirs.nominationsReceived).toBeGreaterThanOrEqual(1);
    expect(ours.nominationsReceived).toBe(0);
    expect(ours.remotePriority).toBe(theirs.localPriority);
    expect(ours.localPriority).toBeGreaterThan(2 ** 30);
  });
});
