import type { TransportAddress } from '@hawser/stun';
import { parseAddress } from '@hawser/wire';
import { TurnError } from '../errors.ts';

/** What {@link PeerPolicy} is told. */
export interface PeerPolicyConfig {
  /** Addresses or prefixes (`10.0.0.0/8`, `2001:db8::/32`) that are allowed whatever else says no; but see `::ffff:0:0/96`. */
  readonly allow?: readonly string[];
  /** Addresses or prefixes that are refused besides {@link DENIED_PREFIXES}. */
  readonly deny?: readonly string[];
}

/**
 * Peer addresses that a relay must not reach unless it is told to (RFC 8656 21.1.6 and 21.2, RFC 6890): an open relay into
 * one's own network or machine is the classic way in. NAT64, 6to4 and Teredo carry an IPv4 address inside, which would pass
 * by the IPv4 rules.
 */
export const DENIED_PREFIXES: readonly string[] = [
  // IPv4: this network, private, shared (CGN), loopback, link-local, private, protocol assignments, 6to4 relays, private,
  // benchmarking, multicast, reserved and broadcast.
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // IPv6: unspecified, loopback and IPv4-compatible; IPv4-translated (RFC 2765); NAT64 and local NAT64; discard; Teredo and other protocol assignments;
  // 6to4; unique local; link-local and the former site-local; multicast.
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** Decides which peers may be reached. A look costs a comparison per prefix of the family; it happens per permission. */
export class PeerPolicy {
  readonly #allow: readonly Prefix[];
  readonly #deny: readonly Prefix[];
  readonly #own = new Map<string, number>();

  /** @throws TurnError `bad-config` for what is no prefix */
  constructor(config: PeerPolicyConfig = {}) {
    this.#allow = (config.allow ?? []).map(parsePrefix);
    this.#deny = [...DENIED_PREFIXES, ...(config.deny ?? [])].map(parsePrefix);
  }

  /** Adds one of the server's own addresses: refused unless allowed. Counted, so that `removeOwn` takes back one. */
  addOwn(address: string): void {
    this.#own.set(address, (this.#own.get(address) ?? 0) + 1);
  }

  removeOwn(address: string): void {
    const uses = (this.#own.get(address) ?? 0) - 1;
    if (uses > 0) this.#own.set(address, uses);
    else this.#own.delete(address);
  }

  /** Whether data may be relayed to this address. */
  isAllowed(peer: Readonly<TransportAddress>): boolean {
    // IPv4 in IPv6 clothes has no place on the wire, and would pass by the IPv4 rules: never.
    if (peer.length === 0 || MAPPED.holds(peer)) return false;
    if (this.#allow.some((prefix) => prefix.holds(peer))) return true;
    return !this.#deny.some((prefix) => prefix.holds(peer)) && !this.#own.has(peer.text());
  }
}

/** The addresses that begin with the same bits. */
class Prefix {
  readonly #bytes: Uint8Array;
  readonly #bits: number;

  constructor(bytes: Uint8Array, bits: number) {
    this.#bytes = bytes;
    this.#bits = bits;
  }

  holds(address: Readonly<TransportAddress>): boolean {
    if (address.length !== this.#bytes.length) return false;
    const whole = this.#bits >> 3;
    for (let i = 0; i < whole; i++) if (address.bytes[i] !== this.#bytes[i]) return false;
    const rest = this.#bits & 7;
    return rest === 0 || (address.bytes[whole] ^ this.#bytes[whole]) >> (8 - rest) === 0;
  }
}

function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  const bits = slash < 0 ? 8 * (bytes?.length ?? 0) : Number(text.slice(slash + 1));
  if (bytes === undefined || !Number.isInteger(bits) || bits < 0 || bits > 8 * bytes.length) {
    throw new TurnError('bad-config', `${text} is no address and no prefix`);
  }
  return new Prefix(bytes, bits);
}

const MAPPED = parsePrefix('::ffff:0:0/96');
