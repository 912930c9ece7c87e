import { describe, expect, it } from 'vitest';
import { measureRoundTrips, measureThroughput, type SideCommand } from './side-processes.ts';

/** A side that answers the other's signal with `then`, told its role and task as real ones are. */
function side(then: string): SideCommand {
  const code = `
    const [role, mode, bytes, water, extra] = process.argv.slice(1);
    const say = (report) => console.log(JSON.stringify(report));
    console.log('a library says something');
    say({ signal: role });
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const heard = JSON.parse(line).signal;
      ${then}
    });`;
  return { program: process.execPath, args: ['-e', code], extra: ['more'] };
}

describe('two processes', () => {
  it('hear each other, and their window is reckoned in MB, messages and CPU', async () => {
    const measured = await measureThroughput(
      side(`
        if (role !== 'receive' || heard !== 'send' || mode !== 'throughput' || extra !== 'more') return;
        say({ begin: true });
        const from = process.cpuUsage();
        while (process.cpuUsage(from).user < 60_000);
        say({ end: { messages: Number(bytes), bytes: 2e6 * Number(water), ms: 500 } });`),
      100,
      3,
    );
    expect(measured).toMatchObject({ megabytesPerSecond: 12, messagesPerSecond: 200 });
    // 60 ms of CPU at the receiver, as far as ticks of 10 ms tell, over 0.006 GB and 0.5 s.
    expect(measured.receiverLoad).toBeGreaterThan(0);
    expect(measured.cpuSecondsPerGigabyte).toBeCloseTo((measured.receiverLoad + measured.senderLoad) / 0.012, 6);
  });

  it('tell of round trips, and when the channel opened at the sender', async () => {
    const trips = await measureRoundTrips(
      side(`
        say({ open: role === 'send' ? 7 : 99 });
        if (role === 'send') say({ roundTrips: { p50: 20, p99: 30 } });`),
      64,
    );
    expect(trips).toEqual({ p50Us: 20, p99Us: 30, setupMs: 7 });
  });

  it('fail with the last words of the one that ended', async () => {
    const failing = side(`if (role === 'send') { console.error('no such thing'); process.exit(3); }`);
    await expect(measureRoundTrips(failing, 64)).rejects.toThrow(/the send side ended with 3: no such thing/);
  });
});
