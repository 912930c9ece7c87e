import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  formatAddress,
  isIpv4Mapped,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isPrivate,
  isUnspecified,
  parseAddress,
  WireError,
} from './index.ts';

describe('canonicalAddress', () => {
  // RFC 5952: the section that decides, what is written, what is wanted.
  it.each([
    ['4.1 leading zeros', '2001:0db8::0001', '2001:db8::1'],
    ['4.2.1 as short as possible', '2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['4.2.2 not one group', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.2 not one group, written short', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.3 the longest run', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['4.2.3 the first of equals', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['4.3 lower case', '2001:DB8:AAAA::CCCC', '2001:db8:aaaa::cccc'],
    ['5 mixed notation', '0:0:0:0:0:ffff:c000:201', '::ffff:192.0.2.1'],
    ['5 mixed notation, read', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s', (_section, text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1..2.3',
    ':',
    ':::',
    '1::2::3',
  ])('has none for "%s"', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it.each([
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    'fe80::1%eth0',
    '[::1]',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
  ])('has none for "%s"', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('does not look at a text that is too long to be one', () => {
    expect(canonicalAddress('1:'.repeat(1_000_000))).toBeUndefined();
  });
});

describe('formatAddress', () => {
  it('refuses what is no address', () => {
    expect(() => formatAddress(new Uint8Array(5))).toThrow(WireError);
    expect(() => formatAddress(new Uint8Array(5), 3, 4)).toThrow('outside');
  });
});

describe('kinds of address', () => {
  const kinds = (text: string): string[] => {
    const bytes = parseAddress(text) as Uint8Array;
    const inside = new Uint8Array(bytes.length + 4).fill(0xff);
    inside.set(bytes, 2);
    return Object.entries({ isLinkLocal, isLoopback, isMulticast, isPrivate, isUnspecified, isIpv4Mapped })
      .filter(([, is]) => is(inside, 2, bytes.length))
      .map(([name]) => name);
  };

  it.each([
    ['0.0.0.0', ['isUnspecified']],
    ['::', ['isUnspecified']],
    ['127.255.0.1', ['isLoopback']],
    ['::1', ['isLoopback']],
    ['::2', []],
    ['169.254.3.4', ['isLinkLocal']],
    ['fe80::1', ['isLinkLocal']],
    ['febf::1', ['isLinkLocal']],
    ['fec0::1', []],
    ['10.0.0.1', ['isPrivate']],
    ['172.15.0.1', []],
    ['172.16.0.1', ['isPrivate']],
    ['172.31.0.1', ['isPrivate']],
    ['172.32.0.1', []],
    ['192.168.7.7', ['isPrivate']],
    ['192.169.7.7', []],
    ['fc00::1', ['isPrivate']],
    ['fd12::1', ['isPrivate']],
    ['fe00::1', []],
    ['223.255.255.255', []],
    ['224.0.0.1', ['isMulticast']],
    ['239.255.255.255', ['isMulticast']],
    ['240.0.0.1', []],
    ['ff02::1', ['isMulticast']],
    ['192.0.2.1', []],
    ['2001:db8::1', []],
    ['::ffff:10.0.0.1', ['isPrivate', 'isIpv4Mapped']],
    ['::ffff:127.0.0.1', ['isLoopback', 'isIpv4Mapped']],
  ])('%s', (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });

  it('are none for bytes that are no address', () => {
    for (const is of [isLinkLocal, isLoopback, isMulticast, isPrivate, isUnspecified, isIpv4Mapped]) {
      for (const length of [0, 3, 5, 15, 17]) expect(is(new Uint8Array(length))).toBe(false);
    }
  });
});
