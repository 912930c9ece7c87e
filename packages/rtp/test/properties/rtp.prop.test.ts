import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRtcp, isRtp, overwriteExtension, RtpReader, RtpWriter } from '../../src/index.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });

const packets = fc
  .record({
    payloadType: fc.integer({ min: 0, max: 63 }),
    marker: fc.boolean(),
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    csrcs: fc.array(u32, { maxLength: 15 }),
    twoByteForm: fc.boolean(),
    extensions: fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ minLength: 1, maxLength: 16 })), {
      maxLength: 6,
    }),
    payload: fc.uint8Array({ maxLength: 60 }),
    padding: fc.integer({ min: 0, max: 20 }),
    offset: fc.integer({ min: 0, max: 9 }),
  })
  .map((fields) => ({ ...fields, ...build(fields) }));

function build(fields: {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  csrcs: number[];
  twoByteForm: boolean;
  extensions: [number, Uint8Array][];
  payload: Uint8Array;
  padding: number;
  offset: number;
}) {
  const buffer = new Uint8Array(600).fill(0xee);
  const { payloadType, marker, sequence, timestamp, ssrc, offset } = fields;
  const writer = new RtpWriter();
  writer.header(buffer, offset, 560, payloadType, marker, sequence, timestamp, ssrc, fields.twoByteForm);
  for (const csrc of fields.csrcs) writer.csrc(csrc);
  for (const [id, data] of fields.extensions) writer.extension(id, data);
  writer.payload(fields.payload);
  if (fields.padding > 0) writer.padding(fields.padding);
  return { buffer, length: writer.finish() };
}

function extensionsOf(reader: RtpReader): [number, Uint8Array][] {
  const found: [number, Uint8Array][] = [];
  reader.rewindExtensions();
  while (reader.nextExtension()) {
    const { extensionOffset: at, extensionLength } = reader;
    found.push([reader.extensionId, reader.bytes.slice(at, at + extensionLength)]);
  }
  return found;
}

describe('an RTP packet', () => {
  it('is read as it was written, at any offset', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const reader = new RtpReader();
        expect(reader.parse(packet.buffer, packet.offset, packet.length)).toBe(Verdict.consumed);
        expect(reader).toMatchObject({
          payloadType: packet.payloadType,
          marker: packet.marker,
          sequence: packet.sequence,
          timestamp: packet.timestamp,
          ssrc: packet.ssrc,
          csrcCount: packet.csrcs.length,
          paddingBytes: packet.padding,
          payloadLength: packet.payload.length,
        });
        expect(packet.csrcs.map((_, i) => reader.csrc(i))).toEqual(packet.csrcs);
        expect(extensionsOf(reader)).toEqual(packet.extensions);
        const at = reader.payloadOffset;
        expect(packet.buffer.slice(at, at + reader.payloadLength)).toEqual(packet.payload);
        expect(isRtp(packet.buffer, packet.offset, packet.length)).toBe(true);
        expect(isRtcp(packet.buffer, packet.offset, packet.length)).toBe(false);
      }),
    );
  });

  it('is written inside its capacity, which its exact size is enough for and one byte less is not', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const again = new Uint8Array(packet.length);
        for (const capacity of [packet.length, packet.length - 1]) {
          const writer = new RtpWriter();
          const { payloadType, marker, sequence, timestamp, ssrc } = packet;
          writer.header(again, 0, capacity, payloadType, marker, sequence, timestamp, ssrc, packet.twoByteForm);
          for (const csrc of packet.csrcs) writer.csrc(csrc);
          for (const [id, data] of packet.extensions) writer.extension(id, data);
          writer.payload(packet.payload);
          if (packet.padding > 0) writer.padding(packet.padding);
          expect(writer.finish()).toBe(capacity === packet.length ? packet.length : -1);
        }
        const { buffer, offset, length } = packet;
        expect(buffer.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
        expect(buffer.subarray(offset + length).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('finds an element by its id, and overwrites it in place without touching anything else', () => {
    fc.assert(
      fc.property(packets, fc.nat(), (packet, pick) => {
        fc.pre(packet.extensions.length > 0);
        const [id] = packet.extensions[pick % packet.extensions.length];
        const wanted = packet.extensions.find(([other]) => other === id)?.[1] ?? new Uint8Array(0);
        const reader = new RtpReader();
        reader.parse(packet.buffer, packet.offset, packet.length);
        const at = reader.findExtension(id);
        expect(packet.buffer.slice(at, at + reader.extensionLength)).toEqual(wanted);
        const before = packet.buffer.slice();
        const value = wanted.map((byte) => byte ^ 0xff);
        expect(overwriteExtension(packet.buffer, at, reader.extensionLength, new Uint8Array(17))).toBe(false);
        expect(packet.buffer).toEqual(before);
        expect(overwriteExtension(packet.buffer, at, reader.extensionLength, value)).toBe(true);
        before.set(value, at);
        expect(packet.buffer).toEqual(before);
        expect(reader.findExtension(15)).toBe(-1);
      }),
    );
  });

  it('ends in a verdict when cut anywhere or with any bit flipped, and what it then says lies inside it', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const reader = new RtpReader();
        const { buffer, offset, length } = packet;
        for (let cut = 0; cut < length; cut++) check(reader, buffer, offset, cut);
        for (let bit = 0; bit < 8 * length; bit++) {
          buffer[offset + (bit >> 3)] ^= 1 << (bit & 7);
          check(reader, buffer, offset, length);
          buffer[offset + (bit >> 3)] ^= 1 << (bit & 7);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function check(reader: RtpReader, bytes: Uint8Array, offset: number, length: number): void {
  const verdict = reader.parse(bytes, offset, length);
  if (verdict === Verdict.malformed) return;
  expect(verdict).toBe(Verdict.consumed);
  expect(reader.payloadOffset + reader.payloadLength + reader.paddingBytes).toBe(offset + length);
  expect(reader.payloadLength).toBeGreaterThanOrEqual(0);
  reader.rewindExtensions();
  while (reader.nextExtension()) {
    expect(reader.extensionOffset + reader.extensionLength).toBeLessThanOrEqual(reader.payloadOffset);
  }
}

describe('what the writer refuses', () => {
  const start = (twoByteForm: boolean) =>
    new RtpWriter().header(new Uint8Array(400), 0, 400, 96, false, 1, 2, 3, twoByteForm);

  it.each([
    ['id 15 in the one-byte form', (w: RtpWriter) => w.reserveExtension(15, 1), false],
    ['no data in the one-byte form', (w: RtpWriter) => w.reserveExtension(1, 0), false],
    ['17 bytes in the one-byte form', (w: RtpWriter) => w.reserveExtension(1, 17), false],
    ['id 256 in the two-byte form', (w: RtpWriter) => w.reserveExtension(256, 1), true],
    ['a sixteenth CSRC', (w: RtpWriter) => Array.from({ length: 16 }, (_, i) => w.csrc(i)), false],
    ['a CSRC behind an extension', (w: RtpWriter) => [w.reserveExtension(1, 1), w.csrc(1)], false],
    ['padding of 256', (w: RtpWriter) => w.padding(256), false],
  ])('%s', (_, act, twoByteForm) => {
    const writer = start(twoByteForm);
    act(writer);
    expect(writer.finish()).toBe(-1);
  });

  it('but not an empty element, or 255 bytes, in the two-byte form', () => {
    const writer = start(true);
    writer.reserveExtension(255, 0);
    writer.reserveExtension(1, 255);
    expect(writer.finish()).toBe(12 + 4 + 2 + 2 + 255 + 1);
  });
});
