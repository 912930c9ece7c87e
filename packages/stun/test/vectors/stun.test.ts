import { HmacSha1, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import {
  AttributeType,
  attributeName,
  classOf,
  messageType,
  methodOf,
  StunClass,
  StunReader,
  StunWriter,
  shortTermKey,
  TransportAddress,
} from '../../src/index.ts';
import { fromHex, toHex, type Vector, type VectorAttribute, vectors } from '../support.ts';

const reader = new StunReader();
const address = new TransportAddress();

describe('message types (RFC 8489 5, figure 3)', () => {
  const types = vectors.filter((vector) => vector.input.method !== undefined);
  test('there are some', () => expect(types.length).toBe(48));
  test.each(types.map((vector) => [vector.name, vector] as const))('%s', (_, { input, expected }) => {
    const cls = StunClass[input.class as keyof typeof StunClass];
    const type = expected.type as number;
    expect(messageType(cls, input.method as number)).toBe(type);
    expect(classOf(type)).toBe(cls);
    expect(methodOf(type)).toBe(input.method);
  });
});

describe('messages', () => {
  const messages = vectors.filter((vector) => vector.input.message !== undefined && vector.expected.attributes);
  test('there are some', () => expect(messages.length).toBeGreaterThan(20));

  test.each(messages.map((vector) => [vector.name, vector] as const))('reads %s', (_, vector) => {
    const { expected } = vector;
    const message = fromHex(vector.input.message as string);
    expect(reader.parse(message, 0, message.length)).toBe(Verdict.consumed);
    expect(reader.cls).toBe(StunClass[expected.class as keyof typeof StunClass]);
    expect(reader.method).toBe(expected.method);
    expect(toHex(message, reader.transactionIdOffset, 12)).toBe(expected.transactionId);
    const seen: unknown[] = [];
    for (let more = reader.first(); more; more = reader.next()) {
      seen.push({
        type: reader.type,
        length: reader.valueLength,
        value: toHex(message, reader.valueOffset, reader.valueLength),
        offset: reader.valueOffset - 4,
      });
    }
    const wanted = (expected.attributes as VectorAttribute[]).map(({ type, length, value, offset }) => {
      return { type, length, value, offset };
    });
    expect(seen).toEqual(wanted);
  });

  test.each(messages.map((vector) => [vector.name, vector] as const))('decodes the values of %s', (_, vector) => {
    const message = fromHex(vector.input.message as string);
    reader.parse(message, 0, message.length);
    for (const attribute of vector.expected.attributes as VectorAttribute[]) {
      if (attribute.name !== 'unknown') expect(attributeName(attribute.type)).toBe(attribute.name);
      if (attribute.decoded === undefined) continue;
      expect(reader.find(attribute.type)).toBe(true);
      while (reader.valueOffset - 4 !== attribute.offset) expect(reader.next()).toBe(true);
      expect(decoded(attribute)).toEqual(attribute.decoded);
    }
  });

  test.each(messages.filter(hasKey).map((vector) => [vector.name, vector] as const))(
    'authenticates %s',
    (_, vector) => {
      const message = fromHex(vector.input.message as string);
      reader.parse(message, 0, message.length);
      const key = fromHex(vector.input.keyHex as string);
      expect(reader.verifyIntegrity(key)).toBe(true);
      expect(reader.verifyIntegrity(new HmacSha1(key))).toBe(true);
      if (vector.expected.fingerprintValid !== undefined) {
        expect(reader.verifyFingerprint()).toBe(vector.expected.fingerprintValid);
      }
    },
  );

  test.each(messages.map((vector) => [vector.name, vector] as const))('writes %s again', (_, vector) => {
    const message = fromHex(vector.input.message as string);
    const key = vector.input.keyHex === undefined ? undefined : new HmacSha1(fromHex(vector.input.keyHex));
    const again = rewrite(message, key);
    // RFC 5769 pads with spaces in 2.1 to 2.3; RFC 8489 wants zeros, and then the tags differ too.
    if (/5769 2\.[123]|capture/.test(vector.name)) expect(again.length).toBe(message.length);
    else expect(toHex(again)).toBe(vector.input.message);
  });
});

test('the short-term password of RFC 5769 gives its key', () => {
  const vector = vectors.find((one) => one.name.startsWith('RFC 5769 2.1')) as Vector;
  const message = fromHex(vector.input.message as string);
  reader.parse(message, 0, message.length);
  expect(reader.verifyIntegrity(shortTermKey(vector.input.password as string))).toBe(true);
  expect(reader.verifyIntegrity(shortTermKey(`${vector.input.password}x`))).toBe(false);
});

describe('what must be refused', () => {
  const rejected = vectors.filter((vector) => vector.expected.reject || vector.expected.strictParser);
  test('there are some', () => expect(rejected.length).toBeGreaterThan(10));
  test.each(rejected.map((vector) => [vector.name, vector] as const))('%s', (name, vector) => {
    const message = fromHex(vector.input.message as string);
    const verdict = reader.parse(message, 0, message.length);
    if (!name.includes('XOR-MAPPED-ADDRESS')) {
      expect(verdict).not.toBe(Verdict.consumed);
      expect(reader.first()).toBe(false);
      return;
    }
    // A lone attribute of an unknown family is to be ignored (RFC 8489 6.3.3), not the whole message.
    expect(verdict).toBe(Verdict.consumed);
    expect(reader.find(AttributeType.xorMappedAddress)).toBe(true);
    expect(reader.xorAddress(address)).toBe(false);
    expect(address.length).toBe(0);
  });

  const forged = vectors.filter((vector) => vector.name.startsWith('authentication'));
  test.each(forged.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const message = fromHex(vector.input.message as string);
    expect(reader.parse(message, 0, message.length)).toBe(Verdict.consumed);
    expect(reader.verifyIntegrity(fromHex(vector.input.keyHex as string))).toBe(vector.expected.messageIntegrityValid);
    expect(reader.verifyFingerprint()).toBe(vector.expected.fingerprintValid);
  });
});

