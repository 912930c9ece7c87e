import { FlowTable, type Instant, Verdict } from '@hawser/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Driver } from './driver.ts';
import { openUdpSocket } from './sockets.ts';

/** A machine that wants nothing but to be woken at `at`. */
const sleeper = (at: Instant) => ({
  flows: new FlowTable(),
  handleSendError: () => {},
  handleDatagram: () => Verdict.notMine,
  handleTimeout: () => {},
  pollTransmit: () => false,
  pollEvent: () => undefined,
  pollTimeout: () => at,
});

describe('the timer of a driver', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is never longer than the system can count', async () => {
    const delays: (number | undefined)[] = [];
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
      delays.push(ms);
      return setTimeout(run, 1_000);
    }) as typeof setTimeout);
    const driver = new Driver(sleeper(4_294_967_295_000), openUdpSocket, { onEvent: () => {} });
    driver.flush();
    await driver.close();
    expect(delays).toEqual([0x7fff_ffff]);
  });
});
