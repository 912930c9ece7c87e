import { hexText, Writer } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOpen, encodeOpen } from '../../src/channels/dcep.ts';
import { CookieJar } from '../../src/handshake/cookie.ts';
import { hmacSha256 } from '../../src/index.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { dataChunkBytes, writeData } from '../../src/packet/data.ts';
import { writeForwardTsn } from '../../src/packet/forward-tsn.ts';
import { writeIData } from '../../src/packet/i-data.ts';
import { writeInit } from '../../src/packet/init.ts';
import { writeOutgoingReset, writeReconfigResponse } from '../../src/packet/re-config.ts';
import { writeSackHead } from '../../src/packet/sack.ts';
import { packet, written } from '../support/bytes.ts';
import { decodePacket } from '../support/decode.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const positive16 = fc.integer({ min: 1, max: 0xffff });

/** A chunk, and what its decoder must say of it. */
type Sample = { bytes: Uint8Array; plain: Record<string, unknown> };

const data: fc.Arbitrary<Sample> = fc
  .record({
    flags: fc.integer({ min: 0, max: 15 }),
    tsn: u32,
    streamId: u16,
    ssn: u16,
    ppid: u32,
    body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  })
  .map(({ flags, tsn, streamId, ssn, ppid, body }) => ({
    bytes: written((w) => writeData(w, flags, tsn, streamId, ssn, ppid, body, 0, body.length)),
    plain: { type: 0, flags, length: 16 + body.length, tsn, streamId, ssn, ppid, userData: hexText(body) },
  }));

const sack: fc.Arbitrary<Sample> = fc
  .record({
    tsn: u32,
    window: u32,
    gaps: fc.array(fc.tuple(u16, u16), { maxLength: 20 }),
    dups: fc.array(u32, { maxLength: 9 }),
  })
  .map(({ tsn, window, gaps, dups }) => ({
    bytes: written((w) => {
      writeSackHead(w, tsn, window, gaps.length, dups.length);
      for (const [start, end] of gaps) {
        w.u16(start);
        w.u16(end);
      }
      for (const dup of dups) w.u32(dup);
    }),
    plain: { type: 3, cumulativeTsn: tsn, arwnd: window, gaps, duplicates: dups },
  }));

const forwardTsn: fc.Arbitrary<Sample> = fc
  .record({ tsn: u32, streams: fc.uniqueArray(fc.tuple(u16, u16), { selector: ([id]) => id, maxLength: 20 }) })
  .map(({ tsn, streams }) => ({
    bytes: written((w) => writeForwardTsn(w, false, tsn, new Map(streams.map(([id, ssn]) => [2 * id, ssn])))),
    plain: { type: 192, newCumulativeTsn: tsn, streams: streams.map(([id, ssn]) => ({ id, ssn })) },
  }));

const iData: fc.Arbitrary<Sample> = fc
  .record({
    flags: fc.integer({ min: 0, max: 15 }),
    tsn: u32,
    streamId: u16,
    mid: u32,
    ppid: u32,
    fsn: u32,
    body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  })
  .map(({ flags, tsn, streamId, mid, ppid, fsn, body }) => {
    const begins = (flags & 2) !== 0;
    const numbers = { tsn, streamId, mid, ppid: begins ? ppid : 0, fsn: begins ? 0 : fsn };
    return {
      bytes: written((w) => writeIData(w, flags, tsn, streamId, mid, ppid, fsn, body, 0, body.length)),
      plain: { type: 64, flags, length: 20 + body.length, ...numbers, userData: hexText(body) },
    };
  });

const iForwardTsn: fc.Arbitrary<Sample> = fc
  .record({
    tsn: u32,
    streams: fc.uniqueArray(fc.record({ id: u16, unordered: fc.boolean(), mid: u32 }), {
      selector: ({ id, unordered }) => `${id} ${unordered}`,
      maxLength: 20,
    }),
  })
  .map(({ tsn, streams }) => ({
    bytes: written((w) =>
      writeForwardTsn(
        w,
        true,
        tsn,
        new Map(streams.map(({ id, unordered, mid }) => [2 * id + (unordered ? 1 : 0), mid])),
      ),
    ),
    plain: { type: 194, newCumulativeTsn: tsn, streams },
  }));

const reset: fc.Arbitrary<Sample> = fc
  .record({ request: u32, response: u32, tsn: u32, streams: fc.array(u16, { maxLength: 20 }) })
  .map(({ request, response, tsn, streams }) => ({
    bytes: written((w) => writeOutgoingReset(w, request, response, tsn, streams)),
    plain: { type: 130, parameters: [{ type: 13, requestSeq: request, lastTsn: tsn, streams }] },
  }));

