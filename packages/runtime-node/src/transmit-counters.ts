import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Packets sent so far by each interface, by its name. */
export type Counts = ReadonlyMap<string, number>;

/** Reads how many packets the interfaces have sent; undefined where the system does not tell. */
export type ReadCounters = () => Counts | undefined;

const SYSFS = '/sys/class/net';

/** More interfaces than this are not looked at: a read of each costs some 20 µs. */
const MAX_INTERFACES = 32;

/**
 * The transmit counters of Linux, of every interface that is up and has an address: members of a bridge or a bond have
 * none, and would count their master's packets a second time. Elsewhere undefined: egress stays unknown.
 *
 * Some drivers (virtio) count a packet only when the device has taken it, which may be milliseconds after `send`.
 */
export const readTransmitCounters: ReadCounters = () => {
  if (!existsSync(SYSFS)) return undefined;
  const counts = new Map<string, number>();
  for (const name of Object.keys(networkInterfaces()).slice(0, MAX_INTERFACES)) {
    const count = transmitted(name);
    if (count !== undefined) counts.set(name, count);
  }
  return counts;
};

function transmitted(name: string): number | undefined {
  try {
    return Number(readFileSync(`${SYSFS}/${name}/statistics/tx_packets`, 'utf8'));
  } catch {
    // It vanished meanwhile, or the name is a label of an address and not an interface.
    return undefined;
  }
}
