import { networkInterfaces } from 'node:os';

/** An address of this machine from which packets could leave. */
export interface LocalAddress {
  address: string;
  family: 4 | 6;
  /** Name of the interface that has the address. */
  interface: string;
  loopback: boolean;
}

export interface LocalAddressOptions {
  /** Loopback addresses too. Default false (RFC 8445 section 5.1.1.1). */
  includeLoopback?: boolean;
}

/**
 * The addresses of this machine that can be host candidates: interfaces that are up, without link-local addresses (they
 * need a zone that a candidate cannot carry) and, unless asked for, without loopback.
 */
export function localAddresses(options: LocalAddressOptions = {}): LocalAddress[] {
  const found: LocalAddress[] = [];
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const entry of addresses ?? []) {
      if (entry.internal && !options.includeLoopback) continue;
      if (entry.family === 'IPv6' && (entry.scopeid ?? 0) !== 0) continue;
      found.push({
        address: entry.address,
        family: entry.family === 'IPv6' ? 6 : 4,
        interface: name,
        loopback: entry.internal,
      });
    }
  }
  return found;
}
