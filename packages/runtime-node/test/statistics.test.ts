import { describe, expect, it } from 'vitest';
import { type IceCandidatePairStats, QlogTrace } from '../src/index.ts';
import { connectedPair } from './kit/connected-pair.ts';

describe('getStats on real sockets', () => {
  it('has a pair for each path, with what it carried and how long a round trip takes', async () => {
    const pair = await connectedPair();
    const replies = pair.channel.messages();
    pair.incoming.onmessage = ({ data }) => pair.incoming.send(data);
    for (let i = 0; i < 20; i++) {
      pair.channel.send('x'.repeat(500));
      await replies.next();
    }
    const before = Date.now();
    const report = await pair.offerer.getStats();
    const pairs = [...report.values()].filter(
      (stats): stats is IceCandidatePairStats => stats.type === 'candidate-pair',
    );
    expect(pairs.length).toBe(pair.offerer.getMultipathStats().paths.length);
    expect(pairs.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBeGreaterThan(20 * 500);
    for (const { currentRoundTripTime, timestamp } of pairs) {
      expect(currentRoundTripTime).toBeGreaterThan(0);
      expect(currentRoundTripTime).toBeLessThan(10);
      expect(Math.abs(timestamp - before)).toBeLessThan(60_000);
    }
    expect([...report.values()].find(({ type }) => type === 'data-channel')).toMatchObject({ messagesSent: 20 });
    for (const { consentAgeMs } of pair.offerer.getMultipathStats().paths) {
      expect(consentAgeMs).toBeGreaterThanOrEqual(0);
      expect(consentAgeMs).toBeLessThan(30_000);
    }
    await pair.close();
  });

  it('traces what every layer does, without addresses, to whom it is told to', async () => {
    const records: string[] = [];
    const now = performance.now();
    const traceTo = new QlogTrace((record) => records.push(record), { start: { now, unixMs: Date.now() } });
    const pair = await connectedPair({ traceTo });
    await pair.close();
    const events = records.slice(1).map((record) => JSON.parse(record.slice(1)) as { name: string; time: number });
    const names = new Set(events.map(({ name }) => name));
    for (const name of ['hawser:path_state', 'ice:state_updated', 'webrtc:connection_state']) {
      expect(names).toContain(name);
    }
    for (const { time } of events) expect(time).toBeGreaterThanOrEqual(0);
    expect(records.join('')).not.toMatch(/127\.0\.0\.\d/);
  });
});
