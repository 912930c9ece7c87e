import { formatAddress, IPV4_BYTES, isLinkLocal, isLoopback, parseAddress } from '@hawser/wire';
import { MdnsError } from './errors.ts';

interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** The subnets of an interface: who is a neighbour there (RFC 6762 11), and which addresses are its own. */
export class Subnets {
  /** All of them are loopback addresses. */
  readonly isLoopback: boolean;
  readonly #prefixes: Prefix[];
  readonly #own = new Set<string>();

  /**
   * @param addresses the interface's own with their prefix lengths: `192.0.2.1/24`, `fe80::1/64`; 1 to 64. Errors: `bad-address`
   */
  constructor(addresses: readonly string[]) {
    if (addresses.length < 1 || addresses.length > 64) {
      throw new MdnsError('bad-address', `an interface has 1 to 64 addresses, not ${addresses.length}`);
    }
    this.#prefixes = addresses.map(readPrefix);
    for (const { bytes } of this.#prefixes) this.#own.add(formatAddress(bytes, 0, bytes.length));
    this.isLoopback = this.#prefixes.every(({ bytes }) => isLoopback(bytes));
  }

  /** Whether somebody with this address, in text, is a neighbour: in a subnet of the interface, or link-local. */
  isOnLink(text: string): boolean {
    const address = parseAddress(text);
    if (address === undefined) return false;
    if (address.length !== IPV4_BYTES && isLinkLocal(address)) return !this.isLoopback;
    return this.#prefixes.some((prefix) => isWithin(address, prefix));
  }

  /** Whether an address, in canonical text and in bytes, is the interface's own. */
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
