import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TcpPeers } from './tcp-peers.ts';

describe('TcpPeers', () => {
  it('gives up the connection that is there when another comes from the same port', async () => {
    const told: string[] = [];
    const gone: unknown[] = [];
    const peers = new TcpPeers(
      {
        onDatagram: () => undefined,
        onError: () => undefined,
        onClosed: (code, address, port) => told.push(`${code} ${address} ${port}`),
      },
      (peer) => gone.push(peer),
    );
    const first = peers.add(new Socket(), 'fe80::1%eth0', 7_000);
    const second = peers.add(new Socket(), 'fe80::1%eth0', 7_000);
    expect([told, gone, peers.count]).toEqual([['ECONNRESET fe80::1 7000'], [first], 1]);
    expect(peers.find('fe80::1', 7_000)).toBe(second);
    peers.drop(first);
    peers.drop(second);
    peers.drop(second);
    expect([told.length, gone, peers.count]).toEqual([1, [first, second], 0]);
    await peers.close();
  });
});
