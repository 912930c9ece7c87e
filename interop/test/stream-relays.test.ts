import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DataChannel, type FaultEvent, PeerConnection, type PeerConnectionConfig } from '@hawser/node';
import { afterEach, describe, expect, it } from 'vitest';
import { TurnService } from '../../apps/turn-server/src/turn-service.ts';
import { connectedPair } from '../../packages/runtime-node/test/kit/connected-pair.ts';
import { LOCALHOST } from './localhost-certificate.ts';

const USER = { username: 'alice', credential: 'correct horse' };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A relay on loopback that takes clients over TCP or TLS alone. */
async function relay(transport: 'tcp' | 'tls', port = 0): Promise<{ service: TurnService; port: number }> {
  const service = new TurnService({
    realm: 'test',
    users: { [USER.username]: USER.credential },
    relayAddresses: { ipv4: '127.0.0.1' },
    peers: { allow: ['127.0.0.0/8'] },
  });
  closing.push(() => service.close());
  return { service, port: await service.listenStream('127.0.0.1', port, transport === 'tls' ? LOCALHOST : undefined) };
}

function uriOf(transport: 'tcp' | 'tls', port: number): string {
  return transport === 'tls' ? `turns:localhost:${port}` : `turn:127.0.0.1:${port}?transport=tcp`;
}

function configOf(urls: string, more: PeerConnectionConfig = {}): PeerConnectionConfig {
  return {
    addresses: ['127.0.0.1'],
    iceTcp: 'none',
    iceServers: [{ urls, ...USER }],
    tls: { ca: LOCALHOST.cert },
    ...more,
  };
}

const RELAYED: PeerConnectionConfig = { ice: { candidatePolicy: 'relay' } };

/** Gathers until the end of candidates. */
async function gather(config: PeerConnectionConfig) {
  const connection = new PeerConnection(config);
  closing.push(() => connection.close());
  const faults: string[] = [];
  connection.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
  const types: string[] = [];
  const ended = new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else types.push(/typ (\w+)/.exec(candidate.candidate ?? '')?.[1] ?? '');
    };
  });
  connection.createDataChannel('test');
  await connection.setLocalDescription();
  await ended;
  return { types, faults };
}

/** A server that does with every connection what a test wants; resolves when so many have come. */
async function badServer(
  handle: (socket: Socket) => void,
): Promise<{ port: number; came(count: number): Promise<void> }> {
  let count = 0;
  let check = () => {};
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    count++;
    handle(socket);
    check();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    came: (wanted) =>
      new Promise((resolve) => {
        check = () => {
          if (count >= wanted) resolve();
        };
        check();
      }),
  };
}

const BYTES = 2_000_000;

/** Sends bytes that nobody could guess, and answers their hash. */
async function send(channel: DataChannel, seed: number): Promise<string> {
  const hash = createHash('sha256');
  const message = new Uint8Array(16_000);
  for (let at = 0; at < BYTES; at += message.length) {
    for (let i = 0; i < message.length; i++) message[i] = (at + i * seed) >>> 3;
    hash.update(message);
    await channel.ready();
    channel.send(message);
  }
  return hash.digest('hex');
}

async function receive(channel: DataChannel): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const message of channel.messages()) {
    if (typeof message === 'string') continue;
    hash.update(new Uint8Array(message));
    bytes += message.byteLength;
    if (bytes >= BYTES) break;
  }
  return hash.digest('hex');
}

describe.each(['tcp', 'tls'] as const)('a relay over %s', (transport) => {
  it('carries a connection where the policy wants nothing else, both ways and whole', async () => {
    const { service, port } = await relay(transport);
    const config = configOf(uriOf(transport, port), RELAYED);
    const pair = await connectedPair(config, config);
    closing.push(() => pair.close());
    const [sent, returned, received, taken] = await Promise.all([
      send(pair.channel, 7),
      send(pair.incoming, 13),
      receive(pair.incoming),
      receive(pair.channel),
    ]);
    expect([received, taken]).toEqual([sent, returned]);
    const { paths } = pair.offerer.getMultipathStats();
    expect(paths.map(({ local }) => local.startsWith('127.0.0.1'))).not.toContain(false);
    expect(service.status()).toMatchObject({ connections: 2, allocations: 2 });
    await pair.close();
    expect(service.status().allocations).toBe(0);
  });

  it('is had anew when its connection dies, and the connection of the peers with it', async () => {
    const { service, port } = await relay(transport);
    const config = configOf(uriOf(transport, port), RELAYED);
    const pair = await connectedPair(config, config);
    closing.push(() => pair.close());
    await service.close();
    await relay(transport, port);
    const received = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    pair.channel.send('through another connection');
    expect(await received).toBe('through another connection');
  }, 20_000);
});

