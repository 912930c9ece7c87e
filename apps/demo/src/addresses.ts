import { type AddressConfig, openUdpSocket } from '@hawser/node';
import type { Impairment } from './impairment.ts';

/** What the offerer's three paths suffer, by the order of their sockets. */
export const IMPAIRMENTS: readonly Impairment[] = [
  { rttMs: 5, loss: 0 },
  { rttMs: 20, loss: 0 },
  { rttMs: 60, loss: 0.01 },
];

/** 127.0.0.1 to 127.0.0.3, or three ports of 127.0.0.1 where the others cannot be bound (macOS, without an alias). */
export async function demoAddresses(): Promise<string[]> {
  try {
    const handlers = { onDatagram: () => undefined, onError: () => undefined };
    for (const address of ['127.0.0.2', '127.0.0.3']) await (await openUdpSocket(address, 0, handlers)).close();
    return ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  } catch {
    return ['127.0.0.1', '127.0.0.1', '127.0.0.1'];
  }
}

/** The addresses with one egress each, as if every one were an access network of its own. */
export function withEgress(addresses: readonly string[]): AddressConfig[] {
  return addresses.map((address, i) => ({ address, egress: `link${i + 1}` }));
}
