import { Verdict, verdictName } from '@hawser/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isStun, messageType, StunReader, StunWriter, TransportAddress } from '../../src/index.ts';
import { referenceFingerprint, referenceIntegrity, referenceParse } from '../reference.ts';
import { bytes, key, keyBytes, spec, transactionId, u32, written } from './arbitraries.ts';

const reader = new StunReader();

function attributesOf(from: StunReader): { type: number; value: number[] }[] {
  const seen: { type: number; value: number[] }[] = [];
  for (let more = from.first(); more; more = from.next()) {
    const value = Array.from(from.bytes.subarray(from.valueOffset, from.valueOffset + from.valueLength));
    seen.push({ type: from.type, value });
  }
  return seen;
}

test('what is written is read, and is exactly as long as its parts', () => {
  fc.assert(
    fc.property(spec, (one) => {
      const message = written(one);
      const parts = one.attributes.map(({ value }) => 4 + Math.ceil(value.length / 4) * 4);
      const size = 20 + parts.reduce((sum, part) => sum + part, 0);
      expect(message.length).toBe(size + (one.sealed ? 24 : 0) + (one.fingerprinted ? 8 : 0));
      expect(isStun(message, 0, message.length)).toBe(true);
      expect(reader.parse(message, 0, message.length)).toBe(Verdict.consumed);
      expect([reader.cls, reader.method]).toEqual([one.cls, one.method]);
      expect(reader.transactionIdEquals(one.id, 0)).toBe(true);
      const plain = one.attributes.map(({ type, value }) => ({ type, value: Array.from(value) }));
      expect(attributesOf(reader).slice(0, plain.length)).toEqual(plain);
      expect(reader.verifyIntegrity(key)).toBe(one.sealed);
      expect(reader.verifyFingerprint()).toBe(one.fingerprinted);
    }),
  );
});

test('what is read and written again is the same, byte for byte', () => {
  fc.assert(
    fc.property(spec, (one) => {
      const message = written(one);
      reader.parse(message, 0, message.length);
      const out = new Uint8Array(message.length);
      const writer = new StunWriter().begin(out, 0, out.length, reader.cls, reader.method, message, 8);
      for (let more = reader.first(); more; more = reader.next()) {
        writer.attribute(reader.type, message, reader.valueOffset, reader.valueLength);
      }
      expect(writer.finish()).toBe(message.length);
      expect(out).toEqual(message);
    }),
  );
});

test('every truncation ends in a verdict', () => {
  fc.assert(
    fc.property(spec, (one) => {
      const message = written(one);
      for (let length = 0; length < message.length; length++) {
        expect(reader.parse(message, 0, length)).toBe(length < 20 ? Verdict.notMine : Verdict.malformed);
        expect(reader.first()).toBe(false);
      }
    }),
    { numRuns: 30 },
  );
});

test('every flipped bit of a sealed message is noticed', () => {
  fc.assert(
    fc.property(spec, (one) => {
      const message = written({ ...one, sealed: true, fingerprinted: true });
      for (let bit = 0; bit < message.length * 8; bit++) {
        message[bit >> 3] ^= 1 << (bit & 7);
        const accepted = reader.parse(message, 0, message.length) === Verdict.consumed;
        if (accepted && reader.verifyIntegrity(key) && reader.verifyFingerprint()) throw new Error(`bit ${bit}`);
        message[bit >> 3] ^= 1 << (bit & 7);
      }
    }),
    { numRuns: 10 },
  );
});

