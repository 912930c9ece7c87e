import { expect, test } from 'vitest';
import { fromHex, vectors } from '../test/support.ts';
import { reasonPhrase } from './attributes/error-code.ts';
import {
  AttributeType,
  attributeName,
  COMPREHENSION_OPTIONAL,
  ErrorCode,
  ICE_ATTRIBUTES,
  LONG_TERM_ATTRIBUTES,
  PasswordAlgorithm,
  SecurityFeature,
  StunMethod,
} from './registry.ts';

/** The attributes that have a name in the registry "STUN Parameters" of IANA, as of 2024-12-20 and after. */
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
  'ACCESS-TOKEN': 0x001b,
  'MESSAGE-INTEGRITY-SHA256': 0x001c,
  'PASSWORD-ALGORITHM': 0x001d,
  USERHASH: 0x001e,
  'XOR-MAPPED-ADDRESS': 0x0020,
  'RESERVATION-TOKEN': 0x0022,
  PRIORITY: 0x0024,
  'USE-CANDIDATE': 0x0025,
  PADDING: 0x0026,
  'RESPONSE-PORT': 0x0027,
  'CONNECTION-ID': 0x002a,
  'ADDITIONAL-ADDRESS-FAMILY': 0x8000,
  'ADDRESS-ERROR-CODE': 0x8001,
  'PASSWORD-ALGORITHMS': 0x8002,
  'ALTERNATE-DOMAIN': 0x8003,
  ICMP: 0x8004,
  SOFTWARE: 0x8022,
  'ALTERNATE-SERVER': 0x8023,
  TRANSACTION_TRANSMIT_COUNTER: 0x8025,
  'CACHE-TIMEOUT': 0x8027,
  FINGERPRINT: 0x8028,
  'ICE-CONTROLLED': 0x8029,
  'ICE-CONTROLLING': 0x802a,
  'RESPONSE-ORIGIN': 0x802b,
  'OTHER-ADDRESS': 0x802c,
  'ECN-CHECK STUN': 0x802d,
  'THIRD-PARTY-AUTHORIZATION': 0x802e,
  'MOBILITY-TICKET': 0x8030,
  'CISCO-STUN-FLOWDATA': 0xc000,
  'ENF-FLOW-DESCRIPTION': 0xc001,
  'ENF-NETWORK-STATUS': 0xc002,
  'CISCO-WEBEX-FLOW-INFO': 0xc003,
  'CITRIX-TRANSACTION-ID': 0xc056,
  'GOOG-NETWORK-INFO': 0xc057,
  'GOOG-LAST-ICE-CHECK-RECEIVED': 0xc058,
  'GOOG-MISC-INFO': 0xc059,
  'GOOG-OBSOLETE-1': 0xc05a,
  'GOOG-CONNECTION-ID': 0xc05b,
  'GOOG-DELTA': 0xc05c,
  'GOOG-DELTA-ACK': 0xc05d,
  'GOOG-DELTA-SYNC-REQ': 0xc05e,
  'GOOG-MESSAGE-INTEGRITY-32': 0xc060,
  'DTLS-IN-STUN': 0xc070,
  'DTLS-IN-STUN-ACKNOWLEDGEMENT': 0xc071,
};

/** The registry's error codes and methods. */
const ianaErrors = [300, 400, 401, 403, 405, 420, 437, 438, 440, 441, 442, 443, 446, 447, 486, 487, 500, 508];
const ianaMethods = [0x001, 0x003, 0x004, 0x006, 0x007, 0x008, 0x009, 0x00a, 0x00b, 0x00c, 0x080];

const notIana: readonly number[] = [AttributeType.nomination, AttributeType.hawser];

test('every attribute type is the one of the registry, and none of the registry is missing', () => {
  const ours = Object.values(AttributeType).filter((type) => !notIana.includes(type));
  // ENF-FLOW-DESCRIPTION is the one whose number Chromium took for something else.
  const { 'ENF-FLOW-DESCRIPTION': taken, ...others } = iana;
  expect(taken).toBe(AttributeType.nomination);
  expect(Object.fromEntries(ours.map((type) => [attributeName(type), type]))).toEqual(others);
});

test('so are the error codes, each with a reason phrase, the methods, algorithms and security features', () => {
  const ascending = (a: number, b: number) => a - b;
  expect(Object.values(ErrorCode).sort(ascending)).toEqual(ianaErrors);
  for (const code of ianaErrors) expect(reasonPhrase(code)).not.toBe('');
  expect(Object.values(StunMethod).sort(ascending)).toEqual(ianaMethods);
  expect(PasswordAlgorithm).toEqual({ md5: 1, sha256: 2 });
  // Bit 0 is the leftmost of 24 (RFC 8489 18.1).
  expect(SecurityFeature).toEqual({ passwordAlgorithms: 1 << 23, usernameAnonymity: 1 << 22 });
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
  for (const type of [...ICE_ATTRIBUTES, ...LONG_TERM_ATTRIBUTES]) expect(type).toBeLessThan(COMPREHENSION_OPTIONAL);
});
