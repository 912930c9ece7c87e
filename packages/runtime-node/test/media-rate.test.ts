import { MinRttChooser } from '@hawser/multipath';
import { describe, expect, it } from 'vitest';
import {
  PeerConnection,
  type PeerConnectionConfig,
  type SchedulerFactory,
  type TargetBitrateEvent,
} from '../src/index.ts';
import { connectedPair, describe as negotiate } from './kit/connected-pair.ts';

/** The n-th packet of a source that the sender fills in. */
function rtp(n: number, bytes: number): Uint8Array {
  const packet = new Uint8Array(bytes);
  packet.set([0x80, 0, n >> 8, n & 0xff]);
  return packet;
}

/**
 * A pair that sends 50 packets of video a second (audio would leave twice, and such packets are samples of no path), until `isEnough` says so of what the offerer
 * is told.
 */
async function talk(a: PeerConnectionConfig, isEnough: (event: TargetBitrateEvent) => boolean) {
  const pair = await connectedPair(a);
  const told: TargetBitrateEvent[] = [];
  const enough = new Promise<void>((resolve) => {
    pair.offerer.ontargetbitrate = (event) => {
      told.push(event);
      if (isEnough(event)) resolve();
    };
  });
  const { sender } = pair.offerer.addTransceiver('video');
  await negotiate(pair.offerer, pair.answerer);
  let n = 0;
  const timer = setInterval(() => sender.send(rtp(n++, 400)), 20);
  await enough;
  clearInterval(timer);
  const stats = pair.offerer.getMultipathStats();
  await pair.close();
  return { told, stats };
}

describe('what encoders may send', () => {
  it('is told as `targetbitrate`, from the first report on', async () => {
    const { told, stats } = await talk({}, () => true);
    expect(told[0].type).toBe('targetbitrate');
    expect(told[0].bps).toBeGreaterThan(30_000);
    expect(stats.targetBps).toBeGreaterThan(30_000);
  });

  it('keeps the bounds of `mediaRate`, on one path', async () => {
    const mediaRate = { startBps: 400_000, minBps: 200_000, maxBps: 500_000 };
    const { told } = await talk({ addresses: ['127.0.0.1'], mediaRate, multipath: { enabled: false } }, () => true);
    for (const { bps } of told) {
      // Less what copies take.
      expect(bps).toBeGreaterThan(100_000);
      expect(bps).toBeLessThanOrEqual(500_000);
    }
  });
});

describe('settings of several paths', () => {
  it('reach the session: a scheduler of one’s own, rules by path, what copies may cost', async () => {
    let chosen = 0;
    class CountingChooser extends MinRttChooser {
      override choose(...args: Parameters<MinRttChooser['choose']>): number {
        chosen++;
        return super.choose(...args);
      }
    }
    const scheduler: SchedulerFactory = () => ({ chooser: new CountingChooser() });
    const asked: string[] = [];
    const { offerer, channel, close } = await connectedPair({
      multipath: {
        scheduler,
        pathRule: ({ localAddress }) => {
          asked.push(localAddress);
          return localAddress === '127.0.0.2' ? { priority: 'backup' } : undefined;
        },
        redundancyBudget: { share: 0.05 },
        doNoHarm: false,
        weightFormula: 'rate',
      },
    });
    channel.send('by the one that is no backup');
    await channel.drained();
    expect(chosen).toBeGreaterThan(0);
    expect(asked.every((address) => address.startsWith('127.0.0.'))).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
    expect(() => offerer.enableMultipath({ scheduler: 'auto', doNoHarm: true })).not.toThrow();
    await close();
  });

  it.each<[string, PeerConnectionConfig]>([
    ['scheduler', { multipath: { scheduler: 'fastest' as 'auto' } }],
    ['weightFormula', { multipath: { weightFormula: 'loss' as 'rate' } }],
    ['redundancyBudget.share', { multipath: { redundancyBudget: { share: 2 } } }],
    ['redundancyBudget.freeBps', { multipath: { redundancyBudget: { freeBps: Number.NaN } } }],
    ['reorderBudgetPackets', { multipath: { reorderBudgetPackets: 0 } }],
    ['mediaRate.minBps', { mediaRate: { minBps: 0 } }],
    ['mediaRate.maxBps', { mediaRate: { minBps: 50_000, maxBps: 40_000 } }],
    ['mediaRate.startBps', { mediaRate: { startBps: 1e12 } }],
  ])('are refused at once: %s', (name, config) => {
    expect(() => new PeerConnection(config)).toThrowError(
      expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(name) }),
    );
  });
});
