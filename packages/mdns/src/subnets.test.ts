import { formatAddress } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Subnets } from './subnets.ts';

const number = (bytes: Uint8Array) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

describe('the subnets of an interface', () => {
  it('hold whom the first bits of an address say', () => {
    const address = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes });
    const pair = fc
      .constantFrom(4, 16)
      .chain((bytes) => fc.tuple(address(bytes), fc.nat(bytes * 8), fc.nat(bytes * 8 - 1)));
    fc.assert(
      fc.property(pair, ([own, bits, flipped]) => {
        // IPv6 link-local neighbours are a rule of their own.
        fc.pre(own.length === 4 || own[0] !== 0xfe);
        const other = own.slice();
        other[flipped >> 3] ^= 0x80 >> (flipped & 7);
        fc.pre(own.length === 4 || other[0] !== 0xfe);
        const subnets = new Subnets([`${formatAddress(own, 0, own.length)}/${bits}`]);
        const width = BigInt(own.length * 8);
        const prefix = (bytes: Uint8Array) => number(bytes) >> (width - BigInt(bits));
        expect(subnets.isOnLink(formatAddress(own, 0, own.length))).toBe(true);
        expect(subnets.isOnLink(formatAddress(other, 0, other.length))).toBe(prefix(own) === prefix(other));
      }),
      { numRuns: 500 },
    );
  });

  it('hold link-local neighbours of IPv6, but not on loopback', () => {
    expect(new Subnets(['192.0.2.1/24', '2001:db8::1/64']).isOnLink('fe80::7')).toBe(true);
    expect(new Subnets(['127.0.0.1/8']).isOnLink('fe80::7')).toBe(false);
    expect(new Subnets(['192.0.2.1/24']).isOnLink('nobody')).toBe(false);
  });

  it('know their own addresses; all of 127.0.0.0/8 are those of loopback', () => {
    const loopback = new Subnets(['127.0.0.1/8', '::1/128']);
    expect(loopback.isLoopback).toBe(true);
    expect(loopback.has('127.9.9.9', new Uint8Array([127, 9, 9, 9]))).toBe(true);
    const other = new Subnets(['192.0.2.1/24', '127.0.0.1/8']);
    expect(other.isLoopback).toBe(false);
    expect(other.has('192.0.2.1', new Uint8Array([192, 0, 2, 1]))).toBe(true);
    expect(other.has('192.0.2.2', new Uint8Array([192, 0, 2, 2]))).toBe(false);
  });
});
