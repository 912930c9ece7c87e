/** Connection ids in DTLS 1.2, RFC 9146. */
import { type CipherGCMTypes, createDecipheriv } from 'node:crypto';
import { createSlot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { type AeadAlgorithm, ContentType, recordContentType, recordLength } from '../src/index.ts';
import { RecordProtection } from '../src/record/record-protection.ts';
import { hex } from './support/hex.ts';
import { connectedPair, createPair, deliver, drain, type Pair, type Side } from './support/pair.ts';

const versions = ['1.2'] as const;
const id = (length: number, first = 0xc0) => Uint8Array.from({ length }, (_, i) => first + i);
const CIPHERS: AeadAlgorithm[] = ['aes-128-gcm', 'chacha20-poly1305'];

function pairWith(client: number | undefined, server: number | undefined, cipher: AeadAlgorithm = 'aes-128-gcm'): Pair {
  const config = (length: number | undefined, first: number) => ({
    versions,
    cipherPreference: [cipher],
    ...(length === undefined ? {} : { connectionId: id(length, first) }),
  });
  return connectedPair(1, config(client, 0xc0), config(server, 0x50));
}

function sealed(from: Side, text: string): Uint8Array {
  const slot = createSlot(200);
  slot.length = new TextEncoder().encodeInto(text, slot.buffer.subarray(slot.offset)).written;
  expect(from.connection.seal(slot)).toBe(Verdict.consumed);
  return slot.buffer.slice(slot.offset, slot.offset + slot.length);
}

function opened(side: Side, record: Uint8Array): string | Verdict {
  const slot = { ...createSlot(1), buffer: record.slice(), offset: 0, length: record.length };
  const verdict = side.connection.open(slot);
  if (verdict !== Verdict.consumed) return verdict;
  return new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length));
}

