/**
 * The cookie of HelloVerifyRequest, RFC 6347 4.2.1: an HMAC over the parameters of the hello under a secret that only we
 * know. Nothing is kept between the hello and its repetition.
 *
 * A machine belongs to one peer and has a secret of its own, so a cookie shows that whoever repeats it received what we sent
 * towards this peer; the paths by which hello and repetition came may differ.
 */
import type { DtlsCrypto } from '../dtls-crypto.ts';
import { concat } from './key-schedule.ts';
import { type ClientHello, writeClientHello } from './messages/client-hello.ts';

export const COOKIE_SECRET_LENGTH = 32;

/** 32 bytes. The second hello repeats all parameters of the first but the cookie (RFC 6347 4.2.1). */
export function cookieFor(crypto: DtlsCrypto, secret: Uint8Array, hello: ClientHello): Uint8Array {
  const parameters = writeClientHello({ ...hello, cookie: new Uint8Array(0), extensions: [] });
  return crypto.hmac('sha-256', secret, concat(COOKIE_LABEL, parameters));
}

const COOKIE_LABEL = new TextEncoder().encode('cookie of DTLS 1.2');
