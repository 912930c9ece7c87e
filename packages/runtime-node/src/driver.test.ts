import { type FlowId, FlowTable, type Instant, NEVER, type Slot, Verdict } from '@hawser/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DrivenMachine, Driver } from './driver.ts';
import type { DatagramHandlers, DatagramSocket } from './sockets.ts';

/** A machine that sends what it is told to, and remembers which sends were refused. */
class Sender implements DrivenMachine<{ readonly type: string }> {
  readonly flows = new FlowTable(8);
  readonly queue: FlowId[] = [];
  readonly refused: string[] = [];
  readonly writable: boolean[] = [];
  wakeAt: Instant = NEVER;

  handleDatagram(): Verdict {
    return Verdict.consumed;
  }

  handleTimeout(): void {}

  handleSendError(_now: Instant, _flow: FlowId, code: string): void {
    this.refused.push(code);
  }

  setFlowWritable(_now: Instant, _flow: FlowId, isWritable: boolean): void {
    this.writable.push(isWritable);
  }

  pollTransmit(_now: Instant, slot: Slot): boolean {
    const flow = this.queue.shift();
    if (flow === undefined) return false;
    slot.flow = flow;
    slot.length = 1;
    return true;
  }

  readonly events: { readonly type: string }[] = [];

  pollEvent(): { readonly type: string } | undefined {
    return this.events.shift();
  }

  pollTimeout(): Instant {
    return this.wakeAt;
  }
}

let open: Driver<{ readonly type: string }>[] = [];
afterEach(async () => {
  await Promise.all(open.map((driver) => driver.close()));
  open = [];
});

/** A driver whose sockets refuse the packets that `refusal` has a code for. */
function driving(refusal: () => string | undefined, onEvent: () => void = () => undefined) {
  const machine = new Sender();
  let before = 0;
  let sent = 0;
  const driver = new Driver(
    machine,
    async (address): Promise<DatagramSocket> => ({
      address,
      port: 5_000,
      send: (_bytes, _offset, _length, _port, _to, done) => {
        const code = refusal();
        sent++;
        done(code === undefined ? null : Object.assign(new Error(code), { code }));
      },
      close: async () => undefined,
    }),
    {
      onEvent,
      onBeforeSend: () => {
        before++;
      },
    },
  );
  open.push(driver);
  return { machine, driver, before: () => before, sent: () => sent };
}

