import { HmacSha1, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import { toHex } from '../test/support.ts';
import { TransportAddress } from './attributes/address.ts';
import type { StunError } from './errors.ts';
import { StunReader } from './reader.ts';
import { AttributeType, ErrorCode, StunClass, StunMethod } from './registry.ts';
import { StunWriter } from './writer.ts';

const id = Uint8Array.from({ length: 12 }, (_, i) => i);
const key = new HmacSha1(Uint8Array.of(7));
const out = new Uint8Array(2000);

function begin(capacity = out.length): StunWriter {
  return new StunWriter().begin(out, 0, capacity, StunClass.request, StunMethod.binding, id, 0);
}

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as StunError).code;
  }
}

test('a header alone is 20 bytes', () => {
  expect(begin().finish()).toBe(20);
  expect(toHex(out, 0, 20)).toBe('000100002112a442000102030405060708090a0b');
});

test('a request can be answered in its own memory', () => {
  begin().finish();
  const length = new StunWriter().begin(out, 0, 100, StunClass.success, StunMethod.binding, out, 8).finish();
  expect(toHex(out, 0, length)).toBe('010100002112a442000102030405060708090a0b');
});

test('the attributes of ICE and of Chromium have their bytes', () => {
  const writer = begin();
  writer.useCandidate();
  writer.nomination(0x80000001);
  writer.googNetworkInfo(3, 900);
  writer.hawser(Uint8Array.of(9, 1, 2, 3, 4, 5, 9), 1, 5);
  writer.iceControlling(1, 2);
  const length = writer.finish();
  expect(toHex(out, 20, length - 20)).toBe(
    '00250000' + 'c001000480000001' + 'c057000400030384' + 'c0f500050102030405000000' + '802a00080000000100000002',
  );
});

test('an error has its recommended reason unless it is given another', () => {
  const writer = begin();
  writer.errorCode(ErrorCode.roleConflict);
  writer.errorCode(699);
  writer.errorCode(ErrorCode.badRequest, 'No');
  const reader = new StunReader();
  reader.parse(out, 0, writer.finish());
  const seen: unknown[] = [];
  for (let more = reader.first(); more; more = reader.next()) seen.push([reader.errorCode(), reader.reason()]);
  expect(seen).toEqual([
    [487, 'Role Conflict'],
    [699, ''],
    [400, 'No'],
  ]);
});

test('padding is zero whatever was in the memory before (RFC 8489 14)', () => {
  out.fill(0xff);
  const writer = begin();
  writer.username('a');
  expect(toHex(out, 20, writer.finish() - 20)).toBe('0006000161000000');
});

describe('room', () => {
  const build = (capacity: number) => {
    const address = new TransportAddress();
    address.set('2001:db8::1', 4000);
    const writer = begin(capacity);
    writer.username('abc:def');
    writer.u64(AttributeType.iceControlled, 1, 2);
    writer.u32(AttributeType.priority, 3);
    writer.xorMappedAddress(address);
    writer.errorCode(400);
    writer.unknownAttributes(Uint16Array.of(1, 2, 3));
    writer.attribute(AttributeType.nonce, Uint8Array.of(1, 2, 3));
    writer.integrity(key);
    writer.fingerprint();
    return writer.finish();
  };

  test('one byte too little at any place gives -1 and writes nothing behind the end', () => {
    const length = build(out.length);
    expect(length).toBeGreaterThan(100);
    for (let capacity = 0; capacity < length; capacity++) {
      out.fill(0xaa);
      expect(build(capacity)).toBe(-1);
      expect(out.subarray(capacity).every((byte) => byte === 0xaa)).toBe(true);
    }
    out.fill(0xaa);
    expect(build(length)).toBe(length);
    expect(out[length]).toBe(0xaa);
  });

  test('a range outside the memory gives -1', () => {
    for (const [offset, capacity] of [
      [-1, 20],
      [1990, 20],
      [0, 2001],
      [0, -1],
    ]) {
      expect(new StunWriter().begin(out, offset, capacity, 0, 1, id, 0).finish()).toBe(-1);
    }
  });

  test('a message longer than its length field can say gives -1', () => {
    const huge = new Uint8Array(200_000);
    const writer = new StunWriter().begin(huge, 0, huge.length, 0, 1, id, 0);
    writer.attribute(AttributeType.data, huge, 0, 65_000);
    expect(writer.finish()).toBe(65_024);
    writer.attribute(AttributeType.data, huge, 0, 65_000);
    expect(writer.finish()).toBe(-1);
  });
});

describe('misuse throws, with a code', () => {
  test('attributes behind integrity or fingerprint', () => {
    const writer = begin();
    writer.integrity(key);
    expect(code(() => writer.priority(1))).toBe('wrong-order');
    expect(code(() => writer.integrity(key))).toBe('wrong-order');
    writer.fingerprint();
    expect(code(() => writer.fingerprint())).toBe('wrong-order');
    expect(code(() => writer.useCandidate())).toBe('wrong-order');
    const reader = new StunReader();
    expect(reader.parse(out, 0, writer.finish())).toBe(Verdict.consumed);
    expect([reader.verifyIntegrity(key), reader.verifyFingerprint()]).toEqual([true, true]);
  });

  test('the next message starts afresh', () => {
    const writer = begin();
    writer.fingerprint();
    writer.begin(out, 0, 100, 0, 1, id, 0);
    writer.priority(1);
    expect(writer.finish()).toBe(28);
  });

  test('values that the RFC does not allow', () => {
    const writer = begin();
    expect(code(() => writer.username('u'.repeat(509)))).toBe('too-long');
    expect(code(() => writer.username('é'.repeat(255)))).toBe('too-long');
    expect(code(() => writer.username('u'.repeat(508)))).toBeUndefined();
    expect(code(() => writer.software('s'.repeat(128)))).toBe('too-long');
    expect(code(() => writer.software('😀'.repeat(127)))).toBeUndefined();
    expect(code(() => writer.realm('r'.repeat(128)))).toBe('too-long');
    expect(code(() => writer.errorCode(400, 'r'.repeat(128)))).toBe('too-long');
    for (const bad of [299, 700, 400.5, Number.NaN]) expect(code(() => writer.errorCode(bad))).toBe('out-of-range');
    expect(code(() => writer.xorMappedAddress(new TransportAddress()))).toBe('out-of-range');
    expect(code(() => writer.attribute(0x8022, id, 1, 12))).toBe('out-of-range');
    expect(code(() => writer.attribute(0x8022, id, -1, 2))).toBe('out-of-range');
    expect(code(() => writer.attribute(0x8022, new Uint8Array(65_536)))).toBe('too-long');
    expect(code(() => writer.unknownAttributes(Uint16Array.of(1), 2))).toBe('out-of-range');
    expect(code(() => writer.begin(out, 0, 100, 0, 1, id, 1))).toBe('out-of-range');
  });
});
