import { PacketClass } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { PathRecord } from '../path-records.ts';
import { SentAs } from '../statistics/sent-as.ts';
import { Traffic } from '../statistics/traffic.ts';
import { SessionTrace } from './session-trace.ts';
import { resolveTrace } from './trace-config.ts';

type Told = { now: number; name: string; data: Readonly<Record<string, unknown>> };

function traced(config: Parameters<typeof resolveTrace>[0] = {}): { trace: SessionTrace; told: Told[] } {
  const told: Told[] = [];
  const sink = { trace: (now: number, name: string, data: Told['data']) => told.push({ now, name, data }) };
  return { trace: new SessionTrace(sink as never, resolveTrace(config)), told };
}

describe('the trace of a session', () => {
  it('tells the metrics of a path once in an interval', () => {
    const { trace, told } = traced({ metricsIntervalMs: 1000 });
    const record = new PathRecord(0, 3, 1200);
    record.measure({
      state: 'active',
      srttMs: 20.12345,
      rttVarMs: 2,
      lossRatio: 0,
      mtuBytes: 0,
      egress: undefined,
      cost: 0,
    });
    for (let now = 0; now < 3000; now += 100) trace.handleMeasured(now, record, 5);
    expect(told.map(({ now }) => now)).toEqual([0, 1000, 2000]);
    expect(told[0]).toMatchObject({
      name: 'hawser:metrics_updated',
      data: { path: 3, smoothed_rtt: 20.123, weight: 5 },
    });
    expect(told[0].data).not.toHaveProperty('pacing_rate');
    record.paceMedia(3000, 1e6);
    trace.handleMeasured(3000, record, 5);
    expect(told[3].data.pacing_rate).toBe(1e6);
  });

  it('tells no packet unless asked, and then one of so many', () => {
    const silent = traced();
    const sampled = traced({ packetSampling: 10 });
    for (let i = 0; i < 100; i++) {
      for (const { trace } of [silent, sampled]) trace.handleSent(i, 1, PacketClass.audio, 200, SentAs.copy);
    }
    expect(silent.told).toEqual([]);
    expect(sampled.told).toHaveLength(10);
    expect(sampled.told[0]).toEqual({
      now: 9,
      name: 'hawser:packet_sent',
      data: { path: 1, class: 'audio', length: 200, as: 'copy' },
    });
  });

  it('tells what the gate decides when it decides otherwise, and begins anew with a path', () => {
    const { trace, told } = traced();
    for (const isOut of [false, true, true, false]) trace.handleGate(0, 2, isOut);
    trace.handleGate(0, 2, true);
    trace.handlePathState(0, 2, 'discarded', 'abandoned', 'closed');
    trace.handleGate(0, 2, false);
    expect(told.filter(({ name }) => name === 'hawser:gate').map(({ data }) => data.used)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('tells states, failovers, steering, the target and the cost of redundancy', () => {
    const { trace, told } = traced();
    const traffic = new Traffic();
    traffic.handleSent(SentAs.first, 1000);
    traffic.handleSent(SentAs.copy, 100);
    trace.handlePathState(1, 0, 'standby', undefined, 'validated');
    trace.handleFailover(2, {
      at: 2,
      path: 0,
      why: '',
      detectMs: 31.4159,
      switchMs: undefined,
      applicationMs: undefined,
    });
    trace.handleSteered(3, 0, 20);
    trace.handleTarget(4, 1_000_000.4);
    trace.handleTraffic(5, traffic);
    trace.handleTraffic(6, traffic);
    expect(told.map(({ name, data }) => [name, data])).toEqual([
      ['hawser:path_state', { path: 0, old: 'none', new: 'standby', why: 'validated' }],
      ['hawser:failover', { path: 0, detect: 31.416 }],
      ['hawser:steered', { path: 0, after: 20 }],
      ['hawser:target_bitrate', { rate: 1_000_000 }],
      ['hawser:redundancy', { unique: 1000, duplicate: 100, retransmitted: 0, repair: 0, ratio: 0.1 }],
    ]);
  });

  it('refuses settings out of their range', () => {
    for (const bad of [
      { metricsIntervalMs: 1 },
      { packetSampling: -1 },
      { packetSampling: 0.5 },
      { packetSampling: Number.NaN },
    ]) {
      expect(() => resolveTrace(bad)).toThrowError(expect.objectContaining({ code: 'bad-config' }));
    }
  });
});
