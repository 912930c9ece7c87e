// Connects by TCP alone, then waits for nothing: the process must end by itself, listeners and connection open.
import { openUdpSocket, type SocketFactory } from '../../src/index.ts';
import { connectedPair } from '../kit/connected-pair.ts';

const silent: SocketFactory = async (address, port, handlers) => {
  const socket = await openUdpSocket(address, port, handlers);
  const { address: bound, port: boundPort } = socket;
  return { address: bound, port: boundPort, send: (...args) => args[5](null), close: () => socket.close() };
};
const addresses = ['127.0.0.1'];

const { offerer } = await connectedPair({ addresses, sockets: silent }, { addresses, sockets: silent, iceTcp: 'both' });
process.stdout.write(`connected by ${offerer.getMultipathStats().paths.map(({ transport }) => transport)}\n`);
