import { createHash, randomBytes } from 'node:crypto';
import { expect, it, describe as suite } from 'vitest';
import { type DataChannel, openUdpSocket, type PathEvent, PeerConnection, type SocketFactory } from '../src/index.ts';
import { connectedPair, describe } from './kit/connected-pair.ts';
import { TcpProxy } from './kit/tcp-proxy.ts';

/** Sockets that let datagrams out only while `isOpen` says so. */
function leaky(isOpen: () => boolean): SocketFactory {
  return async (address, port, handlers) => {
    const socket = await openUdpSocket(address, port, handlers);
    return {
      address: socket.address,
      port: socket.port,
      send: (bytes, offset, length, to, host, done) => {
        if (isOpen()) socket.send(bytes, offset, length, to, host, done);
        else done(null);
      },
      close: () => socket.close(),
    };
  };
}

const noUdp = leaky(() => false);
const addresses = ['127.0.0.1'];

async function transfer(from: DataChannel, to: DataChannel, bytes: number): Promise<void> {
  const sent = createHash('sha256');
  const received = createHash('sha256');
  let left = bytes;
  const all = new Promise<void>((resolve) => {
    to.onmessage = ({ data }) => {
      received.update(new Uint8Array(data as ArrayBuffer));
      left -= (data as ArrayBuffer).byteLength;
      if (left === 0) resolve();
    };
  });
  for (let at = 0; at < bytes; at += 16_384) {
    const chunk = randomBytes(Math.min(16_384, bytes - at));
    sent.update(chunk);
    await from.ready();
    from.send(chunk);
  }
  await all;
  expect(received.digest('hex')).toBe(sent.digest('hex'));
}

const transports = (connection: PeerConnection) =>
  connection.getMultipathStats().paths.map(({ transport, state }) => `${transport} ${state}`);

function pathEvent(connection: PeerConnection, fits: (event: PathEvent) => boolean): Promise<PathEvent> {
  const hold = setInterval(() => undefined, 1_000);
  return new Promise((resolve) => {
    const listen = (event: Event) => {
      if (!fits(event as PathEvent)) return;
      connection.removeEventListener('path', listen);
      clearInterval(hold);
      resolve(event as PathEvent);
    };
    connection.addEventListener('path', listen);
  });
}

/** Resolves when the connection has such a path. */
async function hasPath(connection: PeerConnection, wanted: string): Promise<void> {
  if (transports(connection).includes(wanted)) return;
  await pathEvent(connection, () => transports(connection).includes(wanted));
}

/** Two connections whose TCP goes through a proxy. */
async function throughProxy(sockets: SocketFactory) {
  const offerer = new PeerConnection({ addresses, sockets, iceTcp: 'active' });
  const answerer = new PeerConnection({ addresses, sockets, iceTcp: 'passive' });
  let proxy: TcpProxy | undefined;
  offerer.onicecandidate = ({ candidate }) => void answerer.addIceCandidate(candidate);
  answerer.onicecandidate = async ({ candidate }) => {
    const fields = candidate?.candidate?.split(' ') ?? [];
    // What the answerer listens on is told as the proxy's.
    if (candidate === null || fields[2] !== 'tcp') return void offerer.addIceCandidate(candidate);
    proxy = await TcpProxy.to(Number(fields[5]));
    fields[5] = String(proxy.port);
    await offerer.addIceCandidate({ ...candidate, candidate: fields.join(' ') });
  };
  const incoming = new Promise<DataChannel>((resolve) => {
    answerer.ondatachannel = ({ channel }) => resolve(channel);
  });
  const channel = offerer.createDataChannel('test');
  await describe(offerer, answerer);
  await channel.opened();
  const pair = { offerer, answerer, channel, incoming: await incoming, proxy: proxy as unknown as TcpProxy };
  return {
    ...pair,
    close: () => Promise.all([offerer.close(), answerer.close()]).then(() => pair.proxy.close()),
  };
}

suite('ICE over TCP on real sockets', () => {
  it('opens a channel where no datagram passes, and moves 5 MB each way', async () => {
    const pair = await connectedPair({ addresses, sockets: noUdp }, { addresses, sockets: noUdp, iceTcp: 'passive' });
    expect([transports(pair.offerer), transports(pair.answerer)]).toEqual([['tcp active'], ['tcp active']]);
    const bytes = 5 * 1024 * 1024;
    await Promise.all([transfer(pair.channel, pair.incoming, bytes), transfer(pair.incoming, pair.channel, bytes)]);
    await pair.close();
  });

  it('goes over to TCP when datagrams stop, and back when they pass again', async () => {
    let isOpen = true;
    const sockets = leaky(() => isOpen);
    const pair = await connectedPair({ addresses, sockets }, { addresses, sockets, iceTcp: 'both' });
    await hasPath(pair.offerer, 'tcp standby');
    expect(transports(pair.offerer)).toContain('udp active');
    const over = pathEvent(pair.offerer, ({ state }) => state === 'active');
    isOpen = false;
    await over;
    expect(transports(pair.offerer).filter((one) => one.endsWith('active'))).toEqual(['tcp active']);
    await transfer(pair.channel, pair.incoming, 100_000);
    const back = pathEvent(
      pair.offerer,
      ({ path, state }) =>
        state === 'active' && pair.offerer.getMultipathStats().paths.find(({ id }) => id === path)?.transport === 'udp',
    );
    isOpen = true;
    await back;
    await transfer(pair.incoming, pair.channel, 100_000);
    await pair.close();
  });

  it('gives up the path of a connection that is reset, and makes the next; the channel stays', async () => {
    const pair = await throughProxy(noUdp);
    await hasPath(pair.answerer, 'tcp active');
    const lost = pathEvent(pair.offerer, ({ state }) => state === 'discarded');
    const made = pathEvent(pair.offerer, ({ state }) => state === 'active');
    pair.proxy.reset();
    expect((await lost).why).toBe('connection-lost ECONNRESET');
    expect((await made).path).not.toBe((await lost).path);
    await transfer(pair.channel, pair.incoming, 100_000);
    await transfer(pair.incoming, pair.channel, 100_000);
    expect(pair.proxy.taken).toBe(2);
    await pair.close();
  });

  it('loses nothing but the path in reserve where datagrams pass, too', async () => {
    const pair = await throughProxy(openUdpSocket);
    // Each side validates by a check of its own.
    await Promise.all([pair.offerer, pair.answerer].map((one) => hasPath(one, 'tcp standby')));
    const lost = pathEvent(pair.answerer, ({ state }) => state === 'discarded');
    pair.proxy.reset();
    expect((await lost).why).toBe('connection-lost ECONNRESET');
    expect(transports(pair.answerer)).toContain('udp active');
    await transfer(pair.channel, pair.incoming, 100_000);
    await hasPath(pair.offerer, 'tcp standby');
    await pair.close();
  });

  it('leaves no connection behind', async () => {
    const pair = await throughProxy(noUdp);
    expect(pair.proxy.open).toBe(1);
    await Promise.all([pair.offerer.close(), pair.answerer.close()]);
    await pair.proxy.drained();
    expect(pair.proxy.open).toBe(0);
    await pair.close();
  });
});
