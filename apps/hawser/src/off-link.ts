import { BlockList } from 'node:net';
import type { Family, Routing } from './routing.ts';

/** Addresses of documentation (RFC 5737, RFC 3849): nobody's, so only default routes lead there. */
const NOBODY: Readonly<Record<Family, readonly string[]>> = {
  4: ['198.51.100.1', '203.0.113.1', '192.0.2.1'],
  6: ['2001:db8::1', '2001:db8:ffff::1'],
};

/** An address that no more special route than the default one leads to. */
export function offLinkAddress({ routes }: Routing, family: Family): string {
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  const nearer = new BlockList();
  for (const { dst } of routes) {
    const [address, bits] = dst.split('/');
    if (dst === 'default' || address === '' || bits === '0') continue;
    if (bits === undefined) nearer.addAddress(address, kind);
    else nearer.addSubnet(address, Number(bits), kind);
  }
  return NOBODY[family].find((address) => !nearer.check(address, kind)) ?? NOBODY[family][0];
}
