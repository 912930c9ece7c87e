import { Pipe, type PipeConfig, SeededRandom, VirtualClock } from '@hawser/netsim';
import { HmacSha1, NEVER, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import {
  NO_TRANSACTION,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  type TransactionStats,
  TransactionTable,
  TransportAddress,
} from '../../src/index.ts';

const key = new HmacSha1(Uint8Array.of(1, 2, 3));

interface Packet {
  readonly bytes: Uint8Array;
}

interface Outcome {
  readonly log: string[];
  readonly rttsMs: number[];
  readonly stats: TransactionStats;
  readonly requestsServed: number;
  readonly endedAt: number;
}

/** A client that asks `count` times, 100 ms apart, and a server that answers what is authentic. */
function run(seed: string, count: number, config: PipeConfig): Outcome {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const table = new TransactionTable();
  const log: string[] = [];
  const rttsMs: number[] = [];
  let requestsServed = 0;
  let wakeAt = NEVER;

  const clientReader = new StunReader();
  const serverReader = new StunReader();
  const writer = new StunWriter();
  const mapped = new TransportAddress();
  mapped.set('192.0.2.1', 5000);

  const up = new Pipe<Packet>(clock, random.fork('up'), config, ({ bytes }) => {
    if (serverReader.parse(bytes, 0, bytes.length) !== Verdict.consumed || !serverReader.verifyIntegrity(key)) return;
    requestsServed++;
    const out = new Uint8Array(100);
    writer.begin(out, 0, 100, StunClass.success, StunMethod.binding, bytes, serverReader.transactionIdOffset);
    writer.xorMappedAddress(mapped);
    writer.integrity(key);
    writer.fingerprint();
    down.send({ bytes: out.slice(0, writer.finish()) });
  });
  const down = new Pipe<Packet>(clock, random.fork('down'), config, ({ bytes }) => {
    if (clientReader.parse(bytes, 0, bytes.length) !== Verdict.consumed || !clientReader.verifyIntegrity(key)) return;
    const handle = table.find(bytes, clientReader.transactionIdOffset);
    if (handle === NO_TRANSACTION) return;
    const rttMs = table.complete(handle, clock.now);
    if (rttMs >= 0) rttsMs.push(rttMs);
    log.push(`${clock.now} answer`);
  });

  const id = new Uint8Array(12);
  const send = (handle: number): void => {
    const out = new Uint8Array(100);
    table.copyId(handle, id, 0);
    writer.begin(out, 0, 100, StunClass.request, StunMethod.binding, id, 0);
    writer.username('there:here');
    writer.integrity(key);
    writer.fingerprint();
    up.send({ bytes: out.slice(0, writer.finish()) });
  };
  const wake = (): void => {
    for (let handle = table.takeDue(clock.now); handle !== NO_TRANSACTION; handle = table.takeDue(clock.now)) {
      if (table.due === 'retransmit') send(handle);
      else log.push(`${clock.now} ${table.due}`);
    }
    rearm();
  };
  const rearm = (): void => {
    const next = table.nextDeadline();
    if (next === NEVER || (next >= wakeAt && wakeAt > clock.now)) return;
    wakeAt = next;
    clock.schedule(next, wake);
  };

  for (let i = 0; i < count; i++) {
    clock.schedule(i * 100, () => {
      random.fillSecure(id, 0, 12);
      send(table.start(clock.now, id, 0));
      rearm();
    });
  }
  clock.runUntilIdle();
  expect(table.size).toBe(0);
  return { log, rttsMs, stats: table.stats(), requestsServed, endedAt: clock.now };
}

test('over a perfect link every request is answered once, in one round trip', () => {
  const { rttsMs, stats, requestsServed } = run('perfect', 50, { delayMs: 20 });
  expect(rttsMs).toEqual(new Array(50).fill(40));
  expect(stats).toMatchObject({ started: 50, completed: 50, retransmitted: 0, timedOut: 0 });
  expect(requestsServed).toBe(50);
});

test('over a dead link every transaction fails 39.5 s after it began, and only then', () => {
  const { log, stats } = run('dead', 3, { loss: 1 });
  expect(log).toEqual(['39500 timeout', '39600 timeout', '39700 timeout']);
  expect(stats).toMatchObject({ retransmitted: 18, timedOut: 3, completed: 0 });
});

describe.each([1, 2, 3, 4, 5])('seed %i, loss of 0.3, jitter, copies and late packets', (seed) => {
  const config: PipeConfig = { delayMs: 50, jitterMs: 80, keepsOrder: false, loss: 0.3, duplicate: 0.1, reorder: 0.1 };

  test('every transaction ends exactly once', () => {
    const { log, stats } = run(`rough-${seed}`, 200, config);
    expect(log.length).toBe(200);
    expect(stats.started).toBe(200);
    expect(stats.completed + stats.timedOut).toBe(200);
    expect(stats.completed).toBeGreaterThan(190);
    expect(stats.retransmitted).toBeGreaterThan(50);
  });

  test('a round trip is never shorter than the link, nor taken from a request that was repeated', () => {
    const { rttsMs, stats } = run(`rough-${seed}`, 200, config);
    for (const rttMs of rttsMs) {
      expect(rttMs).toBeGreaterThanOrEqual(100);
      expect(rttMs).toBeLessThanOrEqual(500);
    }
    expect(rttsMs.length).toBeLessThan(stats.completed);
  });

  test('is the same again', () => {
    expect(run(`rough-${seed}`, 100, config)).toEqual(run(`rough-${seed}`, 100, config));
  });
});

test('an answer to a round trip longer than RTO completes the transaction without a sample (Karn)', () => {
  const { rttsMs, stats, requestsServed } = run('slow', 5, { delayMs: 300 });
  expect(rttsMs).toEqual([]);
  expect(stats).toMatchObject({ completed: 5, retransmitted: 5 });
  expect(requestsServed).toBe(10);
});