describe('a TURN server over TLS', () => {
  it.each([
    ['that nobody vouches for', 'localhost', {}],
    ['whose certificate is for another name', '127.0.0.1', { ca: LOCALHOST.cert }],
  ])('%s is not spoken to', async (_, host, tls) => {
    const { service, port } = await relay('tls');
    const { types, faults } = await gather(configOf(`turns:${host}:${port}`, { tls }));
    expect(types).toEqual(['host']);
    expect(faults).toEqual(['server-untrusted', 'relay-failed']);
    expect(service.status()).toMatchObject({ allocations: 0, counters: { packetsToPeers: 0 } });
  });

  it('is spoken to all the same by a test that says so', async () => {
    const { port } = await relay('tls');
    const { types } = await gather(configOf(`turns:127.0.0.1:${port}`, { tls: { rejectUnauthorized: false } }));
    expect(types.sort()).toEqual(['host', 'relay']);
  });

  it('whose name does not resolve is a fault, and no more', async () => {
    const { types, faults } = await gather(configOf('turns:no-such-name.invalid'));
    expect([types, faults]).toEqual([['host'], ['server-failed']]);
  });

  it('that speaks no TLS is a fault, and no more', async () => {
    const { port } = await relay('tcp');
    const { types, faults } = await gather(configOf(`turns:localhost:${port}`));
    expect([types, faults]).toEqual([['host'], ['relay-failed']]);
  });
});

describe('a server that', () => {
  it('closes in the middle of a message is asked anew, later', async () => {
    const server = await badServer((socket) =>
      socket.once('data', () => socket.end(Uint8Array.of(0x01, 0x13, 0, 0x54, 0x21, 0x12))),
    );
    const { types, faults } = await gather(configOf(uriOf('tcp', server.port)));
    expect([types, faults]).toEqual([['host'], ['relay-failed']]);
    await server.came(2);
  });

  it('says what is no TURN is left at once', async () => {
    let isLeft: Promise<void> | undefined;
    const server = await badServer((socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2\r\n');
      isLeft ??= new Promise((resolve) => void socket.once('close', () => resolve()));
    });
    const { types, faults } = await gather(configOf(uriOf('tcp', server.port)));
    expect([types, faults]).toEqual([['host'], ['relay-failed']]);
    await isLeft;
  });

  it('refuses and hangs up in one breath is a fault, and no more', async () => {
    const server = await badServer((socket) =>
      socket.once('data', (request: Buffer) => {
        // Allocate error response, 403.
        const answer = Buffer.concat([
          Buffer.from('0113000821 12a442'.replace(' ', ''), 'hex'),
          request.subarray(8, 20),
        ]);
        socket.end(Buffer.concat([answer, Buffer.from('0009000400000403', 'hex')]));
      }),
    );
    const { types, faults } = await gather(configOf(uriOf('tcp', server.port)));
    expect([types, faults]).toEqual([['host'], ['relay-failed']]);
  });

  it('is not there is a fault, and no more', async () => {
    const { port, came } = await badServer(() => undefined);
    await closing.pop()?.();
    const { types, faults } = await gather(configOf(uriOf('tcp', port)));
    expect([types, faults]).toEqual([['host'], ['relay-failed']]);
    await came(0);
  });
});

describe('a process whose connection has a relay over TLS', () => {
  it.each([
    ['ends though the connection is idle', 'idle', 'typ relay'],
    ['has nothing open when it is closed', 'close', 'typ relay '],
  ])('%s', async (_, end, printed) => {
    const { port } = await relay('tls');
    const script = fileURLToPath(new URL('process/relayed-over-tls.ts', import.meta.url));
    const flags = ['--conditions=@hawser/source', '--import', 'tsx', script];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, String(port), end], { timeout: 30_000 });
    expect(stdout).toBe(printed);
  });
});
