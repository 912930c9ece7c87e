import { expect, test } from 'vitest';
import { fromHex, vectors } from '../test/support.ts';
import {
  AttributeType,
  attributeName,
  COMPREHENSION_OPTIONAL,
  ErrorCode,
  ICE_ATTRIBUTES,
  StunMethod,
} from './registry.ts';

/** The registry "STUN Parameters" of IANA as of 2023-12-18, the part that is used here. */
const iana: Readonly<Record<string, number>> = {
  'MAPPED-ADDRESS': 0x0001,
  USERNAME: 0x0006,
  'MESSAGE-INTEGRITY': 0x0008,
  'ERROR-CODE': 0x0009,
  'UNKNOWN-ATTRIBUTES': 0x000a,
  'CHANNEL-NUMBER': 0x000c,
  LIFETIME: 0x000d,
  'XOR-PEER-ADDRESS': 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  'XOR-RELAYED-ADDRESS': 0x0016,
  'REQUESTED-ADDRESS-FAMILY': 0x0017,
  'EVEN-PORT': 0x0018,
  'REQUESTED-TRANSPORT': 0x0019,
  'DONT-FRAGMENT': 0x001a,
  'MESSAGE-INTEGRITY-SHA256': 0x001c,
  'PASSWORD-ALGORITHM': 0x001d,
  USERHASH: 0x001e,
  'XOR-MAPPED-ADDRESS': 0x0020,
  'RESERVATION-TOKEN': 0x0022,
  PRIORITY: 0x0024,
  'USE-CANDIDATE': 0x0025,
  'CONNECTION-ID': 0x002a,
  'ADDITIONAL-ADDRESS-FAMILY': 0x8000,
  'ADDRESS-ERROR-CODE': 0x8001,
  'PASSWORD-ALGORITHMS': 0x8002,
  'ALTERNATE-DOMAIN': 0x8003,
  ICMP: 0x8004,
  SOFTWARE: 0x8022,
  'ALTERNATE-SERVER': 0x8023,
  FINGERPRINT: 0x8028,
  'ICE-CONTROLLED': 0x8029,
  'ICE-CONTROLLING': 0x802a,
  'GOOG-NETWORK-INFO': 0xc057,
};

const notIana: readonly number[] = [AttributeType.nomination, AttributeType.hawser];

test('every attribute type is the one of the registry, and none of the registry is missing', () => {
  const ours = Object.values(AttributeType).filter((type) => !notIana.includes(type));
  expect(Object.fromEntries(ours.map((type) => [attributeName(type), type]))).toEqual(iana);
});

test('every attribute named in the vectors has that name here', () => {
  let seen = 0;
  for (const { input, expected } of vectors) {
    for (const attribute of expected.attributes ?? []) {
      if (attribute.name === 'unknown') continue;
      expect(attributeName(attribute.type)).toBe(attribute.name);
      const message = fromHex(input.message as string);
      expect((message[attribute.offset] << 8) | message[attribute.offset + 1]).toBe(attribute.type);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(50);
});

test('what is not of the registry may be skipped by everybody, and lies in the Expert Review space', () => {
  for (const type of notIana) expect(type).toBeGreaterThanOrEqual(0xc000);
  expect(attributeName(AttributeType.hawser)).toBe('HAWSER');
});

test('no number is used twice', () => {
  for (const table of [AttributeType, StunMethod, ErrorCode]) {
    const values = Object.values(table);
    expect(new Set(values).size).toBe(values.length);
  }
});

test('an unknown type is named by its number', () => {
  expect(attributeName(0x0002)).toBe('0x0002');
  expect(attributeName(0xffff)).toBe('0xffff');
});

test('only comprehension-required types need to be listed as understood', () => {
  for (const type of ICE_ATTRIBUTES) expect(type).toBeLessThan(COMPREHENSION_OPTIONAL);
});
