import { formatAddress } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('redaction', () => {
  it('cuts addresses to their network', () => {
    expect(redact('from 192.0.2.17:5000 to 198.51.100.1')).toBe('from 192.0.x.x:5000 to 198.51.x.x');
    expect(redact('2001:db8:1:2:3:4:5:6')).toBe('2001:db8::x');
    expect(redact('[2001:db8::17]:443 and fe80::1')).toBe('[2001:db8::x]:443 and fe80:::x');
  });

  it('leaves out what may be a key or a password', () => {
    expect(redact('key 00112233445566778899aabbccddeeff')).toBe('key …');
    expect(redact('pwd 4wF8q+ZcXkLm/0PqRsTuVw==')).toBe('pwd …');
  });

  it('leaves words, states and times as they are', () => {
    const text = 'feedback shows its latest packets missing: consent-lost, ice:path_updated at 12:34:56';
    expect(redact(text)).toBe(text);
  });

  it('leaves no address in, whichever', () => {
    const octet = fc.nat(255);
    const v4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
    const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatAddress(bytes));
    fc.assert(
      fc.property(fc.oneof(v4, v6), fc.constantFrom(' ', '=', '[', ','), (address, before) => {
        expect(redact(`x${before}${address}]`)).not.toContain(address);
      }),
    );
  });
});
