import {
  type BaseId,
  type FlowId,
  formatAddress,
  IPV4_BYTES,
  isLinkLocal,
  isLoopback,
  parseAddress,
} from '@hawser/wire';
import { MdnsError } from './errors.ts';

/** One interface in one address family: what a message to the group goes out on. */
export interface LinkOptions {
  /** The runtime's number for it; one that is not in use. */
  readonly base: BaseId;
  /** Whose group is used on it: 4 (224.0.0.251) or 6 (ff02::fb). */
  readonly family: 4 | 6;
  /** The interface's addresses of both families with their prefix lengths: `192.0.2.1/24`, `fe80::1/64`. 1 to 64. */
  readonly addresses: readonly string[];
}

interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** A link as the agent knows it. */
export class Link {
  readonly base: BaseId;
  readonly family: 4 | 6;
  /** Flow of the group. */
  readonly group: FlowId;
  readonly isLoopback: boolean;
  readonly #prefixes: Prefix[];
  readonly #own = new Set<string>();

  /** Errors: `bad-address`. */
  constructor({ base, family, addresses }: LinkOptions, group: FlowId) {
    if (addresses.length < 1 || addresses.length > 64) {
      throw new MdnsError('bad-address', `a link has 1 to 64 addresses, not ${addresses.length}`);
    }
    this.base = base;
    this.family = family;
    this.group = group;
    this.#prefixes = addresses.map(readPrefix);
    for (const { bytes } of this.#prefixes) this.#own.add(formatAddress(bytes, 0, bytes.length));
    this.isLoopback = this.#prefixes.every(({ bytes }) => isLoopback(bytes));
  }

  /**
   * Whether an address is one of a neighbour: in a subnet of the interface, or link-local (RFC 6762 11). All senders are
   * held to that: to which group or address a datagram was sent, which would excuse some, not every runtime can tell.
   */
  isOnLink(address: Uint8Array): boolean {
    if (address.length !== IPV4_BYTES && isLinkLocal(address)) return !this.isLoopback;
    return this.#prefixes.some((prefix) => isWithin(address, prefix));
  }

  /** Whether a record of this address may be told here (RFC 6762 6.2): it is the interface's own. */
  has(address: string, bytes: Uint8Array): boolean {
    // Of 127.0.0.0/8 every address is the loopback interface's, whether it is listed or not.
    return this.#own.has(address) || (this.isLoopback && isLoopback(bytes));
  }
}

function readPrefix(text: string): Prefix {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  const digits = slash < 0 ? '' : text.slice(slash + 1);
  if (bytes === undefined || !/^\d{1,3}$/.test(digits) || Number(digits) > bytes.length * 8) {
    throw new MdnsError('bad-address', `${text} is not an address with its prefix length`);
  }
  return { bytes, bits: Number(digits) };
}

function isWithin(address: Uint8Array, { bytes, bits }: Prefix): boolean {
  if (address.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const mask = 0xff & (0xff00 >> (bits & 7));
  return mask === 0 || (address[whole] & mask) === (bytes[whole] & mask);
}
