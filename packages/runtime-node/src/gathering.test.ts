import { describe, expect, it, vi } from 'vitest';
import type { Driver } from './driver.ts';
import { Gathering, type ServerFault } from './gathering.ts';

/** Gathering between a machine and a driver that only note what they are told. */
function gatheringOn(
  overrides: Record<string, unknown> = {},
  driverOverrides: Record<string, unknown> = {},
  configOverrides: Record<string, unknown> = {},
  onFault: (fault: ServerFault) => void = () => {},
) {
  const packets = { sent: 0 };
  const open: number[] = [];
  const told: string[] = [];
  const held: (() => void)[] = [];
  let numbered = 0;
  const machine = {
    addBase: (_now: number, { base }: { base: number }) => void told.push(`base ${base}`),
    removeBase: (_now: number, base: number) => void told.push(`no base ${base}`),
    baseFailed: (_now: number, id: number, reason: string) => void told.push(`need ${id}: ${reason}`),
    ...overrides,
  };
  const driver = {
    openBase: async (address: string) => {
      const base = numbered++;
      // Sockets behind the first are opened when the test says so.
      if (base > 0) await new Promise<void>((resolve) => void held.push(resolve));
      open.push(base);
      return { base, address, port: 5000 + base };
    },
    closeBase: async (base: number) => void open.splice(open.indexOf(base), 1),
    poke: () => {},
    packetsSent: () => packets.sent,
    ...driverOverrides,
  } as unknown as Driver<{ type: string }>;
  const readCounters = () => new Map([['eth0', packets.sent]]);
  const config = { addresses: [], iceTcp: 'none', listAddresses: () => [], readCounters } as const;
  const gathering = new Gathering(machine as never, driver, { ...config, ...configOverrides }, onFault);
  return { gathering, packets, open, told, bind: () => held.shift()?.() };
}

function throwing(code: string) {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

describe('an address that is removed', () => {
  it('takes along the spare socket that was being opened on it', async () => {
    const { gathering, open, told, bind } = gatheringOn();
    await gathering.add({ address: '192.0.2.1' });
    const provided = gathering.provide({ id: 7, address: '192.0.2.1', egress: undefined, transport: 'udp' });
    await gathering.remove('192.0.2.1');
    bind();
    await provided;
    expect(open).toEqual([]);
    expect(told).toEqual(['base 0', 'no base 0', 'need 7: the address is gone']);
  });

  it('closes its sockets though a machine that has failed knows nothing of them', async () => {
    const { gathering, open } = gatheringOn({ removeBase: throwing('unknown-base') });
    await gathering.add({ address: '192.0.2.1' });
    await gathering.remove('192.0.2.1');
    expect(open).toEqual([]);
  });

  it('hides no other error of the machine', async () => {
    const { gathering } = gatheringOn({ removeBase: throwing('bad-config') });
    await gathering.add({ address: '192.0.2.1' });
    await expect(gathering.remove('192.0.2.1')).rejects.toThrow('bad-config');
  });
});

describe('addresses that are removed', () => {
  it('are all told to the machine before the first of their sockets has closed', async () => {
    const { gathering, told, bind } = gatheringOn({}, { closeBase: () => new Promise(() => {}) });
    await gathering.add({ address: '192.0.2.1' });
    const provided = gathering.provide({ id: 7, address: '192.0.2.1', egress: undefined, transport: 'udp' });
    bind();
    await provided;
    void gathering.remove('192.0.2.1');
    expect(told).toEqual(['base 0', 'base 1', 'no base 0', 'no base 1']);
  });
});

describe('gathering that is given up', () => {
  it('looks for interfaces no more, and finds fault with nothing', async () => {
    vi.useFakeTimers();
    try {
      let looks = 0;
      const faults: string[] = [];
      const listAddresses = () => {
        looks++;
        return [{ address: '192.0.2.1', family: 4, interface: 'eth0', loopback: false }];
      };
      const openBase = async () => throwing('closed')();
      const { gathering } = gatheringOn(
        {},
        { openBase },
        { addresses: undefined, listAddresses, iceTcp: 'both', iceServers: [{ urls: 'stun:192.0.2.9' }] },
        (fault) => faults.push(fault.code),
      );
      const started = gathering.start();
      const closed = gathering.close();
      await Promise.all([started, closed]);
      const before = looks;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(looks).toBe(before);
      expect(faults).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a socket that the machine does not take', () => {
  it('is closed, whether it was for an address or for a need', async () => {
    let isTaken = false;
    const { gathering, open, told, bind } = gatheringOn({
      addBase: () => {
        if (!isTaken) throwing('bad-base')();
      },
    });
    await expect(gathering.add({ address: '192.0.2.1' })).rejects.toThrow('bad-base');
    expect(open).toEqual([]);
    isTaken = true;
    const added = gathering.add({ address: '192.0.2.1' });
    bind();
    await added;
    isTaken = false;
    const provided = gathering.provide({ id: 7, address: '192.0.2.1', egress: undefined, transport: 'udp' });
    bind();
    await provided;
    expect(open).toEqual([1]);
    expect(told).toEqual(['need 7: bad-base']);
  });
});

describe('an egress that is learned', () => {
  /** Bursts of packets that all leave by one interface, until that is certain. */
  async function learn({ gathering, packets }: ReturnType<typeof gatheringOn>): Promise<void> {
    vi.useFakeTimers();
    try {
      await gathering.add({ address: '192.0.2.1' });
      for (let burst = 0; burst < 5; burst++) {
        gathering.beforeSend();
        packets.sent += 4;
        vi.advanceTimersByTime(100);
      }
    } finally {
      gathering.close();
      vi.useRealTimers();
    }
  }

  it('is told', async () => {
    const learned: unknown[] = [];
    await learn(gatheringOn({ setBaseEgress: (_now: number, ...what: unknown[]) => void learned.push(what) }));
    expect(learned).toEqual([[0, 'eth0']]);
  });

  it('ends nothing where the machine has failed and knows nothing of the socket', async () => {
    await learn(gatheringOn({ setBaseEgress: throwing('unknown-base') }));
    await expect(learn(gatheringOn({ setBaseEgress: throwing('bad-config') }))).rejects.toThrow('bad-config');
  });
});