describe('connection ids in DTLS 1.2', () => {
  for (const cipher of CIPHERS) {
    it.each([
      [0, 0],
      [4, 0],
      [0, 32],
      [1, 8],
    ])(`${cipher}: a client that wants %i bytes, a server that wants %i`, (ofClient, ofServer) => {
      const { client, server } = pairWith(ofClient, ofServer, cipher);
      expect([client, server].map(({ connection }) => connection.state)).toEqual(['connected', 'connected']);
      expect(client.connection.connectionIdLength).toBe(ofClient);
      for (const [from, to, length, first] of [
        [client, server, ofServer, 0x50],
        [server, client, ofClient, 0xc0],
      ] as const) {
        const record = sealed(from, 'over the rope');
        expect(record.length).toBe(13 + from.connection.overheadBytes);
        if (length > 0) {
          expect(record[0]).toBe(ContentType.tls12Cid);
          expect(hex(record.subarray(11, 11 + length))).toBe(hex(id(length, first)));
        } else expect(record[0]).toBe(ContentType.applicationData);
        expect(recordLength(record, 0, record.length, length)).toBe(record.length);
        expect(recordContentType(record, 0)).toBe(ContentType.applicationData);
        expect(opened(to, record)).toBe('over the rope');
        expect(opened(to, record)).toBe(Verdict.replayed);
      }
    });
  }

  it.each([
    [4, undefined],
    [undefined, 4],
  ])('are not used when one side knows nothing of them: %s and %s', (ofClient, ofServer) => {
    const { client, server } = pairWith(ofClient, ofServer);
    expect(client.connection.connectionIdLength).toBe(0);
    const record = sealed(client, 'plain');
    expect(record[0]).toBe(ContentType.applicationData);
    expect(opened(server, record)).toBe('plain');
  });

  it('are asked of every record: none, another, or one cut short is not taken', () => {
    const { client, server } = pairWith(4, 4);
    const record = sealed(client, 'x');
    const other = record.slice();
    other[11] ^= 1;
    expect(opened(server, other)).toBe(Verdict.unauthenticated);
    const without = Uint8Array.of(23, ...record.subarray(1, 11), ...record.subarray(15));
    expect(opened(server, without)).toBe(Verdict.malformed);
    expect(opened(server, record.subarray(0, 14))).toBe(Verdict.malformed);
    expect(opened(server, record)).toBe('x');
  });

  it('hide that the handshake, an alert or a repetition is what a record holds', () => {
    const { client, server } = pairWith(4, 4);
    const protectedOnes = [...client.sent, ...server.sent].flatMap((datagram) => {
      const types: number[] = [];
      for (let at = 0; at < datagram.length; ) {
        const length = recordLength(datagram, at, datagram.length - at, 4);
        expect(length).toBeGreaterThan(0);
        if (datagram[at + 4] === 1) types.push(datagram[at]);
        at += length;
      }
      return types;
    });
    expect(protectedOnes).toEqual([ContentType.tls12Cid, ContentType.tls12Cid]);
    client.connection.close(0);
    const [alert] = drain(client, 0);
    expect(alert[0]).toBe(ContentType.tls12Cid);
    expect(deliver(server, 0, alert)).toBe(Verdict.consumed);
    expect(server.connection.state).toBe('closed');
  });

  it('work when a transport gives what looks like data to `open`: it is kept and acted on', () => {
    const pair = createPair(1, { versions, connectionId: id(3) }, { versions, connectionId: id(5) });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const give = (to: Side, datagram: Uint8Array) => {
      for (let at = 0; at < datagram.length; ) {
        const length = recordLength(datagram, at, datagram.length - at, to.connection.connectionIdLength);
        if (length < 0) return;
        const record = datagram.slice(at, at + length);
        if (recordContentType(record, 0) === ContentType.applicationData)
          expect(opened(to, record)).toBe(Verdict.notMine);
        else deliver(to, 0, record);
        at += length;
      }
    };
    for (let round = 0; round < 6; round++) {
      for (const datagram of drain(pair.client, 0)) give(pair.server, datagram);
      for (const datagram of drain(pair.server, 0)) give(pair.client, datagram);
    }
    const { client, server } = pair;
    expect([client, server].map(({ connection }) => connection.state)).toEqual(['connected', 'connected']);
    server.connection.close(0);
    for (const datagram of drain(server, 0)) give(client, datagram);
    drain(client, 0);
    expect(client.connection.state).toBe('closed');
  });

  it('and data that is given to `handleDatagram` is not lost to `open`', () => {
    const { client, server } = pairWith(4, 4);
    const record = sealed(client, 'still there');
    expect(deliver(server, 0, record)).toBe(Verdict.notMine);
    expect(opened(server, record)).toBe('still there');
  });

  it.each([
    ['longer than it says', Uint8Array.of(2, 1)],
    ['shorter than it says', Uint8Array.of(0, 1)],
    ['empty', new Uint8Array(0)],
  ])('%s: the hello is malformed', (_what, data) => {
    const pair = createPair(1, { versions, connectionId: id(4) }, { versions, connectionId: id(4) });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const [hello] = drain(pair.client, 0);
    // The extension stands last in our hello: type 54, length 5, the list.
    const at = Buffer.from(hello).lastIndexOf(Buffer.of(0, 54, 0, 5, 4));
    expect(at).toBeGreaterThan(0);
    const spoiled = Uint8Array.of(...hello.subarray(0, at + 2), 0, data.length, ...data, ...hello.subarray(at + 9));
    const shorter = hello.length - spoiled.length;
    for (const [where, width] of [
      [11, 2],
      [14, 3],
      [22, 3],
    ]) {
      let value = 0;
      for (let i = 0; i < width; i++) value = value * 256 + spoiled[where + i];
      for (let i = width - 1, rest = value - shorter; i >= 0; i--, rest >>>= 8) spoiled[where + i] = rest & 255;
    }
    const list = at - extensionsBefore(hello, at);
    const total = ((spoiled[list] << 8) | spoiled[list + 1]) - shorter;
    spoiled.set([total >>> 8, total & 255], list);
    deliver(pair.server, 0, spoiled);
    // No greeting at all, and so no end of anything: the server waits for one that can be read.
    pair.server.connection.handleTimeout(1000);
    expect(drain(pair.server, 1000)).toEqual([]);
    expect(pair.server.connection.stats().verdicts.unauthenticated).toBe(1);
    expect(pair.server.connection.state).toBe('connecting');
  });

  // Wireshark 4.0.17 opened records of both AES-GCM suites, and not one with a bit changed.
  it.each([
    ['aes-128-gcm', 16, 4],
    ['aes-256-gcm', 32, 4],
    ['chacha20-poly1305', 32, 12],
  ] as const)(
    '%s: a record opens by RFC 9146 5.3, followed to the letter with node:crypto',
    (cipher, keyBytes, ivBytes) => {
      const [key, iv, connectionId] = [id(keyBytes, 1), id(ivBytes, 0x70), id(5, 0xc0)];
      const protection = new RecordProtection(nodeCrypto, cipher, key.slice(), iv, connectionId);
      const { prefixLength, suffixLength } = protection;
      const record = new Uint8Array(prefixLength + 3 + suffixLength);
      record.set([0x61, 0x62, 0x63], prefixLength);
      protection.seal(record, prefixLength, 3, 22, 0xfefd, 1, 0x0102_0304);
      const sequence = [0, 1, 0, 0, 1, 2, 3, 4]; // epoch and number
      const explicit = 12 - ivBytes;
      const inner = [0x61, 0x62, 0x63, 22];
      const head = [25, 0xfe, 0xfd, ...sequence, ...connectionId, 0, explicit + inner.length + 16];
      expect(hex(record.subarray(0, head.length))).toBe(hex(Uint8Array.from(head)));
      const nonce =
        explicit > 0 ? [...iv, ...sequence] : [...iv].map((byte, i) => (i < 4 ? byte : byte ^ sequence[i - 4]));
      const decipher = createDecipheriv(cipher as CipherGCMTypes, key, Uint8Array.from(nonce), { authTagLength: 16 });
      const ones = [255, 255, 255, 255, 255, 255, 255, 255];
      const additional = [...ones, 25, 5, 25, 0xfe, 0xfd, ...sequence, ...connectionId, 0, inner.length];
      decipher.setAAD(Uint8Array.from(additional), { plaintextLength: inner.length });
      decipher.setAuthTag(record.subarray(record.length - 16));
      const opened = decipher.update(record.subarray(prefixLength, record.length - 16));
      decipher.final();
      expect([...opened]).toEqual(inner);
    },
  );

  it('records: round trip, exact size, padding of any length, every flipped bit refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CIPHERS),
        fc.uint8Array({ minLength: 1, maxLength: 255 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.nat(),
        (cipher, connectionId, payload, number, bit) => {
          const key = new Uint8Array(32).fill(1).subarray(0, cipher === 'aes-128-gcm' ? 16 : 32);
          const iv = new Uint8Array(cipher === 'aes-128-gcm' ? 4 : 12).fill(2);
          const protection = new RecordProtection(nodeCrypto, cipher, key, iv, connectionId);
          const { prefixLength, suffixLength } = protection;
          const record = new Uint8Array(prefixLength + payload.length + suffixLength);
          record.set(payload, prefixLength);
          protection.seal(record, prefixLength, payload.length, 23, 0xfefd, 1, number);
          expect(recordLength(record, 0, record.length, connectionId.length)).toBe(record.length);
          const flipped = record.slice();
          // Not in epoch and number where the explicit nonce decides: they are in the additional data all the same.
          flipped[(bit >>> 3) % record.length] ^= 1 << (bit & 7);
          const whole = recordLength(flipped, 0, flipped.length, connectionId.length);
          if (whole === flipped.length) expect(protection.open(flipped, 0, flipped.length)).toBeLessThan(0);
          expect(protection.open(record, 0, record.length)).toBe(payload.length);
          expect(protection.openedType).toBe(23);
          expect(record.subarray(prefixLength, prefixLength + payload.length)).toEqual(payload);
        },
      ),
    );
  });
});

/** Bytes from the length of the hello's list of extensions to `at`. */
function extensionsBefore(hello: Uint8Array, at: number): number {
  let where = 13 + 12 + 2 + 32;
  where += 1 + hello[where]; // session id
  where += 1 + hello[where]; // cookie
  where += 2 + ((hello[where] << 8) | hello[where + 1]);
  where += 1 + hello[where];
  return at - where;
}
