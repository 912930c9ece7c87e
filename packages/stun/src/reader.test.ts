import { HmacSha1, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../test/support.ts';
import { TransportAddress } from './attributes/address.ts';
import { StunReader, UNKNOWN_REQUIRED_LIMIT } from './reader.ts';
import { AttributeType, StunClass, StunMethod } from './registry.ts';
import { StunWriter } from './writer.ts';

const id = Uint8Array.from({ length: 12 }, (_, i) => 0x30 + i);
const keyBytes = Uint8Array.from([1, 2, 3, 4]);
const key = new HmacSha1(keyBytes);

/** A Binding request with whatever `build` adds. */
function message(build: (writer: StunWriter) => void): Uint8Array {
  const out = new Uint8Array(1200);
  const writer = new StunWriter().begin(out, 0, 1200, StunClass.request, StunMethod.binding, id, 0);
  build(writer);
  return out.slice(0, writer.finish());
}

/** The message with more attributes behind it, the header's length made to fit. */
function extended(from: Uint8Array, hex: string): Uint8Array {
  const out = Uint8Array.from([...from, ...fromHex(hex)]);
  out[2] = (out.length - 20) >> 8;
  out[3] = out.length - 20;
  return out;
}

function parsed(bytes: Uint8Array, understood?: readonly number[]): StunReader {
  const reader = new StunReader(understood);
  expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
  return reader;
}

function typesSeen(reader: StunReader): number[] {
  const types: number[] = [];
  for (let more = reader.first(); more; more = reader.next()) types.push(reader.type);
  return types;
}

describe('header and walk', () => {
  test('a message without attributes has none', () => {
    const reader = parsed(message(() => {}));
    expect([reader.cls, reader.method, reader.length]).toEqual([StunClass.request, StunMethod.binding, 20]);
    expect(reader.first()).toBe(false);
    expect(reader.next()).toBe(false);
    expect([reader.type, reader.valueLength]).toEqual([-1, -1]);
    expect([reader.hasIntegrity, reader.hasFingerprint]).toEqual([false, false]);
    expect(reader.verifyIntegrity(key)).toBe(false);
    expect(reader.verifyFingerprint()).toBe(false);
  });

  test('the transaction id can be compared and copied from where it lies', () => {
    const reader = parsed(message(() => {}));
    expect(toHex(reader.bytes, reader.transactionIdOffset, 12)).toBe(toHex(id));
    expect(reader.transactionIdEquals(id, 0)).toBe(true);
    expect(reader.transactionIdEquals(new Uint8Array(12), 0)).toBe(false);
    expect(reader.transactionIdEquals(id, 1)).toBe(false);
    expect(new StunReader().transactionIdEquals(id, 0)).toBe(false);
  });

  test('the first of equal attributes counts (RFC 8489 14), the walk shows all', () => {
    const bytes = message((writer) => {
      writer.priority(1);
      writer.priority(2);
    });
    const reader = parsed(bytes);
    expect(reader.find(AttributeType.priority)).toBe(true);
    expect(reader.u32()).toBe(1);
    expect(reader.next()).toBe(true);
    expect(reader.u32()).toBe(2);
    expect(reader.find(AttributeType.username)).toBe(false);
    expect(reader.u32()).toBe(-1);
  });

  test('what was refused leaves nothing of the message before', () => {
    const good = message((writer) => writer.integrity(key));
    const reader = parsed(good);
    expect(reader.parse(good, 0, good.length - 4)).toBe(Verdict.malformed);
    expect([reader.length, reader.hasIntegrity, reader.first(), reader.verifyIntegrity(key)]).toEqual([
      0,
      false,
      false,
      false,
    ]);
    expect(reader.parse(Uint8Array.of(0x80, 0, 0, 0), 0, 4)).toBe(Verdict.notMine);
  });
});

describe('values', () => {
  test('typed readers refuse a value of another size', () => {
    const reader = parsed(message((writer) => writer.attribute(AttributeType.priority, Uint8Array.of(1, 2, 3))));
    reader.first();
    expect(reader.u32()).toBe(-1);
    expect(reader.u64()).toBe(false);
    expect(reader.errorCode()).toBe(-1);
    expect(reader.reason()).toBe('');
    expect(reader.unknownAttributes(new Uint16Array(4))).toBe(-1);
    expect(reader.xorAddress(new TransportAddress())).toBe(false);
    expect(reader.address(new TransportAddress())).toBe(false);
  });

  test('without a current attribute they say so too', () => {
    const reader = new StunReader();
    expect([reader.u32(), reader.u64(), reader.errorCode(), reader.text(), reader.reason()]).toEqual([
      -1,
      false,
      -1,
      '',
      '',
    ]);
    expect(reader.unknownAttributes(new Uint16Array(4))).toBe(-1);
    expect(reader.valueEquals(new Uint8Array(0))).toBe(false);
    expect(reader.xorAddress(new TransportAddress())).toBe(false);
  });

  test('a tie-breaker of 64 bits comes in two unsigned words', () => {
    const reader = parsed(message((writer) => writer.iceControlled(0xfffffffe, 0x80000001)));
    expect(reader.find(AttributeType.iceControlled) && reader.u64()).toBe(true);
    expect([reader.high, reader.low]).toEqual([0xfffffffe, 0x80000001]);
  });

  test('a user name is compared where it lies', () => {
    const reader = parsed(message((writer) => writer.username('abcd:efgh')));
    const name = new TextEncoder().encode('abcd:efgh');
    reader.first();
    expect(reader.valueEquals(name)).toBe(true);
    expect(reader.valueEquals(name, 0, 8)).toBe(false);
    expect(reader.valueEquals(new TextEncoder().encode('abcd:efgx'))).toBe(false);
    expect(reader.text()).toBe('abcd:efgh');
  });

  test.each([
    ['00000457', 487],
    ['fffffc57', 487],
    ['00000300', 300],
    ['00000663', 699],
    ['00000264', -1],
    ['00000200', -1],
    ['00000700', -1],
    ['00000464', -1],
    ['000004', -1],
  ])('error code %s is %i (RFC 8489 14.8)', (hex, code) => {
    const reader = parsed(message((writer) => writer.attribute(AttributeType.errorCode, fromHex(hex))));
    reader.first();
    expect(reader.errorCode()).toBe(code);
  });

  test('a longer list of unknown attributes than there is room for is cut, its length is told', () => {
    const reader = parsed(message((writer) => writer.unknownAttributes(Uint16Array.of(1, 2, 0xffff))));
    reader.first();
    const into = new Uint16Array(2);
    expect(reader.unknownAttributes(into)).toBe(3);
    expect(Array.from(into)).toEqual([1, 2]);
  });
});

describe('what must be understood (RFC 8489 6.3)', () => {
  test('unknown types below 0x8000 are listed once each, in order; those above are not', () => {
    const reader = parsed(
      message((writer) => {
        for (const type of [0x7fff, 0x8000, 0x0002, 0x7fff, 0xffff]) writer.flag(type);
        writer.username('a:b');
      }),
    );
    expect(reader.unknownRequiredCount).toBe(2);
    expect(Array.from(reader.unknownRequired.subarray(0, 2))).toEqual([0x7fff, 0x0002]);
  });

  test('the list is bounded', () => {
    const reader = parsed(
      message((writer) => {
        for (let type = 0x4000; type < 0x4000 + 100; type++) writer.flag(type);
      }),
    );
    expect(reader.unknownRequiredCount).toBe(UNKNOWN_REQUIRED_LIMIT);
  });

  test('a user that understands more says which', () => {
    const bytes = message((writer) => writer.u32(AttributeType.lifetime, 600));
    expect(parsed(bytes).unknownRequiredCount).toBe(1);
    expect(parsed(bytes, [AttributeType.lifetime, AttributeType.software]).unknownRequiredCount).toBe(0);
  });

  test('the list of one message is not the list of the next', () => {
    const reader = parsed(message((writer) => writer.flag(2)));
    const next = message(() => {});
    reader.parse(next, 0, next.length);
    expect(reader.unknownRequiredCount).toBe(0);
  });
});

describe('integrity and what follows it', () => {
  const sealed = message((writer) => {
    writer.username('a:b');
    writer.integrity(key);
  });

  test('is found right with its key alone', () => {
    const reader = parsed(sealed);
    expect(reader.verifyIntegrity(key)).toBe(true);
    expect(reader.verifyIntegrity(keyBytes)).toBe(true);
    expect(reader.verifyIntegrity(Uint8Array.of(1, 2, 3, 5))).toBe(false);
  });

  test('attributes behind it are not seen, and it stays valid (RFC 8489 9)', () => {
    // USE-CANDIDATE, PRIORITY and an unknown required one, put there by somebody without the key.
    const reader = parsed(extended(sealed, '00250000' + '002400047fffffff' + '7fff0000'));
    expect(reader.verifyIntegrity(key)).toBe(true);
    expect(typesSeen(reader)).toEqual([AttributeType.username, AttributeType.messageIntegrity]);
    expect(reader.find(AttributeType.useCandidate)).toBe(false);
    expect(reader.find(AttributeType.priority)).toBe(false);
    expect(reader.unknownRequiredCount).toBe(0);
  });

  test('MESSAGE-INTEGRITY-SHA256 and FINGERPRINT behind it are seen, and nothing between them', () => {
    const tag = 'aa'.repeat(32);
    const reader = parsed(extended(sealed, `00250000001c0020${tag}002500008028000400000000`));
    expect(typesSeen(reader)).toEqual([
      AttributeType.username,
      AttributeType.messageIntegrity,
      AttributeType.messageIntegritySha256,
      AttributeType.fingerprint,
    ]);
    expect(reader.unknownRequiredCount).toBe(0);
    expect(reader.verifyIntegrity(key)).toBe(true);
    expect(reader.verifyFingerprint()).toBe(false);
  });

  test('a second MESSAGE-INTEGRITY is not the one that counts', () => {
    const reader = parsed(extended(sealed, `00080014${'00'.repeat(20)}`));
    expect(reader.verifyIntegrity(key)).toBe(true);
  });

  test('behind a lone MESSAGE-INTEGRITY-SHA256, which must be understood, nothing but FINGERPRINT is seen', () => {
    const bytes = extended(
      message(() => {}),
      `001c0010${'bb'.repeat(16)}00250000`,
    );
    const reader = parsed(bytes);
    expect(typesSeen(reader)).toEqual([AttributeType.messageIntegritySha256]);
    expect(Array.from(reader.unknownRequired.subarray(0, 1))).toEqual([AttributeType.messageIntegritySha256]);
    // A MESSAGE-INTEGRITY that comes too late authenticates nothing.
    expect(parsed(extended(bytes, `00080014${'00'.repeat(20)}`)).hasIntegrity).toBe(false);
  });

  test.each([
    ['MESSAGE-INTEGRITY of 16 bytes', `00080010${'00'.repeat(16)}`],
    ['MESSAGE-INTEGRITY of 24 bytes', `00080018${'00'.repeat(24)}`],
    ['MESSAGE-INTEGRITY-SHA256 of 12 bytes', `001c000c${'00'.repeat(12)}`],
    ['MESSAGE-INTEGRITY-SHA256 of 18 bytes', `001c0012${'00'.repeat(20)}`],
    ['MESSAGE-INTEGRITY-SHA256 of 36 bytes', `001c0024${'00'.repeat(36)}`],
    ['FINGERPRINT that is not the last', '802800040000000080220000'],
    ['FINGERPRINT of 8 bytes', '802800080000000000000000'],
    ['FINGERPRINT of no bytes', '80280000'],
    ['an attribute past the end', '8022000500000000'],
  ])('%s is malformed', (_, hex) => {
    const bytes = extended(
      message(() => {}),
      hex,
    );
    expect(new StunReader().parse(bytes, 0, bytes.length)).toBe(Verdict.malformed);
  });
});
