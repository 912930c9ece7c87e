import { splitZone } from '../interfaces.ts';
import type { SocketFactory } from '../sockets.ts';
import { failure } from './failure.ts';
import { connectTcp } from './stream-connection.ts';
import { TcpPeers } from './tcp-peers.ts';

/** Connections of one base at once; what is sent to one more address is refused with EMFILE. */
const MOST_CONNECTIONS = 64;

/** The port that an active candidate is told with: nobody listens (RFC 6544 4.5). */
const DISCARD_PORT = 9;

/**
 * A TCP base that connects (RFC 6544 7.1): what is sent to an address first opens a connection from `address`, from a port of
 * its own, and waits for it. Nothing is bound before.
 */
export const openActiveTcp: SocketFactory = async (localAddress, _port, handlers) => {
  const { address, zone } = splitZone(localAddress);
  const peers = new TcpPeers(handlers);
  let isClosed = false;
  /** Answers why there can be no connection, or null. */
  const connect = (to: string, port: number): NodeJS.ErrnoException | null => {
    if (peers.find(to, port) !== undefined) return null;
    if (!(port > 0 && port <= 65_535)) return failure('EINVAL', `nothing can be sent to port ${port}`);
    if (peers.count >= MOST_CONNECTIONS) return failure('EMFILE', 'too many connections');
    const remote = zone === undefined ? to : `${to}%${zone}`;
    peers.add(connectTcp({ address: remote, port, localAddress }), to, port);
    return null;
  };
  return {
    address,
    port: DISCARD_PORT,
    send(bytes, offset, length, port, to, done) {
      const problem = isClosed ? failure('ERR_SOCKET_CLOSED', 'the socket is closed') : connect(to, port);
      // Where too much waits already it is lost, as on a full link.
      if (problem === null) peers.find(to, port)?.connection.send(bytes, offset, length);
      done(problem);
    },
    close() {
      isClosed = true;
      return peers.close();
    },
  };
};
