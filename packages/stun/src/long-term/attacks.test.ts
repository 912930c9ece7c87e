import { describe, expect, test } from 'vitest';
import { LongTermWorld, REALM, seededSecure, usersOf } from '../../test/long-term-world.ts';
import type { StunReader } from '../reader.ts';
import { AttributeType, PasswordAlgorithm, SecurityFeature, StunClass, StunMethod } from '../registry.ts';
import { StunWriter } from '../writer.ts';
import { LongTermClient } from './client.ts';
import { longTermKey } from './key.ts';
import { nonceCookie } from './nonce-cookie.ts';
import { LongTermServer } from './server.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

/** An error response built by hand. */
function response(code: number, write: (writer: StunWriter) => void): Uint8Array {
  const out = new Uint8Array(4000);
  const writer = new StunWriter().begin(out, 0, 4000, StunClass.error, StunMethod.binding, new Uint8Array(12), 0);
  if (code > 0) writer.errorCode(code);
  write(writer);
  return out.slice(0, writer.finish());
}

/** The same message without the attributes of `type`; its integrity, if any, is then wrong. */
function without(reader: StunReader, bytes: Uint8Array, ...types: number[]): Uint8Array {
  const out = new Uint8Array(2000);
  reader.parse(bytes, 0, bytes.length);
  const writer = new StunWriter().begin(out, 0, 2000, reader.cls, reader.method, bytes, reader.transactionIdOffset);
  for (let more = reader.first(); more; more = reader.next()) {
    if (!types.includes(reader.type)) writer.attribute(reader.type, bytes, reader.valueOffset, reader.valueLength);
  }
  return out.slice(0, writer.finish());
}

const offersSha256 = nonceCookie(SecurityFeature.passwordAlgorithms);

describe('a client is not bidden down (RFC 8489 9.2.1, 16.1.3)', () => {
  test('by a list that was taken away: the nonce still promises it', () => {
    const world = new LongTermWorld();
    const { bytes, round } = world.request();
    const answer = world.answer(bytes);
    expect(world.take(without(world.reader, answer.bytes, AttributeType.passwordAlgorithms), round)).toBe('fail');
    expect(world.client.failure).toBe('bid-down');
    expect(world.client.isChallenged).toBe(false);
  });

  test('by a nonce without a cookie and no list, once the server has shown its list', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { round } = world.request();
    const forged = response(438, (w) => {
      w.realm(REALM);
      w.nonce(ascii('plain'));
    });
    expect(world.take(forged, round)).toBe('fail');
    expect(world.client.failure).toBe('bid-down');
    expect(world.exchange()).toEqual([0, 'accept']);
  });

  test('by a cookie that was changed with the list: the server does not know that nonce', () => {
    const world = new LongTermWorld();
    const { bytes, round } = world.request();
    const stripped = without(world.reader, world.answer(bytes).bytes, AttributeType.passwordAlgorithms);
    const text = new TextDecoder('latin1').decode(stripped);
    stripped.set(ascii(nonceCookie(0)), text.indexOf(offersSha256));
    expect(world.take(stripped, round)).toBe('retry');
    // It authenticates by MD5, and is told the truth, with the list, in a 438.
    expect(world.exchange()).toEqual([438, 0, 'accept']);
    const last = world.request();
    world.reader.parse(last.bytes, 0, last.bytes.length);
    expect(world.reader.hasIntegritySha256).toBe(true);
  });

  test('by a list whose best entry was taken out: the server compares it', () => {
    const world = new LongTermWorld();
    const { round } = world.request();
    const nonceAnswer = world.answer(world.request().bytes).bytes;
    const shorter = without(world.reader, nonceAnswer, AttributeType.passwordAlgorithms);
    const out = new Uint8Array(500);
    world.reader.parse(shorter, 0, shorter.length);
    const writer = new StunWriter().begin(out, 0, 500, StunClass.error, 1, shorter, 8);
    for (let more = world.reader.first(); more; more = world.reader.next()) {
      writer.attribute(world.reader.type, shorter, world.reader.valueOffset, world.reader.valueLength);
    }
    writer.passwordAlgorithms([PasswordAlgorithm.md5]);
    expect(world.take(out.slice(0, writer.finish()), round)).toBe('retry');
    expect(world.answer(world.request().bytes).code).toBe(400);
  });

  test('by any other response whose nonce promises a list that is not there: it is ignored', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { round } = world.request();
    expect(
      world.take(
        response(500, (w) => w.nonce(ascii(`${offersSha256}x`))),
        round,
      ),
    ).toBe('discard');
  });
});

