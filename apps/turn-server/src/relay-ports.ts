import { randomInt } from 'node:crypto';
import { type DatagramHandlers, type DatagramSocket, openUdpSocket } from '@hawser/node';

/** "the server SHOULD only allocate ports from the range 49152 - 65535", not foreseeable ones (RFC 8656 7.2). */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;

/** Ports tried before the system is believed to have none. */
const TRIES = 32;

/** Opens a socket on a random port of the range; `even`: on an even one. Rejects when none of many is free. */
export async function openRelaySocket(
  address: string,
  even: boolean,
  handlers: DatagramHandlers,
): Promise<DatagramSocket> {
  let last: unknown;
  for (let tried = 0; tried < TRIES; tried++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1) & (even ? ~1 : ~0);
    try {
      return await openUdpSocket(address, port, handlers);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Opens a socket on an even port and one on the port above it. */
export async function openRelayPair(
  address: string,
  first: DatagramHandlers,
  second: DatagramHandlers,
): Promise<[DatagramSocket, DatagramSocket]> {
  let last: unknown;
  for (let tried = 0; tried < TRIES; tried++) {
    const even = await openRelaySocket(address, true, first);
    try {
      return [even, await openUdpSocket(address, even.port + 1, second)];
    } catch (error) {
      last = error;
      await even.close();
    }
  }
  throw last;
}
