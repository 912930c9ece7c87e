import { describe, expect, it } from 'vitest';
import { cipherPreference } from './cipher-preference.ts';
import { machineConfigOf } from './gathering.ts';

describe('the order of ciphers', () => {
  it('is measured once, and leaves none out', () => {
    const order = cipherPreference();
    expect([...order].sort()).toEqual(['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305']);
    expect(cipherPreference()).toBe(order);
  });

  it('goes to the machine, unless the application has one of its own', () => {
    const dtlsOf = (config: { dtls?: object }) => machineConfigOf(config).dtls;
    expect(dtlsOf({})).toEqual({ cipherPreference: cipherPreference() });
    const dtls = { cipherPreference: ['aes-256-gcm'], replayWindow: 1024 };
    expect(dtlsOf({ dtls })).toEqual(dtls);
  });
});
