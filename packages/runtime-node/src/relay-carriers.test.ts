import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Driver } from './driver.ts';
import { RelayCarriers } from './relay-carriers.ts';
import type { SocketFactory } from './sockets.ts';

/** A carrier to a server of this process, between a machine and a driver that only note what they are told. */
async function carrier(removeBase: (base: number) => void) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const told: string[] = [];
  let close = (): Promise<void> => Promise.resolve();
  const driver = {
    openBase: async (address: string, port: number, open: SocketFactory) => {
      const socket = await open(address, port, { onDatagram: () => {}, onError: () => {} });
      close = () => socket.close();
      return { base: 7, address: socket.address, port: socket.port };
    },
    closeBase: async (base: number) => {
      told.push(`closed ${base}`);
      await close();
    },
    poke: () => {},
  } as unknown as Driver<{ type: string }>;
  const machine = {
    addBase: (_now: number, { base, needId }: { base: number; needId: number }) =>
      void told.push(`base ${base} for ${needId}`),
    baseFailed: (_now: number, id: number) => void told.push(`no base for ${id}`),
    removeBase: (_now: number, base: number) => {
      told.push(`lost ${base}`);
      removeBase(base);
    },
  };
  const carriers = new RelayCarriers(machine as never, driver, undefined, () => {});
  const { port } = server.address() as AddressInfo;
  const need = { id: 3, transport: 'tcp', server: { address: '127.0.0.1', port, name: 'relay' } } as const;
  await carriers.provide(need, '127.0.0.1');
  const [far] = await accepted;
  return {
    told,
    async hangUp() {
      far.end();
      await once(far.resume(), 'close');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe('a connection to a relay', () => {
  it('that ends is taken from the machine, and closed', async () => {
    const { told, hangUp } = await carrier(() => {});
    await hangUp();
    expect(told).toEqual(['base 7 for 3', 'lost 7', 'closed 7']);
  });

  it('that ends while the machine has given it up already ends nothing else', async () => {
    const { told, hangUp } = await carrier(() => {
      throw Object.assign(new Error('base 7'), { code: 'unknown-base' });
    });
    await hangUp();
    expect(told).toEqual(['base 7 for 3', 'lost 7', 'closed 7']);
  });
});