const init: fc.Arbitrary<Sample> = fc
  .record({
    tag: fc.integer({ min: 1, max: 0xffffffff }),
    windowBytes: u32,
    outboundStreams: positive16,
    inboundStreams: positive16,
    initialTsn: u32,
    zeroChecksum: fc.boolean(),
    interleaving: fc.boolean(),
  })
  .map((fields) => ({
    bytes: written((w) => w.patchU16(writeInit(w, ChunkType.init, fields), w.length)),
    plain: {
      type: 1,
      initiateTag: fields.tag,
      arwnd: fields.windowBytes,
      outboundStreams: fields.outboundStreams,
      inboundStreams: fields.inboundStreams,
      initialTsn: fields.initialTsn,
      forwardTsn: true,
      reConfig: true,
      zeroChecksum: fields.zeroChecksum,
      interleaving: fields.interleaving,
      iForwardTsn: fields.interleaving,
    },
  }));

const bundled = fc.oneof(data, iData, sack, forwardTsn, iForwardTsn, reset);
const anyChunk = fc.oneof(data, iData, sack, forwardTsn, iForwardTsn, reset, init);

describe('chunks', () => {
  it('survive writing and reading, also bundled', () => {
    fc.assert(
      fc.property(fc.array(bundled, { minLength: 1, maxLength: 4 }), (samples) => {
        const decoded = decodePacket(packet(7, ...samples.map((s) => s.bytes)));
        expect(decoded).toHaveLength(samples.length);
        samples.forEach((sample, i) => {
          expect(decoded?.[i]).toMatchObject(sample.plain);
        });
      }),
    );
    fc.assert(
      fc.property(init, ({ bytes, plain }) => {
        expect(decodePacket(packet(0, bytes))?.[0]).toMatchObject(plain);
      }),
    );
  });

  it('are as long as they say, padding included', () => {
    fc.assert(
      fc.property(data, ({ bytes, plain }) => {
        expect(bytes.length).toBe(dataChunkBytes((plain.length as number) - 16));
        expect(bytes.length % 4).toBe(0);
      }),
    );
  });

  it('fit exactly or not at all', () => {
    fc.assert(
      fc.property(u32, u32, fc.array(u16, { maxLength: 9 }), (request, tsn, streams) => {
        const whole = written((w) => writeOutgoingReset(w, request, 0, tsn, streams));
        const w = new Writer();
        for (let capacity = 0; capacity < whole.length; capacity++) {
          const memory = new Uint8Array(whole.length + 8).fill(0xa5);
          w.reset(memory, 0, capacity);
          writeOutgoingReset(w, request, 0, tsn, streams);
          expect(w.finish()).toBe(-1);
          expect(memory.subarray(capacity).every((b) => b === 0xa5)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
    expect(written((w) => writeReconfigResponse(w, 1, 2))).toHaveLength(16);
  });

  it('cut short at any byte, or with any bit flipped, are read or refused and never throw', () => {
    fc.assert(
      fc.property(anyChunk, fc.nat(), ({ bytes }, at) => {
        for (let length = 0; length < bytes.length; length++) decodePacket(packet(7, bytes.slice(0, length)));
        const flipped = bytes.slice();
        flipped[(at >> 3) % flipped.length] ^= 1 << (at & 7);
        decodePacket(packet(7, flipped));
      }),
    );
  });
});

describe('cookies', () => {
  it('give back what they were made of', () => {
    const jar = new CookieJar(new Uint8Array(32).fill(3), hmacSha256);
    const peer = fc.record({
      tag: u32,
      windowBytes: u32,
      outboundStreams: u16,
      inboundStreams: u16,
      initialTsn: u32,
      forwardTsn: fc.boolean(),
      reConfig: fc.boolean(),
      zeroChecksum: fc.boolean(),
      interleaving: fc.boolean(),
      iForwardTsn: fc.boolean(),
    });
    const fields = fc.record({
      createdAt: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      localTag: u32,
      localInitialTsn: u32,
      peer,
      localTieTag: u32,
      peerTieTag: u32,
    });
    fc.assert(
      fc.property(fields, (made) => {
        const bytes = jar.make(made);
        expect(jar.open(bytes, 0, bytes.length)).toEqual(made);
        expect(new CookieJar(new Uint8Array(32), hmacSha256).open(bytes, 0, bytes.length)).toBeUndefined();
      }),
    );
  });
});

describe('DATA_CHANNEL_OPEN', () => {
  const limit = fc.oneof(
    fc.record({ maxRetransmits: u32, maxPacketLifeTimeMs: fc.constant(undefined) }),
    fc.record({ maxRetransmits: fc.constant(undefined), maxPacketLifeTimeMs: u32 }),
    fc.constant({ maxRetransmits: undefined, maxPacketLifeTimeMs: undefined }),
  );
  const open = fc
    .record({ ordered: fc.boolean(), priority: u16, label: fc.string({ unit: 'grapheme' }), protocol: fc.string() })
    .chain((base) => limit.map((more) => ({ ...base, ...more })));

  it('survives encoding, and every cut is refused', () => {
    fc.assert(
      fc.property(open, (fields) => {
        const bytes = encodeOpen(fields) as Uint8Array;
        expect(decodeOpen(bytes)).toEqual(fields);
        for (let length = 0; length < bytes.length; length++) expect(decodeOpen(bytes, 0, length)).toBeUndefined();
      }),
    );
  });
});
