import { expect, test } from 'vitest';
import { classOf, isStun, messageType, methodOf } from './header.ts';
import { StunClass, StunMethod } from './registry.ts';

const binding = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

test('the four Binding types are the well-known ones', () => {
  const types = [StunClass.request, StunClass.indication, StunClass.success, StunClass.error].map((cls) =>
    messageType(cls, StunMethod.binding),
  );
  expect(types).toEqual([0x0001, 0x0011, 0x0101, 0x0111]);
});

test('every class and method comes back from its type', () => {
  for (let method = 0; method <= 0xfff; method++) {
    for (const cls of Object.values(StunClass)) {
      const type = messageType(cls, method);
      expect(type >> 14).toBe(0);
      if (methodOf(type) !== method || classOf(type) !== cls) throw new Error(`method ${method}, class ${cls}`);
    }
  }
});

test('a STUN message is told by its first bits, its cookie and its length', () => {
  expect(isStun(binding, 0, 20)).toBe(true);
  for (const [at, value] of [
    [0, 0x40],
    [0, 0x80],
    [0, 0xff],
    [3, 1],
    [3, 2],
    [4, 0x20],
    [5, 0],
    [6, 0],
    [7, 0x43],
  ]) {
    const other = binding.slice();
    other[at] = value;
    expect(isStun(other, 0, 20)).toBe(false);
  }
});

test('no range makes it throw or read outside', () => {
  expect(isStun(binding, 0, 19)).toBe(false);
  expect(isStun(binding, 1, 20)).toBe(false);
  expect(isStun(binding, -1, 20)).toBe(false);
  expect(isStun(binding, 0, 21)).toBe(false);
  expect(isStun(new Uint8Array(0), 0, 0)).toBe(false);
});