describe('a client', () => {
  test('discards what is not authentic: no tag, a wrong tag, a 400 or 300 without one', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { bytes, round } = world.request();
    const good = world.answer(bytes).bytes;
    const tagged = without(world.reader, good, AttributeType.messageIntegritySha256);
    expect(world.take(tagged, round)).toBe('discard');
    const flipped = good.slice();
    flipped[good.length - 1] ^= 1;
    expect(world.take(flipped, round)).toBe('discard');
    expect(
      world.take(
        response(400, () => {}),
        round,
      ),
    ).toBe('discard');
    expect(
      world.take(
        response(300, () => {}),
        round,
      ),
    ).toBe('discard');
    expect(world.take(good, round)).toBe('accept');
    expect(world.client.stats()).toEqual({ accepted: 2, retried: 1, discarded: 4, failed: 0 });
  });

  test('discards the right tag of the weaker kind, once SHA-256 was agreed on (RFC 8489 9.2.5)', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { round } = world.request();
    const key = longTermKey(PasswordAlgorithm.sha256, 'alice', REALM, 'secret');
    expect(
      world.take(
        response(508, (w) => w.integrity(key.sha1)),
        round,
      ),
    ).toBe('discard');
    expect(
      world.take(
        response(508, (w) => w.integritySha256(key.sha256)),
        round,
      ),
    ).toBe('accept');
  });

  test('takes any answer to a request without credentials: there is nothing to check', () => {
    const world = new LongTermWorld();
    const { round } = world.request();
    expect(round).toBe(0);
    expect(
      world.take(
        response(300, () => {}),
        round,
      ),
    ).toBe('accept');
    expect(
      world.take(
        response(400, () => {}),
        round,
      ),
    ).toBe('accept');
  });

  test.each<[string, { realm?: Uint8Array; nonce?: Uint8Array; entries?: number }]>([
    ['no nonce', { realm: ascii(REALM) }],
    ['no realm', { nonce: ascii('n') }],
    ['an empty nonce', { realm: ascii(REALM), nonce: new Uint8Array(0) }],
    ['a nonce of 764 bytes', { realm: ascii(REALM), nonce: new Uint8Array(764).fill(97) }],
    ['a realm that is no UTF-8', { realm: Uint8Array.of(0xff), nonce: ascii('n') }],
    ['a list of 260 bytes', { realm: ascii(REALM), nonce: ascii('n'), entries: 65 }],
  ])('cannot answer a challenge with %s', (_, { realm, nonce, entries }) => {
    const world = new LongTermWorld();
    const bytes = response(401, (w) => {
      if (realm !== undefined) w.attribute(AttributeType.realm, realm);
      if (nonce !== undefined) w.nonce(nonce);
      if (entries !== undefined) w.passwordAlgorithms(new Array(entries).fill(PasswordAlgorithm.sha256));
    });
    expect(world.take(bytes, world.request().round)).toBe('fail');
    expect(world.client.failure).toBe('bad-challenge');
  });

  test.each([
    ['unknown ones', Uint8Array.of(0, 9, 0, 0, 0x80, 1, 0, 0)],
    ['known ones with parameters', Uint8Array.of(0, 2, 0, 4, 1, 2, 3, 4)],
    ['a list that is cut', Uint8Array.of(0, 2)],
    ['parameters that run past the end', Uint8Array.of(0, 2, 0, 9)],
  ])('does not choose among %s', (_, list) => {
    const world = new LongTermWorld();
    const bytes = response(401, (w) => {
      w.realm(REALM);
      w.nonce(ascii(`${offersSha256}x`));
      w.attribute(AttributeType.passwordAlgorithms, list);
    });
    expect(world.take(bytes, world.request().round)).toBe('fail');
    expect(world.client.failure).toBe('no-algorithm');
  });

  test('is not led on for ever by a server that always has a new realm or nonce', () => {
    for (const code of [401, 438]) {
      const world = new LongTermWorld();
      let outcome = 'retry';
      let requests = 0;
      while (outcome === 'retry') {
        const { round } = world.request();
        const bytes = response(code, (w) => {
          w.realm(code === 401 ? `realm ${requests}` : REALM);
          w.nonce(ascii(`nonce ${requests++}`));
        });
        outcome = world.take(bytes, round);
      }
      expect([outcome, world.client.failure, requests]).toEqual(['fail', 'stale', 6]);
    }
  });

  test('ends when the nonce that is refused is given again', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { round } = world.request();
    const again = world.request().bytes;
    world.reader.parse(again, 0, again.length);
    world.reader.find(AttributeType.nonce);
    const nonce = again.slice(world.reader.valueOffset, world.reader.valueOffset + world.reader.valueLength);
    const bytes = response(438, (w) => {
      w.realm(REALM);
      w.nonce(nonce);
      w.passwordAlgorithms([PasswordAlgorithm.sha256, PasswordAlgorithm.md5]);
    });
    expect(world.take(bytes, round)).toBe('fail');
    expect(world.client.failure).toBe('stale');
  });

  test('tries many requests in flight again when one expiry refuses them all', () => {
    const world = new LongTermWorld({ nonceLifetimeMs: 1000 });
    world.exchange();
    world.now = 5000;
    const flight = Array.from({ length: 8 }, () => world.request());
    for (const { bytes, round } of flight) {
      const answer = world.answer(bytes);
      expect(answer.code).toBe(438);
      expect(world.take(answer.bytes, round)).toBe('retry');
    }
    expect(world.exchange()).toEqual([0, 'accept']);
  });

  test('still knows the key of requests that a new realm overtook', () => {
    const world = new LongTermWorld();
    world.exchange();
    const before = world.request();
    const good = world.answer(before.bytes).bytes;
    const moved = response(401, (w) => {
      w.realm('other.example');
      w.nonce(ascii(`${offersSha256}x`));
      w.passwordAlgorithms([PasswordAlgorithm.sha256]);
    });
    expect(world.take(moved, before.round)).toBe('retry');
    expect(world.take(good, before.round)).toBe('accept');
  });

  test('refuses a user name that is too long, and no password', () => {
    expect(() => new LongTermClient({ username: 'x'.repeat(509), password: 'p' })).toThrowError(
      expect.objectContaining({ code: 'too-long' }),
    );
    for (const password of ['', '\0']) {
      expect(() => new LongTermClient({ username: 'x', password })).toThrowError(
        expect.objectContaining({ code: 'empty-password' }),
      );
    }
  });
});

