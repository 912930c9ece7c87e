import { createReportBlock, RtpWriter, writeCname, writePli, writeReceiverReport } from '@hawser/rtp';
import { Verdict, Writer } from '@hawser/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { MID_URI } from '../capabilities.ts';
import { RtpRouter } from './rtp-router.ts';
import { Transceiver } from './transceiver.ts';

const codec = (payloadType: number, rtxPayloadType?: number) => ({
  payloadType,
  name: 'X',
  clockRateHz: 90_000,
  channels: 1,
  parameters: '',
  feedback: [],
  rtxPayloadType,
});

function transceiver(mid: string, ssrc: number, payloadTypes: [number, number?][]): Transceiver {
  const made = new Transceiver({
    kind: 'video',
    direction: 'sendrecv',
    streams: [],
    trackId: 't',
    codecs: [],
    ssrc,
    rtxSsrc: ssrc + 1,
    isFromTrack: false,
    isFromRemote: false,
    onChange: () => {},
  });
  made.mid = mid;
  made.receiveCodecs = payloadTypes.map(([payloadType, rtx]) => codec(payloadType, rtx));
  made.headerExtensions = new Map([[MID_URI, 4]]);
  return made;
}

function packet(payloadType: number, ssrc: number, mid?: string): Uint8Array {
  const buffer = new Uint8Array(200);
  const writer = new RtpWriter().header(buffer, 0, 200, payloadType, false, 1, 1, ssrc);
  if (mid !== undefined) writer.extension(4, new TextEncoder().encode(mid));
  writer.payload(new Uint8Array(10));
  return buffer.slice(0, writer.finish());
}

describe('the router of a bundle (RFC 8843 9.2)', () => {
  const a = transceiver('a', 100, [[96, 97], [100]]);
  const b = transceiver('b', 200, [[96], [101]]);
  let router: RtpRouter;
  const route = (bytes: Uint8Array) => router.routeRtp(bytes, 0, bytes.length);

  beforeEach(() => {
    router = new RtpRouter();
    router.rebuild([a, b]);
  });

  it('goes by mid, and remembers the source', () => {
    expect(route(packet(96, 7, 'b'))).toBe(b);
    expect(route(packet(96, 7))).toBe(b);
  });

  it('goes by a payload type that one section alone has, and remembers the source', () => {
    expect(route(packet(101, 8))).toBe(b);
    expect(route(packet(96, 8))).toBe(b);
    expect(route(packet(97, 9))).toBe(a);
  });

  it('does not guess where two sections have the payload type', () => {
    expect(route(packet(96, 10))).toBeUndefined();
  });

  it('discards a mid that no section has, even of a source that is known', () => {
    expect(route(packet(101, 8))).toBe(b);
    expect(route(packet(101, 8, 'zz'))).toBeUndefined();
    expect(route(packet(101, 8))).toBe(b);
  });

  it('moves a source by mid and not by payload type', () => {
    expect(route(packet(101, 8))).toBe(b);
    expect(route(packet(100, 8))).toBeUndefined();
    expect(route(packet(100, 8, 'a'))).toBe(a);
    expect(route(packet(101, 8))).toBeUndefined();
  });

  it('knows the sources that the description names', () => {
    const described = transceiver('c', 300, [[96]]);
    described.remoteSsrcs = [77];
    router.rebuild([a, described]);
    expect(route(packet(96, 77))).toBe(described);
  });

  it('keeps what it learnt over a rebuild, but not of a section that is gone', () => {
    route(packet(96, 7, 'b'));
    route(packet(96, 6, 'a'));
    router.rebuild([b]);
    expect(route(packet(96, 7))).toBe(b);
    expect(router.sources).toBe(1);
  });

  it('learns a bounded number of sources', () => {
    for (let ssrc = 1; ssrc <= 3000; ssrc++) route(packet(100, ssrc));
    expect(router.sources).toBe(1024);
    expect(route(packet(96, 3000))).toBe(a);
  });

  it('says what is no RTP', () => {
    expect(router.routeRtp(new Uint8Array(5), 0, 5)).toBe('malformed');
  });
});

describe('RTCP in a bundle', () => {
  const a = transceiver('a', 100, [[96]]);
  const b = transceiver('b', 200, [[97]]);
  const router = new RtpRouter();
  router.rebuild([a, b]);
  const into: Transceiver[] = [];
  const compound = (write: (writer: Writer) => void): Transceiver[] => {
    const writer = new Writer().reset(new Uint8Array(500), 0, 500);
    write(writer);
    expect(router.routeRtcp(writer.buffer, 0, writer.length, into)).toBe(Verdict.consumed);
    return [...into];
  };

  it('reports go to those they report on, feedback to the one it is asked of', () => {
    const block = { ...createReportBlock(), ssrc: 100 };
    const rtxBlock = { ...createReportBlock(), ssrc: 201 };
    expect(compound((writer) => writeReceiverReport(writer, 9, [block, rtxBlock]))).toEqual([a, b]);
    expect(compound((writer) => writePli(writer, 9, 200))).toEqual([b]);
    expect(compound((writer) => writePli(writer, 9, 5))).toEqual([]);
  });

  it('a full intra request goes by the targets in its control information', () => {
    const bytes = Uint8Array.of(0x84, 206, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 200, 1, 0, 0, 0);
    router.routeRtcp(bytes, 0, bytes.length, into);
    expect(into).toEqual([b]);
  });

  it('a source description with a mid binds the source', () => {
    // SDES, one chunk: SSRC 55, item 15 (MID) "b".
    const bytes = Uint8Array.of(0x81, 202, 0, 2, 0, 0, 0, 55, 15, 1, 98, 0);
    expect(router.routeRtcp(bytes, 0, bytes.length, into)).toBe(Verdict.consumed);
    expect(into).toEqual([b]);
    const rtp = packet(97, 55);
    expect(router.routeRtp(rtp, 0, rtp.length)).toBe(b);
    expect(compound((writer) => writeCname(writer, 55, Uint8Array.of(99)))).toEqual([b]);
  });

  it('refuses what is no RTCP', () => {
    expect(router.routeRtcp(new Uint8Array(3), 0, 3, into)).toBe(Verdict.malformed);
  });

  it('takes any bytes', () => {
    let state = 1;
    for (let run = 0; run < 5000; run++) {
      const bytes = new Uint8Array(8 + (run % 60));
      for (let i = 0; i < bytes.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        bytes[i] = state >>> 24;
      }
      bytes[0] = 0x80 | (bytes[0] & 0x3f);
      bytes[1] = 200 + (bytes[1] % 8);
      bytes[2] = 0;
      bytes[3] = bytes.length / 4 - 1;
      router.routeRtcp(bytes, 0, bytes.length & ~3, into);
      router.routeRtp(bytes, 0, bytes.length);
    }
    expect(into.length).toBeLessThanOrEqual(2);
  });
});
