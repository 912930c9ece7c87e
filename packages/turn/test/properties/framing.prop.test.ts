import { AttributeType, StunMethod, StunReader, TransportAddress } from '@hawser/stun';
import { createSlot, type SecureRandom, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressIndex } from '../../src/address-index.ts';
import {
  channelDataLength,
  channelNumber,
  indicationHeadBytes,
  isChannelData,
  PeerPolicy,
  StreamFramer,
  wrapChannelData,
  wrapIndication,
} from '../../src/index.ts';

const secure: SecureRandom = { fillSecure: (out, offset, length) => void out.fill(0x5a, offset, offset + length) };
const payloads = fc.uint8Array({ maxLength: 1200 });
const addresses = fc
  .tuple(
    fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    fc.integer({ min: 0, max: 65_535 }),
  )
  .map(([bytes, port]) => {
    const address = new TransportAddress();
    address.bytes.set(bytes);
    address.length = bytes.length as 4 | 16;
    address.port = port;
    return address;
  });

function slotWith(payload: Uint8Array) {
  const slot = createSlot();
  slot.buffer.fill(0xa5);
  slot.buffer.set(payload, slot.offset);
  slot.length = payload.length;
  return slot;
}

describe('ChannelData', () => {
  it('comes out as it went in, in exactly its bytes, and every truncation is refused', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 0x4000, max: 0x4fff }), fc.boolean(), (payload, channel, padded) => {
        const slot = slotWith(payload);
        const [start, end] = [slot.offset, slot.offset + payload.length];
        wrapChannelData(slot, channel, padded);
        const { buffer, offset, length } = slot;
        expect([offset, length]).toEqual([start - 4, 4 + payload.length + (padded ? -payload.length & 3 : 0)]);
        expect([channelNumber(buffer, offset), channelDataLength(buffer, offset)]).toEqual([channel, payload.length]);
        expect(buffer.slice(start, end)).toEqual(payload);
        expect([buffer[offset - 1], buffer[offset + length]]).toEqual([0xa5, 0xa5]);
        for (let cut = 0; cut < 4 + payload.length; cut++) expect(isChannelData(buffer, offset, cut)).toBe(false);
        expect(isChannelData(buffer, offset, length)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('indications', () => {
  it('are messages that a STUN reader reads back, around a payload that did not move', () => {
    const reader = new StunReader([AttributeType.xorPeerAddress, AttributeType.data, AttributeType.dontFragment]);
    const peer = new TransportAddress();
    fc.assert(
      fc.property(payloads, addresses, fc.boolean(), (payload, address, dontFragment) => {
        const slot = slotWith(payload);
        const start = slot.offset;
        wrapIndication(slot, StunMethod.send, address, secure, dontFragment);
        const { buffer, offset, length } = slot;
        const head = indicationHeadBytes(address.length, dontFragment);
        expect(head).toBe((address.length === 4 ? 36 : 48) + (dontFragment ? 4 : 0));
        expect([start - offset, length]).toEqual([head, head + ((payload.length + 3) & ~3)]);
        expect([buffer[offset - 1], buffer[offset + length]]).toEqual([0xa5, 0xa5]);
        expect(reader.parse(buffer, offset, length)).toBe(Verdict.consumed);
        expect(reader.unknownRequiredCount).toBe(0);
        expect(reader.find(AttributeType.xorPeerAddress) && reader.xorAddress(peer)).toBe(true);
        expect(peer.equals(address)).toBe(true);
        expect(reader.find(AttributeType.dontFragment)).toBe(dontFragment);
        expect(reader.find(AttributeType.data)).toBe(true);
        expect([reader.valueOffset, reader.valueLength]).toEqual([start, payload.length]);
        expect(buffer.slice(start, start + payload.length)).toEqual(payload);
      }),
    );
  });
});

describe('StreamFramer', () => {
  const messages = fc.array(
    fc.tuple(payloads, fc.boolean()).map(([payload, asChannel]) => {
      const slot = slotWith(payload);
      const peer = new TransportAddress();
      peer.set('192.0.2.1', 7);
      if (asChannel) wrapChannelData(slot, 0x4001, true);
      else wrapIndication(slot, StunMethod.data, peer, secure, false);
      return slot.buffer.slice(slot.offset, slot.offset + slot.length);
    }),
    { maxLength: 8 },
  );

  it('gives every message whole and in order, however the stream is cut', () => {
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }),
        (all, cuts) => {
          const stream = Uint8Array.from(all.flatMap((each) => [...each]));
          const framer = new StreamFramer();
          const got: Uint8Array[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const length = Math.min(cuts[n % cuts.length], stream.length - at);
            // In a larger buffer that is overwritten afterwards.
            const lent = new Uint8Array(length + 6).fill(0xcc);
            lent.set(stream.subarray(at, at + length), 3);
            expect(
              framer.push(lent, 3, length, (bytes, offset, size) => got.push(bytes.slice(offset, offset + size))),
            ).toBe(true);
            lent.fill(0xdd);
            at += length;
          }
          expect(got).toEqual(all);
          expect(framer.heldBytes).toBe(0);
        },
      ),
    );
  });

  it('breaks on anything else, holds no more than a message, and takes nothing after that', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 30 }), (chunks) => {
        const framer = new StreamFramer(500);
        let isBroken = false;
        for (const chunk of chunks) {
          const taken = framer.push(chunk, 0, chunk.length, (_bytes, _offset, length) => {
            expect(isBroken).toBe(false);
            expect(length).toBeLessThanOrEqual(500);
          });
          isBroken ||= !taken;
          expect(framer.broken).toBe(isBroken);
          expect(framer.heldBytes).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  it.each([
    ['DTLS', [22, 254, 253, 0]],
    ['a reserved channel', [0x50, 0, 0, 4]],
    ['STUN without the cookie', [0, 1, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('breaks on %s, also byte by byte', (_what, bytes) => {
    for (const step of [bytes.length, 1]) {
      const framer = new StreamFramer();
      for (let at = 0; at < bytes.length; at += step) framer.push(Uint8Array.from(bytes), at, step, () => {});
      expect(framer.broken).toBe(true);
    }
  });
});

describe('AddressIndex', () => {
  it('finds what a map would find', () => {
    const few = fc.integer({ min: 0, max: 11 }).map((n) => {
      const address = new TransportAddress();
      address.set(n % 2 === 0 ? `192.0.2.${n >> 2}` : `2001:db8::${n >> 2}`, 7000 + (n % 3));
      return address;
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(few, fc.boolean()), { maxLength: 60 }), (steps) => {
        const index = new AddressIndex(12);
        const model = new Map<string, number>();
        const free = Array.from({ length: 12 }, (_, n) => n);
        const keyOf = (address: TransportAddress): string => `${address.text()} ${address.port}`;
        for (const [address, isAdding] of steps) {
          const entry = model.get(keyOf(address));
          expect(index.find(address, address.port)).toBe(entry ?? -1);
          if (isAdding && entry === undefined) {
            const fresh = free.pop() as number;
            index.set(fresh, address, address.port);
            model.set(keyOf(address), fresh);
          } else if (!isAdding && entry !== undefined) {
            index.delete(entry);
            model.delete(keyOf(address));
            free.push(entry);
          }
        }
        for (const [address] of steps) expect(index.find(address, address.port)).toBe(model.get(keyOf(address)) ?? -1);
      }),
    );
  });
});

describe('PeerPolicy', () => {
  const policy = new PeerPolicy();

  it('refuses every address inside an IPv4 address that it refuses, however it is dressed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
        const inner = [a, b, c, d].map((byte) => byte.toString(16).padStart(2, '0'));
        const words = `${inner[0]}${inner[1]}:${inner[2]}${inner[3]}`;
        for (const text of [`::ffff:${words}`, `64:ff9b::${words}`, `2002:${words}::1`, `::${words}`]) {
          const address = new TransportAddress();
          expect(address.set(text, 1)).toBe(true);
          expect(policy.isAllowed(address)).toBe(false);
        }
      }),
    );
  });

  it('agrees with a slow reading of prefixes', () => {
    fc.assert(
      fc.property(addresses, fc.integer({ min: 0, max: 128 }), (address, wanted) => {
        const bits = Math.min(wanted, 8 * address.length);
        const text = (of: TransportAddress): string =>
          [...of.bytes.subarray(0, of.length)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        const other = new TransportAddress();
        other.set(address.length === 4 ? '198.51.100.77' : '2001:db8:9::77', 1);
        const strict = new PeerPolicy({ deny: [`${address.text()}/${bits}`] });
        expect(strict.isAllowed(other)).toBe(text(other).slice(0, bits) !== text(address).slice(0, bits));
      }),
    );
  });

  it('refuses its own addresses as long as one of their uses lasts, unless they are allowed', () => {
    const own = new TransportAddress();
    own.set('192.0.2.1', 1);
    const some = new PeerPolicy();
    const open = new PeerPolicy({ allow: ['192.0.2.1'] });
    for (const each of [some, some, open]) each.addOwn('192.0.2.1');
    expect([some.isAllowed(own), open.isAllowed(own)]).toEqual([false, true]);
    some.removeOwn('192.0.2.1');
    expect(some.isAllowed(own)).toBe(false);
    some.removeOwn('192.0.2.1');
    expect(some.isAllowed(own)).toBe(true);
  });

  it.each(['10.0.0.0/33', '::/129', 'ten', '10.0.0.0/x', '1.2.3.4/-1'])('takes no "%s"', (prefix) => {
    expect(() => new PeerPolicy({ deny: [prefix] })).toThrow(prefix);
  });
});
