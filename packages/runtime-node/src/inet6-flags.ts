import { readFileSync } from 'node:fs';
import { canonicalAddress } from '@hawser/wire';

/** The text of Linux's `/proc/net/if_inet6`; undefined where there is none. */
export type ReadInet6 = () => string | undefined;

export const readInet6: ReadInet6 = () => {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * The IPv6 addresses of which no candidate is to be made, each as its interface and its canonical text, a blank between:
 *
 * - deprecated ones, since no new communication begins from them (RFC 4862 section 5.5.4), tentative ones, and those that
 *   somebody else has
 * - those that are not temporary, where the interface has a temporary one of the same prefix (RFC 8445 section 5.1.1.1, RFC
 *   8981): the other would tell for years who this machine is
 *
 * ```
 * 20010db8000100000000000000000001 02 40 00 80     eth0
 * address                    index prefix scope flags name      all but the name in hexadecimal
 * ```
 */
export function avoidedAddresses(text: string | undefined): ReadonlySet<string> {
  const entries = (text ?? '').split('\n').flatMap(parse);
  const hidden = new Set(entries.filter(isTemporary).map(({ prefix }) => prefix));
  const isAvoided = (entry: Entry) => isUnfit(entry) || (!isTemporary(entry) && hidden.has(entry.prefix));
  return new Set(entries.filter(isAvoided).map(({ key }) => key));
}

interface Entry {
  readonly key: string;
  /** Interface, length and bits of the prefix. */
  readonly prefix: string;
  readonly flags: number;
}

function parse(line: string): Entry[] {
  const match = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]{2}) [0-9a-f]{2} ([0-9a-f]{2,8}) +(\S+)$/.exec(line);
  if (match === null) return [];
  const [, digits, length, flags, name] = match;
  const address = canonicalAddress((digits.match(/.{4}/g) as string[]).join(':'));
  const bits = Number.parseInt(length, 16);
  const network = BigInt(`0x${digits}`) >> BigInt(Math.max(0, 128 - bits));
  return [{ key: `${name} ${address}`, prefix: `${name} ${bits} ${network}`, flags: Number.parseInt(flags, 16) }];
}

const isUnfit = ({ flags }: Entry) => (flags & (IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TENTATIVE)) !== 0;
const isTemporary = (entry: Entry) => (entry.flags & IFA_F_TEMPORARY) !== 0 && !isUnfit(entry);

/** Flags of an address, `linux/if_addr.h`; those above 0xff are not in the file's two digits. */
const IFA_F_TEMPORARY = 0x01;
const IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;