describe('a server (RFC 8489 9.2.4)', () => {
  test('answers 400, and no challenge, to integrity without user name, realm or nonce', () => {
    const world = new LongTermWorld();
    world.exchange();
    for (const type of [AttributeType.username, AttributeType.realm, AttributeType.nonce]) {
      const answer = world.answer(without(world.reader, world.request().bytes, type));
      expect(answer.code).toBe(400);
      world.reader.parse(answer.bytes, 0, answer.bytes.length);
      expect(world.reader.find(AttributeType.nonce)).toBe(false);
      expect(world.reader.find(AttributeType.realm)).toBe(false);
    }
  });

  test('answers 400 to one algorithm attribute without the other, and takes a request without both for MD5', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { bytes } = world.request();
    expect(world.answer(without(world.reader, bytes, AttributeType.passwordAlgorithm)).code).toBe(400);
    expect(world.answer(without(world.reader, bytes, AttributeType.passwordAlgorithms)).code).toBe(400);
    const neither = [AttributeType.passwordAlgorithm, AttributeType.passwordAlgorithms];
    // The tag does not cover what is left, and the key is another.
    expect(world.answer(without(world.reader, bytes, ...neither)).code).toBe(401);
  });

  test('does not take a client that knows no algorithms where MD5 is not offered', () => {
    const world = new LongTermWorld({ algorithms: [PasswordAlgorithm.sha256] });
    const { bytes, round } = world.request();
    const stripped = without(world.reader, world.answer(bytes).bytes, AttributeType.passwordAlgorithms);
    stripped.set(ascii(nonceCookie(0)), new TextDecoder('latin1').decode(stripped).indexOf(offersSha256));
    world.take(stripped, round);
    expect(world.answer(world.request().bytes).code).toBe(401);
  });

  test('accepts no request with any byte changed', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { bytes } = world.request();
    // FINGERPRINT, the last eight bytes, is not under the tag.
    for (let at = 0; at < bytes.length - 8; at++) {
      const changed = bytes.slice();
      changed[at] ^= 0x01;
      expect(world.answer(changed).code).not.toBe(0);
    }
    expect(world.answer(bytes).code).toBe(0);
  });

  test('does not take a nonce of its own from another source, nor one of another server', () => {
    const world = new LongTermWorld();
    world.exchange();
    const { bytes } = world.request();
    world.source.port++;
    expect(world.answer(bytes).code).toBe(438);
    world.source.port--;
    const other = new LongTermServer({ realm: REALM, users: usersOf({ alice: 'secret' }) }, seededSecure(2));
    world.reader.parse(bytes, 0, bytes.length);
    expect(other.check(0, world.reader, world.source)).toBe(438);
    expect(other.username).toBe('');
    expect(() => other.seal(new StunWriter())).toThrowError(expect.objectContaining({ code: 'wrong-order' }));
  });

  test('follows its users: a new password holds at once, a name taken away too', () => {
    const passwords: Record<string, string> = { alice: 'secret' };
    const world = new LongTermWorld({ users: usersOf(passwords) });
    world.exchange();
    expect(world.answer(world.request().bytes).code).toBe(0);
    passwords.alice = 'changed';
    expect(world.answer(world.request().bytes).code).toBe(401);
    passwords.alice = 'secret';
    expect(world.answer(world.request().bytes).code).toBe(0);
    delete passwords.alice;
    expect(world.answer(world.request().bytes).code).toBe(401);
  });

  test('takes a user without a password for no user', () => {
    for (const password of ['', '\0\0']) {
      expect(new LongTermWorld({ users: { password: () => password } }).exchange()).toEqual([401, 401, 'fail']);
    }
  });

  test('keeps a bounded number of keys ready, and makes the others again', () => {
    const passwords = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`user${i}`, `secret${i}`]));
    const worlds = Object.keys(passwords).map((username, i) => {
      return new LongTermWorld({ users: usersOf(passwords), keys: 3 }, { username, password: `secret${i}` });
    });
    // All clients before the first server.
    const server = worlds[0].server;
    for (const world of worlds) Object.assign(world, { server });
    for (const world of [...worlds, ...worlds.slice().reverse()])
      expect(world.exchange().slice(-2)).toEqual([0, 'accept']);
  });

  test('misuse is told at once', () => {
    const users = usersOf({});
    for (const config of [
      { realm: '' },
      { nonceLifetimeMs: 0 },
      { nonceLifetimeMs: 86_400_001 },
      { keys: 0 },
      { keys: 1.5 },
    ]) {
      expect(() => new LongTermServer({ realm: REALM, users, ...config }, seededSecure(1))).toThrowError(
        expect.objectContaining({ code: 'bad-config' }),
      );
    }
  });
});

test('a realm that OpaqueString forbids is no challenge, and no exception', () => {
  const world = new LongTermWorld();
  const { round } = world.request();
  const bytes = response(401, (writer) => {
    writer.realm('a\u0007');
    writer.nonce(ascii('nonce'));
  });
  expect(world.take(bytes, round)).toBe('fail');
  expect(world.client.failure).toBe('bad-challenge');
  expect(() => new LongTermServer({ realm: 'a\u0007', users: usersOf({}) }, seededSecure(1))).toThrowError(
    expect.objectContaining({ code: 'bad-config' }),
  );
});
