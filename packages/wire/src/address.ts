import { WireError } from './errors.ts';

/** Bytes of an IPv4 address. */
export const IPV4_BYTES = 4;

/** Bytes of an IPv6 address. */
export const IPV6_BYTES = 16;

/**
 * The bytes of an address in text: four parts of dotted decimal without leading zeros (RFC 6943 3.1.1 tells why), or IPv6
 * in any form of RFC 4291 2.2. Zones (`%eth0`), brackets, ports and names are not addresses.
 *
 * @returns 4 or 16 bytes, or `undefined`
 */
export function parseAddress(text: string): Uint8Array | undefined {
  const out = new Uint8Array(IPV6_BYTES);
  const length = parseAddressInto(text, out, 0);
  return length === 0 ? undefined : out.subarray(0, length);
}

/** Like {@link parseAddress}, into `out` at `offset`, where 16 bytes must be free. Returns 4, 16, or 0 for no address. */
export function parseAddressInto(text: string, out: Uint8Array, offset: number): 0 | 4 | 16 {
  if (text.length > LONGEST_TEXT) return 0;
  if (text.includes(':')) return parseIpv6(text, out, offset) ? IPV6_BYTES : 0;
  return parseIpv4(text, out, offset) ? IPV4_BYTES : 0;
}

/**
 * The text of an address: dotted decimal, or IPv6 as RFC 5952 wants it (lower case, no leading zeros, the first longest
 * run of two or more zero groups as `::`, IPv4-mapped addresses with their last 32 bits in dotted decimal).
 *
 * @param length 4 or 16
 * @throws WireError `bad-address` when `length` is neither, `out-of-range` when the bytes are not there
 */
export function formatAddress(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  if (length !== IPV4_BYTES && length !== IPV6_BYTES) {
    throw new WireError('bad-address', `an address has 4 or 16 bytes, not ${length}`);
  }
  if (offset < 0 || offset + length > bytes.length) throw new WireError('out-of-range', 'address outside its array');
  return length === IPV4_BYTES ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset);
}

/** The one spelling of an address under which it may be compared or used as a key; `undefined` when it is none. */
export function canonicalAddress(text: string): string | undefined {
  const length = parseAddressInto(text, scratch, 0);
  return length === 0 ? undefined : formatAddress(scratch, 0, length);
}

function parseIpv4(text: string, out: Uint8Array, offset: number): boolean {
  const parts = text.split('.');
  if (parts.length !== IPV4_BYTES) return false;
  for (let i = 0; i < IPV4_BYTES; i++) {
    if (!DECIMAL.test(parts[i])) return false;
    const value = Number(parts[i]);
    if (value > 255) return false;
    out[offset + i] = value;
  }
  return true;
}

function parseIpv6(text: string, out: Uint8Array, offset: number): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const head = halves[0] === '' && halves.length === 2 ? [] : halves[0].split(':');
  const tail = halves.length === 1 || halves[1] === '' ? [] : halves[1].split(':');
  // The last group may be an IPv4 address, which stands for two groups.
  const ending = tail.length > 0 ? tail : head;
  const mixed = (halves.length === 1 || tail.length > 0) && (ending.at(-1)?.includes('.') ?? false);
  const groups = head.length + tail.length + (mixed ? 1 : 0);
  // `::` stands for at least one group.
  if (halves.length === 1 ? groups !== 8 : groups > 7) return false;
  out.fill(0, offset, offset + IPV6_BYTES);
  const tailAt = offset + IPV6_BYTES - 2 * (tail.length + (mixed && tail.length > 0 ? 1 : 0));
  return parseGroups(head, mixed && tail.length === 0, out, offset) && parseGroups(tail, mixed, out, tailAt);
}

function parseGroups(groups: readonly string[], mixed: boolean, out: Uint8Array, offset: number): boolean {
  for (let i = 0; i < groups.length; i++) {
    const at = offset + 2 * i;
    if (mixed && i === groups.length - 1) return parseIpv4(groups[i], out, at);
    if (!GROUP.test(groups[i])) return false;
    const value = Number.parseInt(groups[i], 16);
    out[at] = value >>> 8;
    out[at + 1] = value;
  }
  return true;
}

function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

function formatIpv6(bytes: Uint8Array, offset: number): string {
  if (isIpv4Mapped(bytes, offset, IPV6_BYTES)) return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  // RFC 5952 4.2: the longest run of zero groups, the first of equals, and never one group alone.
  let runAt = 8;
  let runLength = 1;
  for (let group = 0; group < 8; ) {
    let next = group;
    while (next < 8 && bytes[offset + 2 * next] === 0 && bytes[offset + 2 * next + 1] === 0) next++;
    if (next - group > runLength) {
      runAt = group;
      runLength = next - group;
    }
    group = next + 1;
  }
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (group === runAt) {
      text += '::';
      group += runLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += ((bytes[offset + 2 * group] << 8) | bytes[offset + 2 * group + 1]).toString(16);
  }
  return text;
}

/** An IPv4 address in IPv6 clothes, `::ffff:0:0/96` (RFC 4291 2.5.5.2). */
export function isIpv4Mapped(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  if (length !== IPV6_BYTES) return false;
  for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

const LONGEST_TEXT = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;
const DECIMAL = /^(0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const scratch = new Uint8Array(IPV6_BYTES);
