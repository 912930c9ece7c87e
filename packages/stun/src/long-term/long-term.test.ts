import { expect, test } from 'vitest';
import { LongTermWorld, usersOf } from '../../test/long-term-world.ts';
import { AttributeType, PasswordAlgorithm } from '../registry.ts';

test('the first request is challenged, the second is authentic, the third needs no challenge', () => {
  const world = new LongTermWorld();
  expect(world.client.isChallenged).toBe(false);
  expect(world.exchange()).toEqual([401, 0, 'accept']);
  expect(world.server.username).toBe('alice');
  expect(world.exchange()).toEqual([0, 'accept']);
  expect(world.server.stats()).toEqual({
    authentic: 2,
    challenged: 1,
    badRequest: 0,
    unauthenticated: 0,
    staleNonce: 0,
  });
  expect(world.client.stats()).toEqual({ accepted: 2, retried: 1, discarded: 0, failed: 0 });
});

test('without algorithms it is the mechanism of RFC 5389: MD5 and MESSAGE-INTEGRITY', () => {
  const world = new LongTermWorld({ algorithms: [] });
  expect(world.exchange()).toEqual([401, 0, 'accept']);
  const { bytes } = world.request();
  world.reader.parse(bytes, 0, bytes.length);
  expect([world.reader.hasIntegrity, world.reader.hasIntegritySha256]).toEqual([true, false]);
  expect(world.reader.find(AttributeType.passwordAlgorithm)).toBe(false);
});

test('with MD5 offered alone, the key is of MD5 and the tag of SHA-256', () => {
  const world = new LongTermWorld({ algorithms: [PasswordAlgorithm.md5] });
  expect(world.exchange()).toEqual([401, 0, 'accept']);
  const { bytes } = world.request();
  world.reader.parse(bytes, 0, bytes.length);
  expect([world.reader.hasIntegrity, world.reader.hasIntegritySha256]).toEqual([false, true]);
});

test('where the server knows hashes, the user name is not sent', () => {
  const world = new LongTermWorld({ users: usersOf({ alice: 'secret' }, true) });
  expect(world.exchange()).toEqual([401, 0, 'accept']);
  expect(world.server.username).toBe('alice');
  const { bytes } = world.request();
  world.reader.parse(bytes, 0, bytes.length);
  expect(world.reader.find(AttributeType.username)).toBe(false);
  expect(world.reader.find(AttributeType.userhash)).toBe(true);
  expect(Buffer.from(bytes).includes('alice')).toBe(false);
});

test('a wrong password, or an unknown name, is refused once and not tried again', () => {
  for (const client of [{ password: 'wrong' }, { username: 'mallory' }]) {
    const world = new LongTermWorld({}, client);
    expect(world.exchange()).toEqual([401, 401, 'fail']);
    expect(world.client.failure).toBe('rejected');
  }
});

test('a nonce that has expired is replaced, without a new key', () => {
  const world = new LongTermWorld({ nonceLifetimeMs: 10_000 });
  world.exchange();
  world.now = 9_000;
  expect(world.exchange()).toEqual([0, 'accept']);
  world.now = 12_000;
  expect(world.exchange()).toEqual([438, 0, 'accept']);
});

test('a nonce holds for one address and port', () => {
  const world = new LongTermWorld();
  world.exchange();
  world.source.port++;
  expect(world.exchange()).toEqual([438, 0, 'accept']);
  world.source.set('192.0.2.8', world.source.port);
  expect(world.exchange()).toEqual([438, 0, 'accept']);
  world.source.set('2001:db8::8', world.source.port);
  expect(world.exchange()).toEqual([438, 0, 'accept']);
});
