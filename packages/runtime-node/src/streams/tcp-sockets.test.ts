import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DatagramHandlers, DatagramSocket } from '../sockets.ts';
import { openActiveTcp } from './tcp-active-socket.ts';
import { openPassiveTcp } from './tcp-passive-socket.ts';

const LOCALHOST = '127.0.0.1';
/** First bytes of a Binding success and error response. */
const SUCCESS = Uint8Array.of(0x01, 0x01, 0, 0);
const REFUSAL = Uint8Array.of(0x01, 0x11, 0, 0);

interface Log extends DatagramHandlers {
  readonly packets: { text: string; port: number }[];
  readonly closed: { code: string; port: number }[];
  readonly writable: boolean[];
}

function log(): Log {
  const made: Log = {
    packets: [],
    closed: [],
    writable: [],
    onDatagram: (bytes, _address, port) => made.packets.push({ text: String.fromCharCode(...bytes), port }),
    onError: () => undefined,
    onWritable: (isWritable) => made.writable.push(isWritable),
    onClosed: (code, _address, port) => made.closed.push({ code, port }),
  };
  return made;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function pair() {
  const [left, right] = [log(), log()];
  const active = await openActiveTcp(LOCALHOST, 0, left);
  const passive = await openPassiveTcp(LOCALHOST, 0, right);
  open.push(active, passive);
  return { active, passive, left, right };
}

function send(from: DatagramSocket, text: string | Uint8Array, port: number, address = LOCALHOST): string {
  const bytes = typeof text === 'string' ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : text;
  let outcome = 'not told';
  from.send(bytes, 0, bytes.length, port, address, (error) => {
    outcome = error === null ? 'sent' : (error.code ?? error.message);
  });
  return outcome;
}

/** Somebody who connects and is no agent. */
async function stranger(port: number): Promise<Socket> {
  const socket = connect({ host: LOCALHOST, port });
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('TCP bases', () => {
  it('connect by the first packet, and carry packets whole both ways', async () => {
    const { active, passive, left, right } = await pair();
    expect([active.address, active.port, passive.address]).toEqual([LOCALHOST, 9, LOCALHOST]);
    expect([send(active, 'one', passive.port), send(active, 'two', passive.port)]).toEqual(['sent', 'sent']);
    await until(() => right.packets.length === 2);
    const { port } = right.packets[0];
    expect(right.packets).toEqual([
      { text: 'one', port },
      { text: 'two', port },
    ]);
    expect(send(passive, 'three', port)).toBe('sent');
    await until(() => left.packets.length === 1);
    expect(left.packets).toEqual([{ text: 'three', port: passive.port }]);
  });

  it('say what cannot be sent', async () => {
    const { active, passive } = await pair();
    expect(send(passive, 'x', 5_000)).toBe('ECONNREFUSED');
    expect(send(active, 'x', 0)).toBe('EINVAL');
    await active.close();
    await passive.close();
    expect([send(active, 'x', 5_000), send(passive, 'x', 5_000)]).toEqual(['ERR_SOCKET_CLOSED', 'ECONNREFUSED']);
  });

  it('open no more than 64 connections', async () => {
    const { active, passive } = await pair();
    // Others on this machine need not be there: connecting is enough.
    const outcomes = Array.from({ length: 65 }, (_, i) => send(active, 'x', passive.port, `127.0.1.${i}`));
    expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(64);
    expect(outcomes[64]).toBe('EMFILE');
  });

  it('tell that nobody listens', async () => {
    const { active, passive, left } = await pair();
    await passive.close();
    expect(send(active, 'x', passive.port)).toBe('sent');
    await until(() => left.closed.length === 1);
    expect(left.closed).toEqual([{ code: 'ECONNREFUSED', port: passive.port }]);
    // The next packet tries again.
    expect(send(active, 'x', passive.port)).toBe('sent');
    await until(() => left.closed.length === 2);
  });

  it('tell each other of the end', async () => {
    const { active, passive, left, right } = await pair();
    send(active, 'x', passive.port);
    await until(() => right.packets.length === 1);
    await passive.close();
    await until(() => left.closed.length === 1);
    expect([left.closed[0].code, right.closed]).toEqual(['ECONNRESET', []]);
  });

  it('tell when too much waits; a connection that goes is empty again', async () => {
    const { active, left } = await pair();
    // Somebody who reads nothing.
    const { createServer } = await import('node:net');
    const deaf = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pause();
      open.push({ close: () => socket.destroy() });
    });
    deaf.listen(0, LOCALHOST);
    await once(deaf, 'listening');
    open.push({ close: () => deaf.close() });
    const { port } = deaf.address() as { port: number };
    const packet = new Uint8Array(1_200);
    for (let i = 0; i < 20_000 && left.writable.at(-1) !== false; i++) {
      expect(send(active, packet, port)).toBe('sent');
      if (i % 40 === 39) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(left.writable.at(-1)).toBe(false);
    // Beyond the bound it is lost, not held.
    for (let i = 0; i < 1_000; i++) send(active, packet, port);
    (open.at(-1) as { close(): unknown }).close();
    await until(() => left.closed.length === 1);
    expect(left.writable.at(-1)).toBe(true);
  });
});

describe('strangers', () => {
  it('that say nothing are closed after a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { passive, right } = await pair();
    const silent = await stranger(passive.port);
    const half = await stranger(passive.port);
    half.write(Uint8Array.of(1, 0, 7, 7));
    const refused = await stranger(passive.port);
    refused.write(Uint8Array.of(0, 1, 65));
    const known = await stranger(passive.port);
    known.write(Uint8Array.of(0, 1, 66));
    await until(() => right.packets.length === 2);
    for (const { text, port } of right.packets) send(passive, text === 'A' ? REFUSAL : SUCCESS, port);
    vi.advanceTimersByTime(10_000);
    await Promise.all([silent, half, refused].map((socket) => once(socket, 'close')));
    // An answer shows that the peer knew our password: that one stays.
    known.write(Uint8Array.of(0, 1, 67));
    await until(() => right.packets.length === 3);
    expect(right.packets[2].text).toBe('C');
  });

  it('a thousand of them push out each other, and nobody who was answered', async () => {
    const { active, passive, left, right } = await pair();
    send(active, 'check', passive.port);
    await until(() => right.packets.length === 1);
    send(passive, SUCCESS, right.packets[0].port);
    await until(() => left.packets.length === 1);
    const all: Socket[] = [];
    let ended = 0;
    for (let i = 0; i < 1_000; i++) {
      const socket = await stranger(passive.port);
      socket.once('close', () => ended++);
      all.push(socket);
    }
    await until(() => ended >= 872);
    expect(all.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(128);
    send(active, 'still', passive.port);
    await until(() => right.packets.length === 2);
    expect(right.packets[1].text).toBe('still');
    expect(left.closed).toEqual([]);
  });

  it('that send zero-length, longest and endless frames harm nobody', async () => {
    const { passive, right } = await pair();
    const odd = await stranger(passive.port);
    odd.write(new Uint8Array(10_000));
    odd.write(Uint8Array.of(0xff, 0xff));
    odd.write(new Uint8Array(0xffff));
    odd.write(Uint8Array.of(0, 2, 79, 75));
    await until(() => right.packets.length === 1);
    expect(right.packets[0].text).toBe('OK');
  });
});