function hasKey(vector: Vector): boolean {
  return vector.input.keyHex !== undefined && vector.expected.messageIntegrityValid === true;
}

/** The value of the reader's attribute in the vectors' shape. */
function decoded(attribute: VectorAttribute): unknown {
  const { type } = attribute;
  switch (type) {
    case AttributeType.xorMappedAddress:
    case AttributeType.xorPeerAddress:
    case AttributeType.xorRelayedAddress:
      expect(reader.xorAddress(address)).toBe(true);
      return inVectorShape(address);
    case AttributeType.mappedAddress:
    case AttributeType.alternateServer:
      expect(reader.address(address)).toBe(true);
      return inVectorShape(address);
    case AttributeType.errorCode:
      return { code: reader.errorCode(), reason: reader.reason() };
    case AttributeType.unknownAttributes: {
      const into = new Uint16Array(8);
      return Array.from(into.subarray(0, reader.unknownAttributes(into)));
    }
    case AttributeType.priority:
    case AttributeType.lifetime:
    case AttributeType.fingerprint:
      return reader.u32();
    default:
      return reader.text();
  }
}

function inVectorShape(from: TransportAddress): unknown {
  return { family: from.length === 4 ? 'IPv4' : 'IPv6', address: from.text(), port: from.port };
}

/** The message built anew, attribute by attribute. */
function rewrite(message: Uint8Array, key: HmacSha1 | undefined): Uint8Array {
  const out = new Uint8Array(1500);
  const writer = new StunWriter();
  reader.parse(message, 0, message.length);
  writer.begin(out, 3, 1400, reader.cls, reader.method, message, reader.transactionIdOffset);
  for (let more = reader.first(); more; more = reader.next()) {
    if (reader.type === AttributeType.messageIntegrity && key !== undefined) writer.integrity(key);
    else if (reader.type === AttributeType.fingerprint) writer.fingerprint();
    else writer.attribute(reader.type, message, reader.valueOffset, reader.valueLength);
  }
  const length = writer.finish();
  return out.slice(3, 3 + length);
}
