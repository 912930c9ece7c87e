import { expect, test } from 'vitest';
import { fromHex } from '../../test/support.ts';
import { readAddress, TransportAddress } from './address.ts';

test('takes text, gives text', () => {
  const address = new TransportAddress();
  expect(address.text()).toBe('');
  expect(address.set('192.0.2.1', 32853)).toBe(true);
  expect([address.length, address.port, address.text()]).toEqual([4, 32853, '192.0.2.1']);
  expect(address.set('2001:DB8::1', 0)).toBe(true);
  expect([address.length, address.port, address.text()]).toEqual([16, 0, '2001:db8::1']);
});

test('refuses what is no address, and is then empty', () => {
  const address = new TransportAddress();
  address.set('192.0.2.1', 1);
  for (const text of ['', 'host.local', '192.0.2', '192.0.2.256', 'fe80::1%eth0', '[::1]']) {
    expect(address.set(text, 9)).toBe(false);
    expect([address.length, address.port]).toEqual([0, 0]);
  }
});

test('equal means the same address and the same port', () => {
  const [a, b] = [new TransportAddress(), new TransportAddress()];
  expect(a.equals(b)).toBe(true);
  a.set('192.0.2.1', 5);
  expect(a.equals(b)).toBe(false);
  b.set('192.0.2.1', 6);
  expect(a.equals(b)).toBe(false);
  b.port = 5;
  expect(a.equals(b)).toBe(true);
  // What an IPv6 address left behind the first four bytes does not matter.
  b.set('2001:db8::1', 5);
  b.set('192.0.2.1', 5);
  expect(a.equals(b)).toBe(true);
  b.set('::', 5);
  expect(a.equals(b)).toBe(false);
});

test('the first byte of the value is ignored, the family and its length are not (RFC 8489 14.1)', () => {
  const into = new TransportAddress();
  const read = (hex: string) => readAddress(fromHex(hex), 0, hex.length / 2, -1, into);
  expect(read('000100500a000001')).toBe(true);
  expect(read('ff0100500a000001')).toBe(true);
  expect([into.text(), into.port]).toEqual(['10.0.0.1', 80]);
  for (const bad of [
    '',
    '000100',
    '00010050',
    '000100500a0000',
    '000100500a00000100',
    '000200500a000001',
    '000300500a000001',
  ]) {
    expect(read(bad)).toBe(false);
    expect(into.length).toBe(0);
  }
});
