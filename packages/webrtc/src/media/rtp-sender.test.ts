import { RtpReader, RtpWriter } from '@hawser/rtp';
import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { ABS_SEND_TIME_URI, MID_URI, TRANSPORT_CC_URI } from '../capabilities.ts';
import { RtpSender } from './rtp-sender.ts';
import { Transceiver } from './transceiver.ts';

const transceiver = new Transceiver({
  kind: 'video',
  direction: 'sendrecv',
  streams: [],
  trackId: 't',
  codecs: [],
  ssrc: 0x11223344,
  rtxSsrc: 0x55667788,
  isFromTrack: false,
  isFromRemote: false,
  onChange: () => {},
});
transceiver.mid = '12';
transceiver.headerExtensions = new Map([
  [MID_URI, 4],
  [ABS_SEND_TIME_URI, 2],
  [TRANSPORT_CC_URI, 3],
]);
transceiver.sendCodecs = [
  { payloadType: 96, name: 'VP8', clockRateHz: 90_000, channels: 1, parameters: '', feedback: [], rtxPayloadType: 97 },
  { payloadType: 98, name: 'VP9', clockRateHz: 90_000, channels: 1, parameters: '', feedback: [] },
];

function input(payloadType: number): Uint8Array {
  const buffer = new Uint8Array(300);
  const writer = new RtpWriter().header(buffer, 5, 295, payloadType, true, 4242, 99_999, 1);
  writer.csrc(77);
  // The application's own element (audio level) and one of a number that is ours.
  writer.extension(9, Uint8Array.of(0x7f)).extension(4, Uint8Array.of(1));
  writer.payload(Uint8Array.from({ length: 50 }, (_, i) => i)).padding(3);
  return buffer.subarray(0, 5 + writer.finish());
}

function rewritten(payloadType: number): RtpReader {
  const sender = new RtpSender(1000, 64_000 + 1500);
  const bytes = input(payloadType);
  const length = sender.rewrite(1250, transceiver, bytes, 5, bytes.length - 5);
  const reader = new RtpReader();
  expect(reader.parse(sender.bytes, 0, length)).toBe(Verdict.consumed);
  return reader;
}

describe('a packet on its way out', () => {
  it('keeps what the application decides', () => {
    const reader = rewritten(98);
    expect(reader).toMatchObject({ marker: true, sequence: 4242, timestamp: 99_999, csrcCount: 1, paddingBytes: 3 });
    expect(reader.csrc(0)).toBe(77);
    expect([...reader.bytes.subarray(reader.payloadOffset, reader.payloadOffset + 50)]).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('gets our source, and a payload type that was agreed', () => {
    expect(rewritten(98)).toMatchObject({ payloadType: 98, ssrc: 0x11223344 });
    expect(rewritten(50)).toMatchObject({ payloadType: 96, ssrc: 0x11223344 });
    expect(rewritten(97)).toMatchObject({ payloadType: 97, ssrc: 0x55667788 });
  });

  it('gets the agreed header extensions, once each, and keeps others of the application', () => {
    const reader = rewritten(96);
    const at = reader.findExtension(4);
    expect(String.fromCharCode(...reader.bytes.subarray(at, at + reader.extensionLength))).toBe('12');
    const timeAt = reader.findExtension(2);
    // 64 000 + 1 500 ms at 1 000; 250 ms later it is 1.75 s modulo 64 s, in units of 2^-18 s.
    const time = (reader.bytes[timeAt] << 16) | (reader.bytes[timeAt + 1] << 8) | reader.bytes[timeAt + 2];
    expect(time).toBe(1.75 * 2 ** 18);
    expect(reader.findExtension(3)).toBeGreaterThan(0);
    expect(reader.extensionLength).toBe(2);
    expect(reader.bytes[reader.findExtension(9)]).toBe(0x7f);
    const ids: number[] = [];
    reader.rewindExtensions();
    while (reader.nextExtension()) ids.push(reader.extensionId);
    expect(ids.sort()).toEqual([2, 3, 4, 9]);
  });

  it('is refused when it is no RTP packet', () => {
    expect(new RtpSender(0, 0).rewrite(0, transceiver, new Uint8Array(4), 0, 4)).toBe(-1);
  });
});
