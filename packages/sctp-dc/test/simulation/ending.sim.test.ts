import { describe, expect, it } from 'vitest';
import { SctpAssociation } from '../../src/index.ts';
import { connected, makePair, pathInfo, readAll, sendText, tellPath } from '../support/associations.ts';
import { packetsOf, seededEnv } from '../support/bytes.ts';

describe('shutdown', () => {
  it.each([0, 0.2])('sends and acknowledges what is queued first (loss %f)', (loss) => {
    const pair = connected({ seed: 3, paths: [{ delayMs: 10, loss }] });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(500);
    pair.a.act((m, now) => {
      m.send(now, channel, new Uint8Array(100_000), 0, 100_000, true);
      m.shutdown(now);
    });
    pair.b.act((m, now) => m.send(now, channel, new Uint8Array(50_000), 0, 50_000, true));
    pair.runUntil(() => pair.a.machine.state === 'closed' && pair.b.machine.state === 'closed');
    expect(readAll(pair.b.machine).map((m) => m.bytes.length)).toEqual([100_000]);
    expect(readAll(pair.a.machine).map((m) => m.bytes.length)).toEqual([50_000]);
    for (const side of [pair.a, pair.b]) {
      expect(side.events.filter((e) => e.type === 'closed')).toEqual([
        { type: 'closed', reason: 'shutdown', detail: '' },
      ]);
      expect(side.events.filter((e) => e.type === 'channel-closed')).toHaveLength(1);
      expect(side.machine.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('may be asked for by both at once', () => {
    const pair = connected();
    pair.a.machine.shutdown(pair.clock.now);
    pair.b.machine.shutdown(pair.clock.now);
    pair.runUntil(() => pair.a.machine.state === 'closed' && pair.b.machine.state === 'closed');
    expect(pair.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'shutdown' });
    expect(pair.b.events.at(-1)).toMatchObject({ type: 'closed', reason: 'shutdown' });
  });

  it('gives up on a peer that does not answer', () => {
    const pair = connected();
    pair.b.stop();
    pair.a.act((m, now) => m.shutdown(now));
    pair.runUntil(() => pair.a.machine.state === 'closed', 300_000);
    expect(pair.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'peer-unreachable' });
  });

  it('before the association is up is its end', () => {
    const machine = new SctpAssociation({ dtlsRole: 'client' }, seededEnv());
    machine.handlePath(0, 0, pathInfo('active'));
    machine.connect(0);
    packetsOf(machine, 0);
    machine.shutdown(1);
    expect(machine.pollEvent()).toMatchObject({ type: 'closed', reason: 'aborted-locally' });
    expect(packetsOf(machine, 1)).toHaveLength(0);
  });
});

describe('abort', () => {
  it('tells the peer why, and leaves nothing behind', () => {
    const pair = connected();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(100);
    pair.a.act((m, now) => sendText(m, now, channel, 'unsent'));
    pair.a.act((m, now) => m.abort(now, 'enough'));
    pair.runFor(50);
    expect(pair.a.events.slice(-2).map((e) => e.type)).toEqual(['channel-closed', 'closed']);
    expect(pair.b.events).toContainEqual({
      type: 'closed',
      reason: 'aborted-by-peer',
      detail: 'user-initiated abort: enough',
    });
    expect(pair.a.machine.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
  });
});

describe('a peer that is gone', () => {
  it('is given up after the configured repetitions of DATA', () => {
    const pair = connected({ a: { maxRetransmissions: 4 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(100);
    pair.b.stop();
    pair.a.act((m, now) => sendText(m, now, channel, 'anyone?'));
    pair.runUntil(() => pair.a.machine.state === 'closed');
    expect(pair.a.events).toContainEqual({
      type: 'closed',
      reason: 'peer-unreachable',
      detail: 'too many retransmissions',
    });
    expect(pair.a.machine.stats().timeouts).toBe(5);
  });

  it('is not given up for the paths that wait for it: each may miss as many as one alone', () => {
    const paths = [{ delayMs: 5 }, { delayMs: 5 }, { delayMs: 5 }];
    const pair = connected({ paths });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(100);
    // The way back is cut: everything arrives, nothing is heard.
    for (const path of pair.paths) path.bToA.cut();
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(50_000), 0, 50_000, true));
    pair.runFor(3_000);
    expect(pair.a.machine.stats().timeouts).toBeGreaterThan(3);
    for (const path of pair.paths) path.bToA.restore();
    pair.runFor(5_000);
    expect(pair.a.machine.state).toBe('established');
    expect(readAll(pair.b.machine).map((m) => m.bytes.length)).toEqual([50_000]);
  });

  it('is given up by HEARTBEATs alone when there is nothing to send', () => {
    const pair = connected({ a: { heartbeatIntervalMs: 5000, maxRetransmissions: 3 } });
    pair.b.stop();
    pair.runUntil(() => pair.a.machine.state === 'closed', 100_000);
    expect(pair.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'peer-unreachable' });
  });

  it('is not given up while no path is active', () => {
    const pair = connected({ a: { heartbeatIntervalMs: 1000, maxRetransmissions: 1 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(100);
    tellPath(pair, 0, 'failed');
    pair.a.act((m, now) => sendText(m, now, channel, 'patience'));
    pair.runFor(100_000);
    tellPath(pair, 0, 'active');
    pair.runFor(100);
    expect(readAll(pair.b.machine)).toHaveLength(1);
  });
});

describe('an idle path', () => {
  it('is kept measured by HEARTBEATs', () => {
    const pair = makePair({ paths: [{ delayMs: 10 }, { delayMs: 70 }], a: { heartbeatIntervalMs: 1000 } });
    pair.a.act((m, now) => m.connect(now));
    pair.runFor(5000);
    expect(pair.a.machine.pathStats(0)?.srttMs).toBe(20);
    expect(pair.a.machine.pathStats(1)?.srttMs).toBe(140);
  });
});
