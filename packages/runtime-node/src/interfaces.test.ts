import { describe, expect, it } from 'vitest';
import { interfaceOf, type LocalAddress, localAddresses, splitZone } from './interfaces.ts';
import { readTransmitCounters } from './transmit-counters.ts';

const list = (): LocalAddress[] => [
  { address: '192.0.2.1', family: 4, interface: 'eth0', loopback: false },
  { address: '2001:db8::1', family: 6, interface: 'eth1', loopback: false },
];

describe('local addresses', () => {
  it('are without loopback unless it is asked for, and never link-local', () => {
    expect(localAddresses().filter(({ loopback }) => loopback)).toEqual([]);
    expect(localAddresses({ includeLoopback: true }).some(({ loopback }) => loopback)).toBe(true);
    expect(localAddresses().filter(({ address }) => address.startsWith('fe80:'))).toEqual([]);
  });

  it('belong to the interface of their zone, or to the one that has them', () => {
    expect(interfaceOf('fe80::1%wlan0', list)).toBe('wlan0');
    expect(interfaceOf('192.0.2.1', list)).toBe('eth0');
    expect(interfaceOf('2001:DB8:0::1', list)).toBe('eth1');
    expect(interfaceOf('198.51.100.1', list)).toBeUndefined();
  });

  it('have their zone split off', () => {
    expect(splitZone('fe80::1%eth0')).toEqual({ address: 'fe80::1', zone: 'eth0' });
    expect(splitZone('192.0.2.1')).toEqual({ address: '192.0.2.1', zone: undefined });
  });
});

describe('the transmit counters', () => {
  it('are whole numbers of interfaces that have addresses, or nothing where the system does not tell', () => {
    const counts = readTransmitCounters();
    if (process.platform !== 'linux') {
      expect(counts).toBeUndefined();
      return;
    }
    expect([...(counts?.values() ?? [])].every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
    expect(counts?.has('lo')).toBe(true);
  });
});
