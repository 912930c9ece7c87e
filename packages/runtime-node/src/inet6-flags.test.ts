import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { avoidedAddresses } from './inet6-flags.ts';
import { listFrom } from './interfaces.ts';

const fixture = readFileSync(new URL('../test/kit/if_inet6.txt', import.meta.url), 'utf8');

function v6(address: string, scopeid = 0) {
  return { address, family: 'IPv6', internal: false, scopeid, netmask: '', mac: '', cidr: null } as const;
}

describe('the addresses that are avoided', () => {
  it('are deprecated, tentative, taken by another, or stable beside a temporary one of the same prefix', () => {
    expect([...avoidedAddresses(fixture)].sort()).toEqual([
      // Stable beside a temporary one, and a temporary one whose time is over.
      'eth0 2001:db8:1:0:211:22ff:fe33:4455',
      'eth0 2001:db8:1:0:aaaa::1',
      // Tentative, and its address is another machine's.
      'eth1 2001:db8:3::5',
      'eth1 2001:db8:3::6',
      'wlan0 2001:db8:4::2',
    ]);
  });

  it('are none of another prefix or interface, and none where the only temporary one is deprecated', () => {
    const avoided = avoidedAddresses(fixture);
    for (const kept of [
      'eth0 2001:db8:1:0:bbbb::1',
      'eth0 2001:db8:2::1',
      'eth1 2001:db8:1::9',
      'wlan0 2001:db8:4::1',
    ]) {
      expect(avoided.has(kept)).toBe(false);
    }
    expect(avoided.has('lo ::1')).toBe(false);
  });

  it('are none where the system does not tell, or tells what is no such file', () => {
    for (const text of [undefined, '', 'no such thing', '2001 x', `${'g'.repeat(32)} 01 40 00 20 eth0\n`]) {
      expect(avoidedAddresses(text).size).toBe(0);
    }
  });

  it('are marked in the list, which has them all the same', () => {
    const interfaces = { eth0: [v6('2001:db8:1:0:211:22ff:fe33:4455'), v6('2001:db8:1:0:bbbb::1'), v6('fe80::1', 2)] };
    const list = listFrom(interfaces as never, () => fixture);
    expect(list.map(({ address, isAvoided }) => [address, isAvoided])).toEqual([
      ['2001:db8:1:0:211:22ff:fe33:4455', true],
      ['2001:db8:1:0:bbbb::1', undefined],
    ]);
  });
});
