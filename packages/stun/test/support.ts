import { readFileSync } from 'node:fs';

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  return Array.from(bytes.subarray(offset, offset + length), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Random bytes from a seed: tests that need "any" bytes are the same at every run. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
}

export interface VectorAttribute {
  type: number;
  name: string;
  length: number;
  value: string;
  offset: number;
  decoded?: unknown;
}

export interface Vector {
  name: string;
  level: 'published' | 'cross' | 'own';
  input: {
    message?: string;
    keyHex?: string;
    keyMd5Hex?: string;
    keySha256Hex?: string;
    username?: string;
    realm?: string;
    password?: string;
    method?: number;
    class?: string;
  };
  expected: {
    reject?: boolean;
    type?: number;
    class?: string;
    method?: number;
    transactionId?: string;
    attributes?: VectorAttribute[];
    messageIntegrityValid?: boolean;
    fingerprintValid?: boolean;
    strictParser?: string;
  };
}

export const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/stun.json', import.meta.url), 'utf8'),
).vectors;
