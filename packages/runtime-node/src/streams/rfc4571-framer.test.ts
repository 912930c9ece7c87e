import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_PACKET_BYTES, Rfc4571Framer } from './rfc4571-framer.ts';

function collect(framer: Rfc4571Framer, chunks: readonly Uint8Array[]): number[][] {
  const packets: number[][] = [];
  for (const chunk of chunks) {
    // Inside a larger array, as what a socket reads is.
    const around = new Uint8Array(chunk.length + 6).fill(0xee);
    around.set(chunk, 3);
    framer.push(around, 3, chunk.length, (bytes, offset, length) => {
      packets.push([...bytes.subarray(offset, offset + length)]);
      bytes.fill(0, offset, offset + length);
    });
  }
  return packets;
}

/** Cuts bytes at the given places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

function stream(packets: readonly Uint8Array[]): Uint8Array {
  const framer = new Rfc4571Framer();
  return Buffer.concat(packets.map((packet) => framer.frame(packet, 0, packet.length)));
}

describe('Rfc4571Framer', () => {
  it('puts the length before a packet, in network order (RFC 4571 2)', () => {
    const bytes = new Uint8Array(300).fill(7);
    const framed = new Rfc4571Framer().frame(bytes, 10, 258);
    expect([...framed.subarray(0, 4), framed.length]).toEqual([1, 2, 7, 7, 260]);
  });

  it('gives back what was framed, however the stream is cut', () => {
    const packet = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (packets, places) => {
        const framer = new Rfc4571Framer();
        expect(collect(framer, cutAt(stream(packets), places))).toEqual(packets.map((bytes) => [...bytes]));
        expect(framer.skipped).toBe(0);
      }),
    );
  });

  it('passes over null packets and those that are too long, however the stream is cut', () => {
    const packet = fc.uint8Array({ minLength: 0, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (packets, places) => {
        const framer = new Rfc4571Framer(16);
        const right = packets.filter(({ length }) => length > 0 && length <= 16);
        expect(collect(framer, cutAt(stream(packets), places))).toEqual(right.map((bytes) => [...bytes]));
        expect(framer.skipped).toBe(packets.length - right.length);
      }),
    );
  });

  it('takes any bytes at all', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (chunks) => {
        const framer = new Rfc4571Framer(64);
        for (const packet of collect(framer, chunks)) expect(packet.length).toBeGreaterThan(0);
        expect(framer.heldBytes).toBeLessThanOrEqual(66);
      }),
    );
  });

  it('holds what came, not what was promised, and no more than one packet', () => {
    const framer = new Rfc4571Framer();
    collect(framer, [Uint8Array.of(0x40, 0, 1, 2, 3)]);
    expect(framer.heldBytes).toBeLessThan(16);
    collect(framer, [new Uint8Array(10_000)]);
    expect(framer.heldBytes).toBeLessThan(20_100);
    // 65 535 is more than is ever taken: nothing of it is kept.
    const other = new Rfc4571Framer();
    const packets = collect(other, [Uint8Array.of(0xff, 0xff), new Uint8Array(0xffff), Uint8Array.of(0, 1, 9)]);
    expect([packets, other.heldBytes, other.skipped]).toEqual([[[9]], 0, 1]);
  });

  it('takes a DTLS record of the largest size', () => {
    const framer = new Rfc4571Framer();
    const record = new Uint8Array(LARGEST_PACKET_BYTES).fill(22);
    const packets = collect(framer, cutAt(framer.frame(record, 0, record.length), [1, 5_000]));
    expect(packets.map(({ length }) => length)).toEqual([18_445]);
  });
});
