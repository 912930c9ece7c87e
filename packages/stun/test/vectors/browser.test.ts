import { readFileSync } from 'node:fs';
import { HmacSha1, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import {
  AttributeType,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  shortTermKey,
  TransportAddress,
} from '../../src/index.ts';
import { fromHex, toHex } from '../support.ts';

interface Captured {
  readonly name: string;
  readonly message: string;
  readonly password: string;
  readonly username: string;
  readonly types: number[];
}

const { vectors }: { vectors: Captured[] } = JSON.parse(
  readFileSync(new URL('./browser.json', import.meta.url), 'utf8'),
);
const reader = new StunReader();

test('the captures hold both browsers, both roles and a role conflict', () => {
  const names = vectors.map(({ name }) => name).join('\n');
  for (const part of ['chromium', 'firefox', '0001', '0101', '0111', 'c057', '0025']) expect(names).toContain(part);
});

describe.each(vectors)('$name', ({ message, password, username, types }) => {
  const bytes = fromHex(message);

  test('is read, authenticated and understood in full', () => {
    expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect(reader.method).toBe(StunMethod.binding);
    const seen: number[] = [];
    for (let more = reader.first(); more; more = reader.next()) seen.push(reader.type);
    expect(seen).toEqual(types);
    expect(reader.verifyIntegrity(shortTermKey(password))).toBe(true);
    expect(reader.verifyIntegrity(new HmacSha1(new Uint8Array(0)))).toBe(false);
    expect(reader.verifyFingerprint()).toBe(true);
    expect(reader.unknownRequiredCount).toBe(0);
    if (reader.cls === StunClass.request) {
      expect(reader.find(AttributeType.username) && reader.text()).toBe(username);
      expect(reader.find(AttributeType.priority) && reader.u32()).toBeGreaterThan(0);
    }
    if (reader.cls === StunClass.success) {
      const address = new TransportAddress();
      expect(reader.find(AttributeType.xorMappedAddress) && reader.xorAddress(address)).toBe(true);
      expect(address.text()).toMatch(/^10\.77\.\d+\.\d+$/);
    }
    if (reader.cls === StunClass.error) {
      expect(reader.find(AttributeType.errorCode) && reader.errorCode()).toBe(487);
    }
  });

  test('is what the writer makes of the same attributes', () => {
    reader.parse(bytes, 0, bytes.length);
    const out = new Uint8Array(bytes.length);
    const writer = new StunWriter().begin(out, 0, out.length, reader.cls, reader.method, bytes, 8);
    for (let more = reader.first(); more; more = reader.next()) {
      if (reader.type === AttributeType.messageIntegrity) writer.integrity(shortTermKey(password));
      else if (reader.type === AttributeType.fingerprint) writer.fingerprint();
      else writer.attribute(reader.type, bytes, reader.valueOffset, reader.valueLength);
    }
    expect(writer.finish()).toBe(bytes.length);
    expect(toHex(out)).toBe(message);
  });
});
