import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTcp, type Framer, FULL_BYTES, MOST_QUEUED_BYTES, StreamConnection } from './stream-connection.ts';

/** Every chunk is a message: what is cut where is the framers' matter. */
const whole: Framer = {
  push(bytes, offset, length, sink) {
    if (bytes[offset] === 0xff) return false;
    sink(bytes, offset, length);
    return true;
  },
  frame: (bytes, offset, length) => bytes.slice(offset, offset + length),
};

describe('StreamConnection', () => {
  let server: Server;
  let port: number;
  const accepted: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      accepted.push(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    for (const socket of accepted.splice(0)) socket.destroy();
    server.close();
  });

  function open(more: { connectTimeoutMs?: number; idleTimeoutMs?: number; signal?: AbortSignal; to?: number } = {}) {
    const told: { messages: string[]; writable: boolean[]; closed: string[] } = {
      messages: [],
      writable: [],
      closed: [],
    };
    const connection = new StreamConnection(
      connectTcp({ address: '127.0.0.1', port: more.to ?? port, localAddress: '127.0.0.1' }),
      whole,
      {
        onMessage: (bytes, offset, length) =>
          told.messages.push(String.fromCharCode(...bytes.subarray(offset, offset + length))),
        onWritable: (isWritable) => told.writable.push(isWritable),
        onClosed: (code) => told.closed.push(code),
      },
      more,
    );
    return { connection, told };
  }

  async function acceptedSocket(): Promise<Socket> {
    if (accepted.length === 0) await once(server, 'connection');
    return accepted[0];
  }

  it('sends what was queued before it was open', async () => {
    const { connection } = open();
    expect(connection.send(Uint8Array.of(0, 104, 105, 0), 1, 2)).toBe(true);
    const peer = await acceptedSocket();
    const [chunk] = await once(peer, 'data');
    expect(chunk.toString()).toBe('hi');
    await connection.close();
  });

  it('hands messages over and closes without a word to its owner', async () => {
    const { connection, told } = open();
    await connection.opened;
    (await acceptedSocket()).write('hello');
    await until(() => told.messages.length > 0);
    await connection.close();
    expect(told).toEqual({ messages: ['hello'], writable: [], closed: [] });
    expect(connection.send(new Uint8Array(1), 0, 1)).toBe(false);
  });

  it('tells when too much waits, drops beyond the bound, and tells when there is room again', async () => {
    const { connection, told } = open();
    await connection.opened;
    const peer = await acceptedSocket();
    peer.pause();
    const packet = new Uint8Array(16 * 1024);
    // Nothing leaves before this turn of the event loop ends.
    let taken = 0;
    while (connection.send(packet, 0, packet.length)) taken++;
    expect(told.writable).toEqual([false]);
    expect(connection.isWritable).toBe(false);
    expect(taken).toBe(MOST_QUEUED_BYTES / packet.length);
    expect(connection.queuedBytes).toBeGreaterThan(FULL_BYTES);
    expect(connection.dropped).toBe(1);
    peer.resume();
    await until(() => told.writable.length === 2);
    expect(told.writable).toEqual([false, true]);
    expect(connection.isWritable).toBe(true);
    await connection.close();
  });

  it.each([
    ['ends its side', (peer: Socket) => peer.end()],
    ['resets it', (peer: Socket) => peer.resetAndDestroy()],
  ])('is gone when the peer %s', async (_how, act) => {
    const { connection, told } = open();
    await connection.opened;
    act(await acceptedSocket());
    await until(() => told.closed.length > 0);
    expect(told.closed).toEqual(['ECONNRESET']);
    await connection.close();
  });

  it('gives up a stream that makes no sense', async () => {
    const { connection, told } = open();
    await connection.opened;
    (await acceptedSocket()).write(Uint8Array.of(0xff));
    await until(() => told.closed.length > 0);
    expect([told.messages, told.closed]).toEqual([[], ['EPROTO']]);
  });

  it('gives up what does not move', async () => {
    const { connection, told } = open({ idleTimeoutMs: 20 });
    await connection.opened;
    await until(() => told.closed.length > 0);
    expect(told.closed).toEqual(['ETIMEDOUT']);
  });

  it('says why it could not be made', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const { connection, told } = open();
    await expect(connection.opened).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(told.closed).toEqual(['ECONNREFUSED']);
    await connection.close();
  });

  it('does not wait longer for a handshake than it may', async () => {
    const closed: string[] = [];
    const socket = tlsConnect({ host: '127.0.0.1', port });
    const connection = new StreamConnection(
      socket,
      whole,
      { onMessage: () => undefined, onClosed: (code) => closed.push(code) },
      { connectTimeoutMs: 20 },
    );
    await expect(connection.opened).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(closed).toEqual(['ETIMEDOUT']);
    expect(socket.destroyed).toBe(true);
  });

  it('is ended by a signal', async () => {
    const abort = new AbortController();
    const { connection, told } = open({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(connection.opened).rejects.toThrow('enough');
    expect(told.closed).toEqual(['ABORT_ERR']);
    const late = open({ signal: abort.signal });
    await expect(late.connection.opened).rejects.toThrow('enough');
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
