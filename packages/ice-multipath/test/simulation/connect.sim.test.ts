import { describe, expect, it } from 'vitest';
import { count, eventsOf, states, World } from './world.ts';

describe('two agents with three addresses each', () => {
  it('validate all nine pairs and activate three disjoint ones', () => {
    const world = new World().run(3_000);
    for (const side of [world.a, world.b]) {
      expect(side.agent.state).toBe('connected');
      expect(states(side)).toHaveLength(9);
      expect(count(side, 'active')).toBe(3);
      expect(count(side, 'standby')).toBe(6);
      const active = [...side.agent.paths()].map((p) => side.agent.pathStats(p)).filter((p) => p.state === 'active');
      expect(new Set(active.map((p) => p.egress)).size).toBe(3);
      expect(new Set(active.map((p) => p.remoteAddress)).size).toBe(3);
    }
    expect(eventsOf(world.a, 'hawser-peer')).toHaveLength(1);
  });
});
