import { describe, expect, it } from 'vitest';
import { parseClientHello, writeClientHello } from '../../src/handshake/messages/client-hello.ts';
import { parseUseSrtp, writeUseSrtp } from '../../src/handshake/messages/extensions.ts';
import { parseHelloVerifyRequest, writeHelloVerifyRequest } from '../../src/handshake/messages/hello-verify-request.ts';
import { parseServerKeyExchange, writeServerKeyExchange } from '../../src/handshake/messages/key-exchange.ts';
import { parseServerHello, writeServerHello } from '../../src/handshake/messages/server-hello.ts';
import { hex, unhex } from '../support/hex.ts';
import { vectors } from '../support/vectors.ts';

/** Bytes as hexadecimal text, everything else as it is. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, field) => (field instanceof Uint8Array ? hex(field) : field)));
}

describe('bodies', () => {
  it.each(vectors('dtls.json', 'ClientHello body'))('$name', ({ input, expected }) => {
    const hello = parseClientHello(unhex(input['body']));
    const { clientVersion, compression, ...fields } = expected as Record<string, string | number[]>;
    expect(plain(hello)).toEqual({
      ...fields,
      version: Number.parseInt(clientVersion as string, 16),
      compressionMethods: hex(Uint8Array.from(compression as number[])),
    });
    expect(hello && hex(writeClientHello(hello))).toBe(input['body']);
  });

  it.each(vectors('dtls.json', 'ServerHello body'))('$name', ({ input, expected }) => {
    const hello = parseServerHello(unhex(input['body']));
    const { serverVersion, compression, ...fields } = expected as Record<string, string>;
    expect(plain(hello)).toEqual({
      ...fields,
      version: Number.parseInt(serverVersion, 16),
      compressionMethod: compression,
    });
    // These say "no extensions" with an empty list; we say it with none.
    expect(hello && `${hex(writeServerHello(hello))}0000`).toBe(input['body']);
  });

  it.each(vectors('dtls.json', 'HelloVerifyRequest body'))('$name', ({ input, expected }) => {
    const cookie = parseHelloVerifyRequest(unhex(input['body']));
    expect(hex(cookie ?? new Uint8Array(0))).toBe(expected['cookie']);
    expect(cookie && hex(writeHelloVerifyRequest(cookie))).toBe(input['body']);
  });

  it.each(vectors('dtls.json', 'ServerKeyExchange'))('$name', ({ input, expected }) => {
    const message = parseServerKeyExchange(unhex(input['body']));
    const { namedCurve, publicKey, hashAlgorithm, signatureAlgorithm, signature } = expected as Record<string, number>;
    const algorithm = (hashAlgorithm << 8) | signatureAlgorithm;
    expect(plain(message)).toEqual({ group: namedCurve, publicKey, signatureAlgorithm: algorithm, signature });
    expect(message && hex(writeServerKeyExchange(message))).toBe(input['body']);
  });

  it.each(vectors('dtls.json', 'use_srtp extension_data'))('$name', ({ input, expected }) => {
    const useSrtp = parseUseSrtp(unhex(input['data']));
    if (expected['reject']) expect(useSrtp).toBeUndefined();
    else {
      expect(plain(useSrtp)).toEqual({ profiles: expected['profiles'], mki: expected['mki'] });
      expect(useSrtp && hex(writeUseSrtp(useSrtp))).toBe(input['data']);
    }
  });
});
