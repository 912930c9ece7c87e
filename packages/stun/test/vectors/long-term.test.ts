import { HmacSha256, Verdict } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import {
  AttributeType,
  IntegrityKey,
  longTermKeyBytes,
  nonceFeatures,
  PasswordAlgorithm,
  StunReader,
  StunWriter,
  userhash,
} from '../../src/index.ts';
import { fromHex, toHex, type Vector, vectors } from '../support.ts';

const reader = new StunReader();

function vector(start: string): Vector {
  return vectors.find((one) => one.name.startsWith(start)) as Vector;
}

test('the key of RFC 8489 9.2.2: user, realm, pass', () => {
  expect(toHex(longTermKeyBytes(PasswordAlgorithm.md5, 'user', 'realm', 'pass'))).toBe(
    '8493fbc53ba582fb4c044c456bdc40eb',
  );
});

test('the key of the built TURN messages: alice, example.org, wonderland', () => {
  const { input } = vector('derived: TURN allocate, authenticated MD5');
  const key = longTermKeyBytes(PasswordAlgorithm.md5, 'alice', 'example.org', 'wonderland');
  expect(toHex(key)).toBe(input.keyHex);
});

test('quotes around a user name or realm and trailing zeros are taken off (RFC 8489 9.2.2)', () => {
  const key = toHex(longTermKeyBytes(PasswordAlgorithm.md5, 'user', 'realm', 'pass'));
  expect(toHex(longTermKeyBytes(PasswordAlgorithm.md5, '"user"\0', '"realm"\0\0', 'pass\0'))).toBe(key);
  expect(toHex(longTermKeyBytes(PasswordAlgorithm.md5, '"user', 'realm', 'pass'))).not.toBe(key);
  expect(() => longTermKeyBytes(PasswordAlgorithm.sha256, 'user', 'realm', '\0')).toThrowError(
    expect.objectContaining({ code: 'empty-password' }),
  );
});

describe('RFC 5769 2.4', () => {
  const { input } = vector('RFC 5769 2.4');
  const message = fromHex(input.message as string);

  test('its key is made from its user name, realm and password', () => {
    const bytes = longTermKeyBytes(PasswordAlgorithm.md5, input.username as string, input.realm as string, 'TheMatrIX');
    expect(toHex(bytes)).toBe(input.keyHex);
    expect(reader.parse(message, 0, message.length)).toBe(Verdict.consumed);
    expect(reader.verifyIntegrity(new IntegrityKey(bytes).sha1)).toBe(true);
  });
});

describe('RFC 8489 B.1', () => {
  const { input } = vector('RFC 8489 B.1 with');
  const printed = fromHex(vector('RFC 8489 B.1 as printed').input.message as string);
  const message = fromHex(input.message as string);
  const username = 'マトリックス';
  const key = longTermKeyBytes(PasswordAlgorithm.sha256, username, 'example.org', 'TheMatrIX');

  test('both keys', () => {
    expect(toHex(key)).toBe(input.keySha256Hex);
    expect(toHex(longTermKeyBytes(PasswordAlgorithm.md5, username, 'example.org', 'TheMatrIX'))).toBe(input.keyMd5Hex);
  });

  test('the user hash', () => {
    reader.parse(message, 0, message.length);
    expect(reader.find(AttributeType.userhash)).toBe(true);
    expect(toHex(message, reader.valueOffset, reader.valueLength)).toBe(toHex(userhash(username, 'example.org')));
  });

  test('the security features of its nonce, whose bit 22 is unassigned: the text of 18.1 counts bits from the left', () => {
    reader.parse(message, 0, message.length);
    reader.find(AttributeType.nonce);
    expect(nonceFeatures(message, reader.valueOffset, reader.valueLength)).toBe(0x000002);
  });

  test('the message as printed has a wrong length and is refused; its tag is right for the header as printed', () => {
    expect(reader.parse(printed, 0, printed.length)).toBe(Verdict.malformed);
    const tag = new Uint8Array(32);
    new HmacSha256(key).digestInto(printed, 0, printed.length - 36, tag, 0);
    expect(toHex(tag)).toBe(toHex(printed, printed.length - 32, 32));
  });

  test('with the length mended, it is authentic under the SHA-256 key alone', () => {
    expect(reader.parse(message, 0, message.length)).toBe(Verdict.consumed);
    expect([reader.hasIntegrity, reader.hasIntegritySha256]).toEqual([false, true]);
    expect(reader.verifyIntegritySha256(key)).toBe(true);
    expect(reader.verifyIntegritySha256(new HmacSha256(key))).toBe(true);
    expect(reader.verifyIntegritySha256(fromHex(input.keyMd5Hex as string))).toBe(false);
    expect(reader.verifyIntegrity(key)).toBe(false);
  });

  test('is written again to the byte', () => {
    reader.parse(message, 0, message.length);
    const out = new Uint8Array(400);
    const writer = new StunWriter();
    writer.begin(out, 0, 400, reader.cls, reader.method, message, reader.transactionIdOffset);
    writer.attribute(AttributeType.userhash, userhash(username, 'example.org'));
    reader.find(AttributeType.nonce);
    writer.nonce(message, reader.valueOffset, reader.valueLength);
    writer.realm('example.org');
    writer.integritySha256(new HmacSha256(key));
    expect(toHex(out, 0, writer.finish())).toBe(input.message);
  });
});
