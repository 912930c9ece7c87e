import { createSlot } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SctpError } from '../../src/errors.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { type AssociationPair, connected, tellPath, transfer } from '../support/associations.ts';
import { chunkTypes } from '../support/bytes.ts';

const PROBING = { maxMtuBytes: 1463 };
const mtuOf = (pair: AssociationPair, path: number) => pair.a.machine.pathStats(path)?.mtuBytes as number;

/** Notes the length of everything with DATA that a sends from now on. */
function dataLengths(pair: AssociationPair): Set<number> {
  const lengths = new Set<number>();
  for (const { aToB } of pair.paths) {
    aToB.passes = ({ bytes }) => {
      if (chunkTypes(bytes).includes(ChunkType.data)) lengths.add(bytes.length);
      return true;
    };
  }
  return lengths;
}

describe('path MTU discovery', () => {
  it('finds the largest packet at once when the path takes it, and uses it', () => {
    const pair = connected({ a: PROBING });
    pair.runFor(100);
    expect(mtuOf(pair, 0)).toBe(1460);
    const lengths = dataLengths(pair);
    expect(transfer(pair, 300_000).wrong).toBe(0);
    expect(Math.max(...lengths)).toBeGreaterThan(1440);
    expect(pair.b.machine.stats().chunksUnknown).toBe(0);
  });

  it.each([1200, 1283, 1400, 1455])('comes near to %d where that is what passes', (mtuBytes) => {
    const pair = connected({ paths: [{ delayMs: 10, mtuBytes }], a: PROBING });
    pair.runFor(60_000);
    expect(mtuOf(pair, 0)).toBeLessThanOrEqual(mtuBytes);
    expect(mtuOf(pair, 0)).toBeGreaterThan(mtuBytes - 20);
    const { windowBytes, retransmitted } = pair.a.machine.pathStats(0) as {
      windowBytes: number;
      retransmitted: number;
    };
    expect(windowBytes).toBeGreaterThan(10_000);
    expect(retransmitted).toBe(0);
    expect(transfer(pair, 300_000).wrong).toBe(0);
  });

  it('is not misled by loss', () => {
    const pair = connected({ paths: [{ delayMs: 10, loss: 0.1, mtuBytes: 1400 }], a: PROBING, seed: 51 });
    pair.runFor(120_000);
    expect(mtuOf(pair, 0)).toBeGreaterThan(1300);
    expect(transfer(pair, 300_000).wrong).toBe(0);
  });

  it('tries larger ones again every ten minutes', () => {
    const pair = connected({ paths: [{ delayMs: 10, mtuBytes: 1200 }], a: PROBING });
    pair.runFor(60_000);
    expect(mtuOf(pair, 0)).toBeLessThanOrEqual(1200);
    pair.paths[0].update({ mtuBytes: 1500 });
    pair.runFor(620_000);
    expect(mtuOf(pair, 0)).toBe(1460);
  });

  it('sends what passes all paths on each of them, standby ones included, and not failed ones', () => {
    const paths = [{ delayMs: 10 }, { delayMs: 10, mtuBytes: 1300 }];
    const pair = connected({ paths, a: PROBING });
    tellPath(pair, 1, 'standby');
    pair.runFor(60_000);
    expect(mtuOf(pair, 0)).toBe(1460);
    expect(mtuOf(pair, 1)).toBeGreaterThan(1280);
    const lengths = dataLengths(pair);
    transfer(pair, 200_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1300);
    tellPath(pair, 1, 'failed');
    transfer(pair, 200_000);
    expect(Math.max(...lengths)).toBeGreaterThan(1440);
  });

  it('sends what was cut for large packets again by a path that takes them', () => {
    const link = { delayMs: 20, rateBps: 20e6, queueBytes: 100_000, loss: 0.05 };
    const pair = connected({ paths: [link, { delayMs: 5, rateBps: 20e6, mtuBytes: 1250 }], a: PROBING, seed: 53 });
    tellPath(pair, 1, 'failed');
    pair.runFor(60_000);
    let oversize = 0;
    pair.paths[1].aToB.passes = ({ bytes }) => {
      if (bytes.length > 1250 && chunkTypes(bytes).includes(ChunkType.data)) oversize++;
      return true;
    };
    for (let ms = 100; ms < 3000; ms += 200) {
      pair.clock.scheduleIn(ms, () => tellPath(pair, 1, 'active'));
      pair.clock.scheduleIn(ms + 100, () => tellPath(pair, 1, 'failed'));
    }
    expect(transfer(pair, 2_000_000).wrong).toBe(0);
    expect(pair.a.machine.pathStats(1)?.packetsSent).toBeGreaterThan(100);
    expect(oversize).toBe(0);
  });

  it('goes back when large packets begin to vanish on one path, and loses nothing', () => {
    const link = { delayMs: 10, rateBps: 20e6, queueBytes: 100_000 };
    const pair = connected({ paths: [link, link], a: PROBING, seed: 52 });
    pair.runFor(100);
    pair.clock.scheduleIn(500, () => pair.paths[0].update({ ...link, mtuBytes: 1250 }));
    expect(transfer(pair, 5_000_000).wrong).toBe(0);
    pair.runFor(60_000);
    expect(mtuOf(pair, 0)).toBeLessThanOrEqual(1250);
    expect(mtuOf(pair, 1)).toBe(1460);
    expect(pair.a.machine.state).toBe('established');
  });

  it('is left alone by default, and says what room a slot needs', () => {
    const pair = connected();
    pair.runFor(60_000);
    expect(mtuOf(pair, 0)).toBe(1163);
    const probing = connected({ a: PROBING });
    expect(() => probing.a.machine.pollTransmit(probing.clock.now, createSlot(1300))).toThrow(SctpError);
  });

  it('marks what asks about its path', () => {
    const pair = connected({ a: { ...PROBING, heartbeatIntervalMs: 0 } });
    pair.a.stop();
    const { machine } = pair.a;
    const slot = createSlot(1500);
    const marked: [boolean, number][] = [];
    machine.handlePath(1, 5, { ...INFO, state: 'active' });
    machine.handleTimeout(1e6);
    while (machine.pollTransmit(1e6, slot)) marked.push([machine.lastPacket.isBoundToPath, slot.path]);
    expect(marked).toContainEqual([true, 5]);
  });
});

const INFO = { mtuBytes: 1200, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: undefined, cost: 0 };
