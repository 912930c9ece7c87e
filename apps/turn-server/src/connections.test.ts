import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { NodeSecureRandom, nodeJitter } from '@hawser/node';
import { StreamFramer, TurnClient } from '@hawser/turn';
import { createSlot, resetSlot } from '@hawser/wire';
import { afterEach, expect, test } from 'vitest';
import { LOCALHOST_IDENTITY } from '../test/localhost-identity.ts';
import { TurnService, type TurnServiceConfig } from './turn-service.ts';

const USER = { username: 'alice', password: 'correct horse' };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function openService(connections: TurnServiceConfig['connections']): TurnService {
  const users = { [USER.username]: USER.password };
  const service = new TurnService({ realm: 'test', users, relayAddresses: { ipv4: '127.0.0.1' }, connections });
  closing.push(() => service.close());
  return service;
}

interface Caller {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

/** A connection; it may be closed before it is known to be open. */
async function call(port: number): Promise<Caller> {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, closed };
}

/** Gets an allocation by the connection, and gives it back when told to. */
async function logIn({ socket }: Pick<Caller, 'socket'>): Promise<() => Promise<void>> {
  const env = { now: performance.now(), unixMs: Date.now(), secure: new NodeSecureRandom(), jitter: nodeJitter };
  const client = new TurnClient({ server: 0, transport: 'stream', ...USER }, env);
  const framer = new StreamFramer();
  const slot = createSlot();
  const send = (): void => {
    for (resetSlot(slot); client.pollTransmit(performance.now(), slot); resetSlot(slot)) {
      socket.write(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    }
  };
  const until = (state: string): Promise<void> =>
    new Promise((resolve) => {
      const take = (chunk: Buffer): void => {
        framer.push(chunk, 0, chunk.length, (bytes, at, n) =>
          client.handleDatagram(performance.now(), 0, bytes, at, n),
        );
        send();
        if (client.state !== state) return;
        socket.off('data', take);
        resolve();
      };
      socket.on('data', take);
    });
  client.allocate(performance.now());
  send();
  await until('allocated');
  return () => {
    client.release(performance.now());
    send();
    return until('closed');
  };
}

test('a connection on which nobody logs in is closed, whatever it says', async () => {
  const service = openService({ loginMs: 30 });
  const { socket, closed } = await call(await service.listenStream('127.0.0.1', 0));
  const binding = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const again = (): void => void socket.write(binding);
  socket.on('data', again);
  again();
  await closed;
  expect(service.status()).toMatchObject({ connections: 0, connectionsEvicted: 1 });
});

test('one that does not speak TLS is closed, too, before there is any handshake', async () => {
  const service = openService({ loginMs: 30 });
  const { closed } = await call(await service.listenStream('127.0.0.1', 0, LOCALHOST_IDENTITY));
  await closed;
  expect(service.status()).toMatchObject({ connections: 0, connectionsEvicted: 1 });
});

test('one over TLS that says nothing after the handshake is closed', async () => {
  const service = openService({ loginMs: 800 });
  const port = await service.listenStream('127.0.0.1', 0, LOCALHOST_IDENTITY);
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  closing.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect(service.status().connections).toBe(1);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(service.status()).toMatchObject({ connections: 0, connectionsEvicted: 1, entries: 0 });
});

test('one with an allocation stays, until there is none any more', async () => {
  const service = openService({ loginMs: 600 });
  const port = await service.listenStream('127.0.0.1', 0);
  const user = await call(port);
  const release = await logIn(user);
  const stranger = await call(port);
  await stranger.closed;
  expect(service.status()).toMatchObject({ allocations: 1, connections: 1, connectionsEvicted: 1 });
  await release();
  await user.closed;
  expect(service.status()).toMatchObject({ allocations: 0, connections: 0, connectionsEvicted: 2 });
});

test('where all places are taken the oldest stranger makes room, and a user never', async () => {
  const service = openService({ most: 2 });
  const port = await service.listenStream('127.0.0.1', 0);
  const first = await call(port);
  await logIn(first);
  const oldest = await call(port);
  const next = await call(port);
  await oldest.closed;
  await logIn(next);
  const late = await call(port);
  await late.closed;
  expect(service.status()).toMatchObject({ connections: 2, connectionsEvicted: 1, connectionsRefused: 1 });
});

test('one address has a part of the places', async () => {
  const service = openService({ mostPerAddress: 2 });
  const port = await service.listenStream('127.0.0.1', 0);
  const taken = [await call(port), await call(port)];
  const refused = await call(port);
  await refused.closed;
  expect(service.status()).toMatchObject({ connections: 2, connectionsRefused: 1 });
  expect(taken.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
});

test.each(['tcp', 'tls'])('one over %s that is reset and comes again from its port is a new one', async (transport) => {
  const service = openService({});
  const isTls = transport === 'tls';
  const port = await service.listenStream('127.0.0.1', 0, isTls ? LOCALHOST_IDENTITY : undefined);
  const comeFrom = async (localPort?: number): Promise<{ socket: Socket; tcp: Socket }> => {
    const tcp = connect({ port, host: '127.0.0.1', ...(localPort === undefined ? {} : { localPort }) });
    const socket = isTls ? connectTls({ socket: tcp, rejectUnauthorized: false }) : tcp;
    for (const each of [tcp, socket]) each.on('error', () => {});
    closing.push(() => socket.destroy());
    await new Promise((resolve, reject) => {
      socket.once(isTls ? 'secureConnect' : 'connect', resolve);
      for (const each of [tcp, socket]) each.once('error', reject);
    });
    return { socket, tcp };
  };
  const comeTwice = async (): Promise<{ socket: Socket }> => {
    const first = await comeFrom();
    await logIn(first);
    const { localPort } = first.tcp;
    first.tcp.resetAndDestroy();
    return comeFrom(localPort);
  };
  // Somebody else on this machine may take the port in between; then once more, with another.
  await logIn(await comeTwice().catch(comeTwice));
  expect(service.status()).toMatchObject({ allocations: 1, connections: 1, connectionsEvicted: 0 });
});

test('one that asks and never reads an answer is cut off', async () => {
  const service = openService({});
  const socket = connect(await service.listenStream('127.0.0.1', 0), '127.0.0.1');
  closing.push(() => socket.destroy());
  const cut = new Promise((resolve) => socket.once('error', resolve));
  // 28 bytes each, answered with 84.
  const requests = new Uint8Array(28 * 10_000);
  const allocate = [0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12), 0, 0x19, 0, 4, 17, 0, 0, 0];
  for (let at = 0; at < requests.length; at += 28) requests.set(allocate, at);
  const again = (error?: Error | null): void => {
    // A write that failed calls back before the socket is destroyed.
    if (error === undefined || error === null) socket.write(requests, again);
  };
  again();
  await cut;
  expect(service.status()).toMatchObject({ connections: 0, connectionsEvicted: 0, entries: 0 });
});