test('agrees with the slow reader on whole, cut, damaged and invented messages', () => {
  const damaged = fc
    .tuple(spec, fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }), fc.nat(24))
    .map(([one, changes, cut]) => {
      const message = written(one);
      for (const [at, value] of changes) message[at % message.length] = value;
      return message.slice(0, message.length - (cut > 20 ? cut - 20 : 0));
    });
  // Attributes with a meaning for the message as a whole, mostly of their right size, in any order and number.
  const special = fc.oneof(
    fc.tuple(fc.constant(0x0008), bytes(20, 20)),
    fc.tuple(fc.constant(0x001c), bytes(16, 36)),
    fc.tuple(fc.constant(0x8028), bytes(4, 4)),
  );
  const plain = fc.tuple(fc.constantFrom(0, 6, 0x24, 0x25, 0x8022, 0x0008, 0x8028), bytes(0, 12));
  const invented = fc.tuple(transactionId, fc.array(fc.oneof(special, plain), { maxLength: 6 })).map(([id, parts]) => {
    const body = parts.flatMap(([type, value]) => {
      const padding = new Array((4 - (value.length % 4)) % 4).fill(0x20);
      return [type >> 8, type & 255, 0, value.length, ...value, ...padding];
    });
    return Uint8Array.from([0, 1, body.length >> 8, body.length & 255, 0x21, 0x12, 0xa4, 0x42, ...id, ...body]);
  });
  fc.assert(
    fc.property(fc.oneof(damaged, invented, bytes(0, 60)), (datagram) => {
      const verdict = reader.parse(datagram, 0, datagram.length);
      const reference = referenceParse(datagram);
      if (typeof reference === 'string') {
        expect(verdictName(verdict)).toBe(reference);
        return;
      }
      expect(verdict).toBe(Verdict.consumed);
      expect(messageType(reader.cls, reader.method)).toBe(reference.type);
      expect(attributesOf(reader)).toEqual(
        reference.attributes.map(({ type, value }) => ({ type, value: Array.from(value) })),
      );
      expect(reader.verifyIntegrity(key)).toBe(referenceIntegrity(reference, keyBytes));
      expect(reader.verifyFingerprint()).toBe(referenceFingerprint(reference));
    }),
    { numRuns: 2000 },
  );
});

test('reads the same at any offset in a larger buffer, and leaves the buffer alone', () => {
  fc.assert(
    fc.property(spec, bytes(0, 40), bytes(0, 40), (one, before, after) => {
      const message = written(one);
      const buffer = Uint8Array.from([...before, ...message, ...after]);
      const copy = buffer.slice();
      expect(reader.parse(buffer, before.length, message.length)).toBe(Verdict.consumed);
      const moved = attributesOf(reader);
      expect([reader.verifyIntegrity(key), reader.verifyFingerprint()]).toEqual([one.sealed, one.fingerprinted]);
      expect(buffer).toEqual(copy);
      reader.parse(message, 0, message.length);
      expect(moved).toEqual(attributesOf(reader));
    }),
  );
});

test('an address survives both of its shapes, under any transaction id', () => {
  const address = fc.tuple(fc.oneof(bytes(4, 4), bytes(16, 16)), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(transactionId, address, (id, [octets, port]) => {
      const from = new TransportAddress();
      from.bytes.set(octets);
      from.length = octets.length as 4 | 16;
      from.port = port;
      const out = new Uint8Array(100);
      const writer = new StunWriter().begin(out, 5, 95, 2, 1, id, 0);
      writer.xorMappedAddress(from);
      writer.address(1, from);
      const into = new TransportAddress();
      reader.parse(out, 5, writer.finish());
      expect(reader.first() && reader.xorAddress(into) && into.equals(from)).toBe(true);
      expect(reader.next() && reader.address(into) && into.equals(from)).toBe(true);
    }),
  );
});

test('numbers and codes survive', () => {
  fc.assert(
    fc.property(u32, u32, fc.integer({ min: 300, max: 699 }), fc.string({ maxLength: 127 }), (a, b, code, reason) => {
      const out = new Uint8Array(800);
      const writer = new StunWriter().begin(out, 0, 800, 3, 1, out, 8);
      writer.u32(0x24, a);
      writer.u64(0x8029, a, b);
      writer.errorCode(code, reason);
      reader.parse(out, 0, writer.finish());
      expect(reader.first() && reader.u32()).toBe(a);
      expect(reader.next() && reader.u64() && [reader.high, reader.low]).toEqual([a, b]);
      expect(reader.next() && [reader.errorCode(), reader.reason()]).toEqual([code, reason]);
    }),
  );
});
