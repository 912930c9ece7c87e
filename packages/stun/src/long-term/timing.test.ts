import { afterEach, describe, expect, test, vi } from 'vitest';
import { LongTermWorld, usersOf } from '../../test/long-term-world.ts';
import { nodeCrypto } from '../crypto.ts';
import { StunReader } from '../reader.ts';
import { PasswordAlgorithm } from '../registry.ts';
import { ShortTermServer } from '../short-term/short-term.ts';

afterEach(() => void vi.restoreAllMocks());

/** A server of MD5 keys, whose hashes are counted. */
function counting() {
  const md5 = vi.fn((bytes: Uint8Array) => nodeCrypto.md5(bytes));
  const users = usersOf({ alice: 'secret', carol: 'secret', broken: 'a\tb' });
  const make = (username: string, password: string) =>
    new LongTermWorld({ users, algorithms: [PasswordAlgorithm.md5], crypto: { md5 }, keys: 1 }, { username, password });
  const tags = vi.spyOn(StunReader.prototype, 'verifyIntegritySha256');
  return { md5, tags, make };
}

/** The request of `world` with which it answers the challenge of another server that knows the same names. */
function login(world: LongTermWorld): Uint8Array {
  const { bytes, round } = world.request();
  world.take(world.answer(bytes).bytes, round);
  return world.request().bytes;
}

describe('which user names there are', () => {
  test.each([
    ['a wrong password', 'alice', 'wrong'],
    ['an unknown name', 'mallory', 'secret'],
    ['the same as long as the longest', 'm'.repeat(500), 'secret'],
    ['a user whose password nobody can use', 'broken', 'secret'],
    ['a name that OpaqueString forbids', 'm\u007f', 'secret'],
  ])('is not told by the time that a refusal takes: %s', (_what, username, password) => {
    const { md5, tags, make } = counting();
    const world = make(username.replace('\u007f', '~'), password);
    const attempt = login(world);
    // The client would not send it.
    if (username.includes('\u007f')) attempt[attempt.indexOf(0x7e, 20)] = 0x7f;
    for (let again = 0; again < 3; again++) {
      md5.mockClear();
      tags.mockClear();
      expect(world.answer(attempt).code).toBe(401);
      expect([md5.mock.calls.length, tags.mock.calls.length]).toEqual([1, 1]);
    }
  });

  test('nor is who was here lately', () => {
    const { md5, tags, make } = counting();
    const world = make('alice', 'secret');
    expect(world.exchange()).toEqual([401, 0, 'accept']);
    md5.mockClear();
    tags.mockClear();
    const { bytes } = world.request();
    expect(world.answer(bytes).code).toBe(0);
    expect([md5.mock.calls.length, tags.mock.calls.length]).toEqual([0, 1]);
    // The tag is the last thing before FINGERPRINT.
    bytes[bytes.length - 12] ^= 1;
    tags.mockClear();
    expect(world.answer(bytes).code).toBe(401);
    expect([md5.mock.calls.length, tags.mock.calls.length]).toEqual([1, 1]);
  });

  test('a flood of names, or of wrong passwords of known ones, does not push out the keys of users', () => {
    const { md5, make } = counting();
    const world = make('alice', 'secret');
    world.exchange();
    for (let name = 0; name < 5; name++) world.answer(login(make(`name${name}`, 'secret')));
    expect(world.answer(login(make('carol', 'wrong'))).code).toBe(401);
    md5.mockClear();
    expect(world.answer(world.request().bytes).code).toBe(0);
    expect(md5).not.toHaveBeenCalled();
  });

  test('nor by a server of short-term credentials', () => {
    const world = new LongTermWorld({}, { username: 'mallory', password: 'x' });
    const attempt = login(world);
    const tags = vi.spyOn(StunReader.prototype, 'verifyIntegritySha256');
    const reader = new StunReader([0x0006, 0x0008, 0x001c, 0x0014, 0x0015, 0x001d]);
    expect(reader.parse(attempt, 0, attempt.length)).toBe(0);
    const server = new ShortTermServer();
    expect(server.check(reader)).toBe(401);
    server.add('mallory', 'y');
    expect(server.check(reader)).toBe(401);
    expect(tags).toHaveBeenCalledTimes(2);
  });
});
