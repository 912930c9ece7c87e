import { describe, expect, it } from 'vitest';
import { SCENARIOS, scenarioNamed } from './index.ts';

describe('the scenarios', () => {
  it('are values: JSON and back they are the same', () => {
    expect(JSON.parse(JSON.stringify(SCENARIOS))).toEqual(SCENARIOS);
  });

  it('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(scenarioNamed('two-equal').paths).toHaveLength(2);
    expect(() => scenarioNamed('three-equal')).toThrow('three-equal');
  });

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s makes sense', (_, scenario) => {
    const { paths, events = [], seconds = 20, traffic, primary } = scenario;
    expect(scenario.why).not.toBe('');
    expect(new Set(paths.map(({ name }) => name)).size).toBe(paths.length);
    for (const { path, atMs, withinMs = 0 } of events) {
      expect(path === 'all' || paths[path] !== undefined).toBe(true);
      expect(atMs + withinMs).toBeLessThan(seconds * 1000);
    }
    // What takes what it gets is measured by how much that is; the rest sends what it sends.
    expect(primary === 'goodputBps').toBe(traffic.type === 'bulk');
    expect(primary === 'timelyBps').toBe(traffic.type === 'adaptive-video');
  });
});
