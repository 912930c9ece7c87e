import { networkInterfaces } from 'node:os';
import { canonicalAddress } from '@hawser/wire';
import { avoidedAddresses, type ReadInet6, readInet6 } from './inet6-flags.ts';

/** An address of this machine from which packets could leave. */
export interface LocalAddress {
  /** Without a zone. */
  address: string;
  family: 4 | 6;
  /** Name of the interface that has the address. */
  interface: string;
  loopback: boolean;
  /**
   * No candidate is made of it, though it is there: a deprecated or tentative IPv6 address, or one that is not temporary beside a
   * temporary one of the same prefix (RFC 8445 section 5.1.1.1). Told on Linux only.
   */
  isAvoided?: boolean;
}

export interface LocalAddressOptions {
  /** Loopback addresses too. Default false (RFC 8445 section 5.1.1.1). */
  includeLoopback?: boolean;
}

/** Tells the local addresses of now. */
export type ListAddresses = (options?: LocalAddressOptions) => LocalAddress[];

/**
 * The addresses of this machine that can be host candidates: interfaces that are up, without link-local addresses (they
 * need a zone that a candidate cannot carry) and, unless asked for, without loopback. Those of IPv6 that are better left
 * alone are marked.
 */
export const localAddresses: ListAddresses = (options) => listFrom(networkInterfaces(), readInet6, options);

/** As {@link localAddresses}, from what the system is said to tell. */
export function listFrom(
  interfaces: ReturnType<typeof networkInterfaces>,
  read: ReadInet6,
  options: LocalAddressOptions = {},
): LocalAddress[] {
  const found: LocalAddress[] = [];
  const avoided = avoidedAddresses(read());
  for (const [name, addresses] of Object.entries(interfaces)) {
    for (const entry of addresses ?? []) {
      if (entry.internal && !options.includeLoopback) continue;
      if (entry.family === 'IPv6' && (entry.scopeid ?? 0) !== 0) continue;
      found.push({
        address: entry.address,
        family: entry.family === 'IPv6' ? 6 : 4,
        interface: name,
        loopback: entry.internal,
        ...(avoided.has(`${name} ${entry.address}`) && { isAvoided: true }),
      });
    }
  }
  return found;
}

/** An IPv6 address and its zone, `fe80::1%eth0`; without one `zone` is undefined (RFC 4007 section 11). */
export function splitZone(text: string): { address: string; zone: string | undefined } {
  const at = text.indexOf('%');
  if (at < 0) return { address: text, zone: undefined };
  return { address: text.slice(0, at), zone: text.slice(at + 1) };
}

/** The interface that has an address: its zone, or the one that the list says. */
export function interfaceOf(text: string, list: ListAddresses): string | undefined {
  const { address, zone } = splitZone(text);
  if (zone !== undefined) return zone;
  const wanted = canonicalAddress(address) ?? address;
  return list({ includeLoopback: true }).find((entry) => entry.address === wanted)?.interface;
}
