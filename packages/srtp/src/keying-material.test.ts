import { describe, expect, it } from 'vitest';
import { keyingMaterialBytes, splitKeyingMaterial } from './keying-material.ts';

describe('splitKeyingMaterial', () => {
  const exported = Uint8Array.from({ length: 60 }, (_, i) => i);
  const range = (from: number, to: number) => exported.slice(from, to);
  const client = { key: range(0, 16), salt: range(32, 46) };
  const server = { key: range(16, 32), salt: range(46, 60) };

  it('gives client key, server key, client salt, server salt (RFC 5764 4.2)', () => {
    expect(keyingMaterialBytes(1)).toBe(60);
    expect(splitKeyingMaterial(1, exported, 'client')).toEqual({ local: client, remote: server });
    expect(splitKeyingMaterial(1, exported, 'server')).toEqual({ local: server, remote: client });
  });

  it('copies', () => {
    const wiped = exported.slice();
    const { local } = splitKeyingMaterial(1, wiped, 'client');
    wiped.fill(0);
    expect(local).toEqual(client);
  });

  it('refuses another length, and a profile that it does not know', () => {
    expect(() => splitKeyingMaterial(1, exported.subarray(1), 'client')).toThrow(
      expect.objectContaining({ code: 'bad-key-length' }),
    );
    expect(() => splitKeyingMaterial(9 as 1, exported, 'client')).toThrow(
      expect.objectContaining({ code: 'unsupported-profile' }),
    );
  });
});
