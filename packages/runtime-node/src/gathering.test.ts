import { expect, it } from 'vitest';
import type { Driver } from './driver.ts';
import { Gathering } from './gathering.ts';

it('closes a spare socket whose address went while it was opened', async () => {
  const open: number[] = [];
  const told: string[] = [];
  let bind: () => void = () => {};
  let numbered = 0;
  const machine = {
    addBase: (_now: number, { base }: { base: number }) => void told.push(`base ${base}`),
    removeBase: (_now: number, base: number) => void told.push(`no base ${base}`),
    baseFailed: (_now: number, id: number, reason: string) => void told.push(`need ${id}: ${reason}`),
  };
  const driver = {
    openBase: async (address: string) => {
      const base = numbered++;
      if (base > 0) await new Promise<void>((resolve) => void (bind = resolve));
      open.push(base);
      return { base, address, port: 5000 + base };
    },
    closeBase: async (base: number) => void open.splice(open.indexOf(base), 1),
    poke: () => {},
    packetsSent: () => 0,
  } as unknown as Driver<{ type: string }>;
  const gathering = new Gathering(machine as never, driver, { addresses: [], listAddresses: () => [] }, () => {});
  await gathering.add({ address: '192.0.2.1' });
  const provided = gathering.provide({ id: 7, address: '192.0.2.1', egress: undefined });
  await gathering.remove('192.0.2.1');
  bind();
  await provided;
  expect(open).toEqual([]);
  expect(told).toEqual(['base 0', 'no base 0', 'need 7: the address is gone']);
});
