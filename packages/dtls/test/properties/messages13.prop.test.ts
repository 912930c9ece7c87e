import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ackLength, parseAck, writeAck } from '../../src/handshake13/ack.ts';
import { parseCertificate13, writeCertificate13 } from '../../src/handshake13/messages/certificate.ts';
import {
  parseCertificateRequest13,
  parseEncryptedExtensions,
  writeCertificateRequest13,
  writeEncryptedExtensions,
} from '../../src/handshake13/messages/extension-lists.ts';
import {
  parseClientShares,
  parseCookie,
  parseSelectedGroup,
  parseServerShare,
  writeClientShares,
  writeCookie,
  writeSelectedGroup,
  writeServerShare,
} from '../../src/handshake13/messages/key-share.ts';
import {
  parseKeyUpdate,
  parseNewConnectionId,
  parseRequestConnectionId,
  writeKeyUpdate,
  writeNewConnectionId,
  writeRequestConnectionId,
} from '../../src/handshake13/messages/post-handshake.ts';
import { type Ranges, wholeRange, without, withPartOf } from '../../src/handshake13/ranges.ts';
import {
  parseClientVersions,
  parseServerVersion,
  writeClientVersions,
  writeServerVersion,
} from '../../src/handshake13/supported-versions.ts';
import { bytes, codec, describeCodecs, extensions, u8, u16 } from '../support/codecs.ts';

const entry = fc.record({ group: u16, publicKey: bytes(1, 100) });
const name = fc.record({ epoch: fc.maxSafeNat(), number: fc.maxSafeNat() });

describeCodecs([
  codec({
    name: "the client's supported_versions",
    values: fc.array(u16, { minLength: 1, maxLength: 20 }),
    write: writeClientVersions,
    parse: parseClientVersions,
  }),
  codec({
    name: "the server's supported_versions",
    values: u16,
    write: writeServerVersion,
    parse: parseServerVersion,
  }),
  codec({
    name: "the client's key_share",
    values: fc.uniqueArray(entry, { selector: ({ group }) => group, maxLength: 5 }),
    write: writeClientShares,
    parse: parseClientShares,
  }),
  codec({ name: "the server's key_share", values: entry, write: writeServerShare, parse: parseServerShare }),
  codec({
    name: "HelloRetryRequest's key_share",
    values: u16,
    write: writeSelectedGroup,
    parse: parseSelectedGroup,
  }),
  codec({ name: 'cookie', values: bytes(1, 300), write: writeCookie, parse: parseCookie }),
  codec({
    name: 'EncryptedExtensions',
    values: extensions,
    write: writeEncryptedExtensions,
    parse: (body) => parseEncryptedExtensions(body) as { type: number; data: Uint8Array<ArrayBuffer> }[] | undefined,
  }),
  codec({
    name: 'CertificateRequest of DTLS 1.3',
    values: extensions,
    write: writeCertificateRequest13,
    parse: (body) => {
      const request = parseCertificateRequest13(body);
      const isOurs = request !== undefined && request.context.length === 0;
      return isOurs ? (request.extensions as { type: number; data: Uint8Array<ArrayBuffer> }[]) : undefined;
    },
  }),
  codec({
    name: 'Certificate of DTLS 1.3',
    values: bytes(1, 2000),
    write: writeCertificate13,
    parse: (body) => {
      const message = parseCertificate13(body);
      const isOurs = message !== undefined && message.context.length === 0 && message.der.length > 0;
      return isOurs ? (message.der as Uint8Array<ArrayBuffer>) : undefined;
    },
  }),
  codec({
    name: 'KeyUpdate',
    values: fc.record({ isRequested: fc.boolean() }),
    write: ({ isRequested }) => writeKeyUpdate(isRequested),
    parse: parseKeyUpdate,
  }),
  codec({
    name: 'NewConnectionId',
    values: fc.record({ ids: fc.array(bytes(0, 20), { maxLength: 6 }), isImmediate: fc.boolean() }),
    write: writeNewConnectionId,
    parse: (body) => parseNewConnectionId(body) as { ids: Uint8Array<ArrayBuffer>[]; isImmediate: boolean } | undefined,
  }),
  codec({
    name: 'RequestConnectionId',
    values: u8,
    write: writeRequestConnectionId,
    parse: parseRequestConnectionId,
  }),
  codec({
    name: 'ACK',
    values: fc.array(name, { maxLength: 30 }),
    write: (names) => {
      const body = new Uint8Array(ackLength(names.length));
      writeAck(body, 0, names);
      return body;
    },
    parse: (body) => parseAck(body, 0, body.length),
  }),
]);

describe('what is acknowledged of a message', () => {
  const LENGTH = 60;
  const toSet = (ranges: Ranges) => {
    const set = new Set<number>();
    for (let i = 0; i < ranges.length; i += 2) for (let at = ranges[i]; at < ranges[i + 1]; at++) set.add(at);
    return set;
  };
  const isInOrder = (ranges: Ranges) => {
    for (let i = 1; i < ranges.length; i++) if (ranges[i] <= ranges[i - 1]) return false;
    return ranges.length % 2 === 0;
  };

  it('is what sets of positions say', () => {
    const step = fc.record({ isTaken: fc.boolean(), from: fc.nat(LENGTH), length: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let unacked = wholeRange(LENGTH);
        let pending: Ranges = [];
        const model = { unacked: toSet(unacked), pending: new Set<number>() };
        for (const { isTaken, from, length } of steps) {
          const to = Math.min(LENGTH, from + length);
          if (isTaken) {
            unacked = without(unacked, from, to);
            pending = without(pending, from, to);
          } else pending = withPartOf(pending, unacked, from, to);
          for (let at = from; at < to; at++) {
            if (isTaken) for (const set of [model.unacked, model.pending]) set.delete(at);
            else if (model.unacked.has(at)) model.pending.add(at);
          }
          expect([...toSet(unacked)].sort()).toEqual([...model.unacked].sort());
          expect([...toSet(pending)].sort()).toEqual([...model.pending].sort());
          expect(isInOrder(unacked) && isInOrder(pending)).toBe(true);
        }
      }),
    );
  });
});
