import { expect, test } from 'vitest';
import { TransportAddress } from './attributes/address.ts';
import { StunReader } from './reader.ts';
import { Redirects } from './redirects.ts';
import { AttributeType, StunClass, StunMethod } from './registry.ts';
import { StunWriter } from './writer.ts';

function address(text: string, port = 3478): TransportAddress {
  const made = new TransportAddress();
  expect(made.set(text, port)).toBe(true);
  return made;
}

/** The reader of a 300 with these servers. */
function redirected(servers: readonly TransportAddress[], domain?: string): StunReader {
  const out = new Uint8Array(1200);
  const writer = new StunWriter().begin(out, 0, 1200, StunClass.error, StunMethod.allocate, new Uint8Array(12), 0);
  writer.errorCode(300);
  for (const server of servers) writer.address(AttributeType.alternateServer, server);
  if (domain !== undefined) writer.text(AttributeType.alternateDomain, domain);
  const reader = new StunReader();
  expect(reader.parse(out, 0, writer.finish())).toBe(0);
  return reader;
}

const v4 = address('192.0.2.1');
const other4 = address('192.0.2.2');
const other6 = address('2001:db8::2');

function follow(redirects: Redirects, now: number, servers: readonly TransportAddress[], from = v4): string {
  const into = new TransportAddress();
  return redirects.follow(now, redirected(servers), from, into) ? into.text() : 'no';
}

test('goes to the server of the same family, wherever it stands in the list', () => {
  expect(follow(new Redirects(), 0, [other6, other4])).toBe('192.0.2.2');
  expect(follow(new Redirects(), 0, [other4, other6])).toBe('192.0.2.2');
  expect(follow(new Redirects(), 0, [other4, other6], address('2001:db8::1'))).toBe('2001:db8::2');
  expect(follow(new Redirects(), 0, [other6])).toBe('2001:db8::2');
});

test('goes nowhere without a server', () => {
  expect(follow(new Redirects(), 0, [])).toBe('no');
});

test('never to one that was asked within five minutes (RFC 8489 10)', () => {
  const redirects = new Redirects();
  redirects.note(0, v4);
  redirects.note(1000, other4);
  expect(follow(redirects, 2000, [v4], other4)).toBe('no');
  expect(follow(redirects, 299_999, [v4], other4)).toBe('no');
  expect(follow(redirects, 300_000, [v4], other4)).toBe('192.0.2.1');
  redirects.note(300_000, v4);
  expect(follow(redirects, 599_999, [v4], other4)).toBe('no');
  // Another port is another server.
  expect(follow(redirects, 2000, [address('192.0.2.1', 3479)], other4)).toBe('192.0.2.1');
});

test('remembers sixteen servers, so a long chain ends too', () => {
  const redirects = new Redirects();
  for (let i = 1; i <= 16; i++) redirects.note(i, address(`198.51.100.${i}`));
  expect(follow(redirects, 20, [address('198.51.100.1')])).toBe('no');
  redirects.note(21, address('198.51.100.17'));
  expect(follow(redirects, 22, [address('198.51.100.2')])).toBe('no');
});

test('reads the name that the certificate must have, and only a name', () => {
  const into = new TransportAddress();
  for (const [text, domain] of [
    ['turn.example.org', 'turn.example.org'],
    ['xn--mgba3a4f16a.ir.', 'xn--mgba3a4f16a.ir.'],
    ['*.example.org', ''],
    ['ex ample', ''],
    ['a'.repeat(256), ''],
    ['exämple', ''],
    ['', ''],
  ]) {
    const redirects = new Redirects();
    expect(redirects.follow(0, redirected([other4], text), v4, into)).toBe(true);
    expect(redirects.domain).toBe(domain);
  }
});
