import { describe, expect, it } from 'vitest';
import { type DatagramSocket, openUdpSocket, type PeerConnection, type SocketFactory } from '../src/index.ts';
import { connectedPair, describe as negotiate } from './kit/connected-pair.ts';

/** Sockets over which nothing goes out while `isCut`. */
function network() {
  const network = {
    isCut: false,
    sockets: (async (address, port, handlers) => {
      const socket = await openUdpSocket(address, port, handlers);
      const lossy: DatagramSocket = {
        address: socket.address,
        port: socket.port,
        send(bytes, offset, length, toPort, to, done) {
          if (network.isCut) setImmediate(done, null);
          else socket.send(bytes, offset, length, toPort, to, done);
        },
        close: () => socket.close(),
      };
      return lossy;
    }) as SocketFactory,
  };
  return network;
}

function stateOf(connection: PeerConnection, state: string): Promise<void> {
  const hold = setInterval(() => undefined, 1_000);
  return new Promise((resolve) => {
    const look = () => {
      if (connection.connectionState !== state) return;
      clearInterval(hold);
      connection.removeEventListener('connectionstatechange', look);
      resolve();
    };
    connection.addEventListener('connectionstatechange', look);
    look();
  });
}

/** Resolves when every pair is a path: a check under way would hold the end of ICE up. */
function everyPath(connection: PeerConnection): Promise<void> {
  const hold = setInterval(() => undefined, 1_000);
  return new Promise((resolve) => {
    const look = () => {
      if (connection.getMultipathStats().paths.length < 4) return;
      clearInterval(hold);
      connection.removeEventListener('path', look);
      resolve();
    };
    connection.addEventListener('path', look);
    look();
  });
}

describe('a connection whose ICE has failed', () => {
  it('stays, says so, and comes back by a restart with what was sent meanwhile', async () => {
    const net = network();
    const config = { sockets: net.sockets, ice: { consent: { expiryMs: 1_000 } } };
    const pair = await connectedPair(config, config);
    const { offerer, answerer, channel, incoming } = pair;
    await Promise.all([everyPath(offerer), everyPath(answerer)]);
    const texts: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      incoming.onmessage = ({ data }) => {
        if (texts.push(data) === 2) resolve();
      };
    });
    net.isCut = true;
    channel.send('in the outage');
    await Promise.all([stateOf(offerer, 'failed'), stateOf(answerer, 'failed')]);
    expect(channel.readyState).toBe('open');
    await expect(offerer.connected()).rejects.toMatchObject({ code: 'connection-failed', cause: { layer: 'ice' } });
    channel.send('in the failure');

    net.isCut = false;
    offerer.restartIce();
    const connected = offerer.connected();
    await negotiate(offerer, answerer);
    await connected;
    await both;
    expect(texts).toEqual(['in the outage', 'in the failure']);
    expect([channel.readyState, incoming.readyState]).toEqual(['open', 'open']);
    await pair.close();
    // What failed once and came back was closed, not lost.
    await expect(offerer.connected()).rejects.toMatchObject({ code: 'closed' });
  });
});
