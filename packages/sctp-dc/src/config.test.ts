import { describe, expect, it } from 'vitest';
import { type SctpConfig, settingsOf } from './config.ts';
import type { SctpError } from './errors.ts';

function code(config: unknown): string {
  try {
    settingsOf(config as SctpConfig);
  } catch (error) {
    return (error as SctpError).code;
  }
  return 'taken';
}

describe('settingsOf', () => {
  it('fills in what is left out, and derives what follows', () => {
    const settings = settingsOf({ dtlsRole: 'client' });
    expect(settings).toMatchObject({ localPort: 5000, remotePort: 5000, mtuBytes: 1163, streams: 65_535 });
    expect(settings.rto).toEqual({ initialMs: 500, minMs: 120, maxMs: 60_000, varianceFloorMs: 220 });
    expect(settingsOf({ dtlsRole: 'client', sackDelayMs: 20 }).rto.varianceFloorMs).toBe(40);
    const large = settingsOf({ dtlsRole: 'client', maxMessageSizeBytes: 16 * 2 ** 20 });
    expect(large.receiveWindowBytes).toBe(32 * 2 ** 20);
  });

  it.each([
    {},
    { dtlsRole: 'auto' },
    { dtlsRole: 'client', mtuBytes: 511 },
    { dtlsRole: 'client', mtuBytes: Number.NaN },
    { dtlsRole: 'client', localPort: 0 },
    { dtlsRole: 'client', streams: 65_536 },
    { dtlsRole: 'client', sackDelayMs: 501 },
    { dtlsRole: 'client', receiveWindowBytes: 1000, maxMessageSizeBytes: 100 },
    { dtlsRole: 'client', receiveWindowBytes: 100_000, maxMessageSizeBytes: 100_001 },
    { dtlsRole: 'client', rto: { minMs: 1000, maxMs: 500 } },
  ])('refuses %o', (config) => {
    expect(code(config)).toBe('bad-config');
  });
});
