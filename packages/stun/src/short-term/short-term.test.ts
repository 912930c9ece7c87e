import { describe, expect, test } from 'vitest';
import { IntegrityKey } from '../long-term/key.ts';
import { StunReader } from '../reader.ts';
import { AttributeType, ICE_ATTRIBUTES, StunClass, StunMethod } from '../registry.ts';
import { StunWriter } from '../writer.ts';
import { type IntegrityChoice, ShortTermClient, ShortTermServer } from './short-term.ts';

const reader = new StunReader([...ICE_ATTRIBUTES, AttributeType.messageIntegritySha256]);
const writer = new StunWriter();
const id = new Uint8Array(12);

function message(cls: StunClass, write: (writer: StunWriter) => void): Uint8Array {
  const out = new Uint8Array(500);
  writer.begin(out, 0, 500, cls, StunMethod.binding, id, 0);
  write(writer);
  writer.fingerprint();
  return out.slice(0, writer.finish());
}

function read(bytes: Uint8Array): StunReader {
  expect(reader.parse(bytes, 0, bytes.length)).toBe(0);
  expect(reader.verifyFingerprint()).toBe(true);
  return reader;
}

function pair(choice?: IntegrityChoice): { client: ShortTermClient; server: ShortTermServer } {
  const server = new ShortTermServer();
  server.add('alice', 'secret');
  return { client: new ShortTermClient('alice', 'secret', choice), server };
}

const request = (client: ShortTermClient) => message(StunClass.request, (w) => client.authenticate(w));

describe('a client', () => {
  test('sends both kinds first, then the one that the server answered with (RFC 8489 9.1.2, 9.1.5)', () => {
    const { client, server } = pair();
    read(request(client));
    expect([reader.hasIntegrity, reader.hasIntegritySha256]).toEqual([true, true]);
    expect(server.check(reader)).toBe(0);
    expect(client.handleResponse(read(message(StunClass.success, (w) => server.seal(w))))).toBe(true);
    expect(client.choice).toBe('sha256');
    read(request(client));
    expect([reader.hasIntegrity, reader.hasIntegritySha256]).toEqual([false, true]);
  });

  test('falls back on MESSAGE-INTEGRITY with a server of RFC 5389', () => {
    const { client, server } = pair();
    const old = pair('sha1');
    expect(server.check(read(request(old.client)))).toBe(0);
    expect(client.handleResponse(read(message(StunClass.success, (w) => server.seal(w))))).toBe(true);
    expect(client.choice).toBe('sha1');
  });

  test('discards the other kind than the one it sent, a wrong tag, and none', () => {
    const both = pair();
    const sha1 = pair('sha1');
    const sha256 = pair('sha256');
    both.server.check(read(request(sha256.client)));
    const bySha256 = message(StunClass.success, (w) => both.server.seal(w));
    both.server.check(read(request(sha1.client)));
    const bySha1 = message(StunClass.success, (w) => both.server.seal(w));
    expect(sha1.client.handleResponse(read(bySha256))).toBe(false);
    expect(sha256.client.handleResponse(read(bySha1))).toBe(false);
    const other = new ShortTermClient('alice', 'other');
    expect(other.handleResponse(read(bySha1))).toBe(false);
    expect(other.handleResponse(read(bySha256))).toBe(false);
    expect(other.handleResponse(read(message(StunClass.success, () => {})))).toBe(false);
    expect(other.choice).toBe('both');
  });
});

describe('a server (RFC 8489 9.1.3)', () => {
  test('answers 400 without integrity or without a user name', () => {
    const { server, client } = pair();
    expect(server.check(read(message(StunClass.request, (w) => w.username('alice'))))).toBe(400);
    server.check(read(request(client)));
    expect(server.check(read(message(StunClass.request, () => {})))).toBe(400);
    expect(() => server.seal(writer)).toThrowError(expect.objectContaining({ code: 'wrong-order' }));
  });

  test('answers 401 to a name that is not valid, no longer valid, or a wrong password', () => {
    const { server, client } = pair();
    expect(server.check(read(request(new ShortTermClient('bob', 'secret'))))).toBe(401);
    expect(server.check(read(request(new ShortTermClient('alice', 'wrong'))))).toBe(401);
    expect(server.check(read(request(client)))).toBe(0);
    expect(server.username).toBe('alice');
    server.remove('alice');
    expect(server.check(read(request(client)))).toBe(401);
    expect(server.username).toBe('');
  });

  test('goes by SHA-256 alone where it is there: a right MESSAGE-INTEGRITY beside it helps nothing', () => {
    const { server } = pair();
    const right = new ShortTermClient('alice', 'secret', 'sha1');
    const bytes = message(StunClass.request, (w) => {
      right.authenticate(w);
      w.integritySha256(new IntegrityKey(Uint8Array.of(1)).sha256);
    });
    expect(server.check(read(bytes))).toBe(401);
  });
});

test('an empty password is refused on both sides', () => {
  expect(() => new ShortTermClient('a', '')).toThrowError(expect.objectContaining({ code: 'empty-password' }));
  expect(() => new ShortTermServer().add('a', '')).toThrowError(expect.objectContaining({ code: 'empty-password' }));
});
