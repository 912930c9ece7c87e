import { describe, expect, it } from 'vitest';
import { openUdpSocket } from './sockets.ts';

const handlers = { onDatagram: () => undefined, onError: () => undefined };
const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

describe('a UDP socket', () => {
  it('that cannot be bound is not left open', async () => {
    const before = openSockets();
    // TEST-NET-1 (RFC 5737) is nobody's address.
    await expect(openUdpSocket('192.0.2.1', 0, handlers)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    // Handles are let go at the end of a turn of the event loop.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(openSockets()).toBe(before);
  });

  it('says that port 0 is nobody, and does not throw: a forged datagram may come from there', async () => {
    const socket = await openUdpSocket('127.0.0.1', 0, handlers);
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.send(new Uint8Array(1), 0, 1, 0, '127.0.0.1', resolve);
    });
    expect(error?.code).toBe('EINVAL');
    await socket.close();
  });
});