describe('the driver', () => {
  it.each(['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EPERM'])(
    'tells of %s at once',
    async (code) => {
      const { machine, driver } = driving(() => code);
      const { base } = await driver.openBase('192.0.2.1');
      machine.queue.push(machine.flows.intern(base, '198.51.100.1', 9));
      driver.flush();
      expect(machine.refused).toEqual([code]);
    },
  );

  it.each(['ENOBUFS', 'ENOMEM', 'EAGAIN'])(
    'takes %s for a lost packet: nothing is wrong with the path',
    async (code) => {
      const { machine, driver } = driving(() => code);
      const { base } = await driver.openBase('192.0.2.1');
      machine.queue.push(machine.flows.intern(base, '198.51.100.1', 9));
      driver.flush();
      expect(machine.refused).toEqual([]);
      expect(driver.packetsSent(base)).toBe(0);
    },
  );

  it('counts what each base has sent and the system took, and says once when a batch is about to leave', async () => {
    let sends = 0;
    const { machine, driver, before } = driving(() => (++sends % 3 === 0 ? 'ENETUNREACH' : undefined));
    const first = (await driver.openBase('192.0.2.1')).base;
    const second = (await driver.openBase('192.0.2.2')).base;
    const flows = [first, second].map((base) => machine.flows.intern(base, '198.51.100.1', 9));
    for (let i = 0; i < 6; i++) machine.queue.push(flows[0]);
    machine.queue.push(flows[1]);
    driver.flush();
    expect([driver.packetsSent(first), driver.packetsSent(second), driver.packetsSent(77)]).toEqual([4, 1, 0]);
    expect(before()).toBe(1);
    driver.flush();
    expect(before()).toBe(1);
  });

  it('sends nothing from a base that is closed', async () => {
    const { machine, driver } = driving(() => undefined);
    const { base } = await driver.openBase('192.0.2.1');
    machine.queue.push(machine.flows.intern(base, '198.51.100.1', 9));
    await driver.closeBase(base);
    driver.flush();
    expect([driver.packetsSent(base), machine.refused]).toEqual([0, []]);
  });

  it('tells what becomes of streams, of flows that are known', async () => {
    const { machine, driver } = driving(() => undefined);
    let stream: DatagramHandlers | undefined;
    const { base } = await driver.openBase('192.0.2.1', 0, async (address, port, handlers) => {
      stream = handlers;
      return { address, port, send: () => undefined, close: async () => undefined };
    });
    machine.flows.intern(base, '198.51.100.1', 9);
    stream?.onWritable?.(false, '198.51.100.1', 9);
    stream?.onWritable?.(true, '198.51.100.1', 9);
    stream?.onWritable?.(false, '198.51.100.1', 10);
    stream?.onClosed?.('ECONNRESET', '198.51.100.1', 9);
    stream?.onClosed?.('ECONNREFUSED', '198.51.100.1', 10);
    expect([machine.writable, machine.refused]).toEqual([[false, true], ['ECONNRESET']]);
    await driver.close();
    stream?.onWritable?.(false, '198.51.100.1', 9);
    stream?.onClosed?.('ECONNRESET', '198.51.100.1', 9);
    expect([machine.writable.length, machine.refused.length]).toEqual([2, 1]);
  });

  it('arms no timer longer than the system can count, which would fire at once', () => {
    const { machine, driver } = driving(() => undefined);
    machine.wakeAt = 4_294_967_295_000;
    const timer = vi.spyOn(globalThis, 'setTimeout');
    driver.flush();
    expect(timer.mock.calls.map(([, ms]) => ms)).toEqual([0x7fff_ffff]);
    timer.mockRestore();
  });

  it('tells of what arrived before anything leaves', async () => {
    let sentBefore = -1;
    const { machine, driver, sent } = driving(
      () => undefined,
      () => {
        sentBefore = sent();
      },
    );
    const { base } = await driver.openBase('192.0.2.1');
    machine.queue.push(machine.flows.intern(base, '198.51.100.1', 9));
    machine.events.push({ type: 'readable' });
    driver.flush();
    expect([sentBefore, sent()]).toEqual([0, 1]);
  });

  it('sends in the same drain what an event makes the owner send, and lets others have a turn in between', async () => {
    const immediate = vi.spyOn(globalThis, 'setImmediate');
    let answers = 0;
    const { machine, driver, sent } = driving(
      () => undefined,
      () => {
        if (answers-- === 0) return;
        machine.queue.push(flow);
        machine.events.push({ type: 'readable' });
        driver.poke();
      },
    );
    const { base } = await driver.openBase('192.0.2.1');
    const flow = machine.flows.intern(base, '198.51.100.1', 9);
    answers = 3;
    machine.events.push({ type: 'readable' });
    driver.flush();
    expect([sent(), immediate.mock.calls.length]).toEqual([3, 0]);
    machine.wakeAt = NEVER;
    let rounds = 0;
    machine.pollEvent = () => {
      if (rounds++ % 2 === 0) driver.poke();
      return undefined;
    };
    driver.flush();
    expect(rounds).toBe(16);
    expect(immediate).toHaveBeenCalledTimes(1);
    immediate.mockRestore();
  });

  it('looks at the clock again while many packets leave', async () => {
    let at = 100;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => at++);
    const { machine, driver } = driving(() => undefined);
    const { base } = await driver.openBase('192.0.2.1');
    const flow = machine.flows.intern(base, '198.51.100.1', 9);
    const times: number[] = [];
    const poll = machine.pollTransmit.bind(machine);
    machine.pollTransmit = (now, slot) => {
      if (machine.queue.length > 0) times.push(now);
      return poll(now, slot);
    };
    for (let i = 0; i < 40; i++) machine.queue.push(flow);
    driver.flush();
    clock.mockRestore();
    expect(times).toHaveLength(40);
    expect(new Set(times).size).toBe(3);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
