import { connect, type Socket } from 'node:net';
import { type DatagramSocket, NodeSecureRandom, nodeJitter, openUdpSocket } from '@hawser/node';
import { TransportAddress } from '@hawser/stun';
import { StreamFramer, TurnClient, WrapStatus } from '@hawser/turn';
import { createSlot, resetSlot, Verdict } from '@hawser/wire';
import { afterEach, expect, test } from 'vitest';
import { TurnService, type TurnServiceConfig } from './turn-service.ts';

const USER = { username: 'alice', password: 'correct horse' };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function openService(config: Partial<TurnServiceConfig> = {}): TurnService {
  const service = new TurnService({
    realm: 'test',
    users: { [USER.username]: USER.password },
    relayAddresses: { ipv4: '127.0.0.1' },
    peers: { allow: ['127.0.0.0/8'] },
    ...config,
  });
  closing.push(() => service.close());
  return service;
}

/** A client on a socket; resolves what it waits for as soon as that holds. */
class Caller {
  readonly client: TurnClient;
  readonly received: string[] = [];
  send: (bytes: Uint8Array) => void = () => {};
  readonly #slot = createSlot();
  #checks: (() => void)[] = [];

  constructor(transport: 'datagram' | 'stream') {
    const env = { now: performance.now(), unixMs: Date.now(), secure: new NodeSecureRandom(), jitter: nodeJitter };
    this.client = new TurnClient({ server: 0, transport, ...USER }, env);
  }

  act(command: (client: TurnClient, now: number) => void): void {
    command(this.client, performance.now());
    const slot = this.#slot;
    for (resetSlot(slot); this.client.pollTransmit(performance.now(), slot); resetSlot(slot)) this.#leave();
    for (const check of [...this.#checks]) check();
  }

  take(bytes: Uint8Array, offset: number, length: number): void {
    const { client } = this;
    if (client.unwrap(bytes, offset, length) === Verdict.consumed) {
      const { payloadOffset, payloadLength } = client;
      this.received.push(String.fromCharCode(...bytes.subarray(payloadOffset, payloadOffset + payloadLength)));
    }
    this.act((_client, now) => client.handleDatagram(now, 0, bytes, offset, length));
  }

  say(peer: TransportAddress, text: string): WrapStatus {
    const slot = this.#slot;
    resetSlot(slot);
    slot.length = text.length;
    slot.buffer.set(new TextEncoder().encode(text), slot.offset);
    const status = this.client.wrap(slot, peer);
    if (status === WrapStatus.wrapped) this.#leave();
    return status;
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#checks = this.#checks.filter((other) => other !== check);
        resolve();
      };
      this.#checks.push(check);
      check();
    });
  }

  #leave(): void {
    const { buffer, offset, length } = this.#slot;
    this.send(buffer.slice(offset, offset + length));
  }
}

async function callByUdp(port: number): Promise<Caller> {
  const caller = new Caller('datagram');
  const onDatagram = (bytes: Uint8Array): void => caller.take(bytes, 0, bytes.length);
  const socket = await openUdpSocket('127.0.0.1', 0, { onDatagram, onError: () => {} });
  closing.push(() => socket.close());
  caller.send = (bytes) => socket.send(bytes, 0, bytes.length, port, '127.0.0.1', () => {});
  return caller;
}

async function callByTcp(port: number): Promise<Caller & { socket?: Socket }> {
  const caller: Caller & { socket?: Socket } = new Caller('stream');
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const framer = new StreamFramer();
  socket.on('data', (chunk) => void framer.push(chunk, 0, chunk.length, (b, at, n) => caller.take(b, at, n)));
  closing.push(async () => socket.destroy());
  caller.send = (bytes) => void socket.write(bytes);
  return Object.assign(caller, { socket });
}

async function openEcho(): Promise<TransportAddress> {
  const socket: DatagramSocket = await openUdpSocket('127.0.0.1', 0, {
    onDatagram: (bytes, from, port) => socket.send(bytes.slice(), 0, bytes.length, port, from, () => {}),
    onError: () => {},
  });
  closing.push(() => socket.close());
  const address = new TransportAddress();
  address.set('127.0.0.1', socket.port);
  return address;
}

test.each(['udp', 'tcp'] as const)('a client over %s reaches a peer and gives everything back', async (transport) => {
  const service = openService();
  const port =
    transport === 'udp' ? await service.listenUdp('127.0.0.1', 0) : await service.listenStream('127.0.0.1', 0);
  const caller = await (transport === 'udp' ? callByUdp(port) : callByTcp(port));
  const peer = await openEcho();
  caller.act((client, now) => {
    client.allocate(now);
    client.bind(now, peer);
  });
  await caller.until(() => caller.client.state === 'allocated' && caller.say(peer, 'hello') === WrapStatus.wrapped);
  await caller.until(() => caller.received.length > 0);
  expect(caller.received[0]).toBe('hello');
  expect(service.status()).toMatchObject({ allocations: 1, sendDrops: 0 });
  caller.act((client, now) => client.release(now));
  await caller.until(() => caller.client.state === 'closed');
  expect(service.status()).toMatchObject({ allocations: 0, entries: 0 });
});

test('an allocation ends with its connection', async () => {
  let ended: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const service = openService({ onEvent: ({ type }) => void (type === 'deallocated' && ended()) });
  const caller = await callByTcp(await service.listenStream('127.0.0.1', 0));
  caller.act((client, now) => client.allocate(now));
  await caller.until(() => caller.client.state === 'allocated');
  caller.socket?.destroy();
  await gone;
  expect(service.status()).toMatchObject({ allocations: 0, connections: 0 });
});

test('a connection that does not speak TURN is closed', async () => {
  const service = openService();
  const socket = connect(await service.listenStream('127.0.0.1', 0), '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  expect(service.status().entries).toBe(0);
});

test('no address of this machine is a peer, though the server listens on another', async () => {
  const own = { address: '198.51.100.9', family: 4, interface: 'eth1', loopback: false } as const;
  const service = openService({ listAddresses: () => [own] });
  const caller = await callByUdp(await service.listenUdp('127.0.0.1', 0));
  const peer = new TransportAddress();
  peer.set(own.address, 22);
  caller.act((client, now) => {
    client.allocate(now);
    client.permit(now, peer);
  });
  await caller.until(() => service.status().counters.errors[403] === 1);
  expect(service.status().counters.peersDenied).toBe(1);
});
