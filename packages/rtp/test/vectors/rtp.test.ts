import { hexText, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import {
  RtpReader,
  RtpWriter,
  readAbsSendTime,
  readAudioLevel,
  readTransportSequence,
  readVoiceActivity,
  writeAbsSendTime,
} from '../../src/index.ts';
import { hex } from '../support.ts';
import data from './rtp.json';

// RTP headers and extension values from RFCs and other stacks' tests; `source` of each vector says which.

interface RtpFields {
  reject?: boolean;
  marker: boolean;
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  csrcs: number[];
  extensionProfile: number | null;
  extensions: { id: number; data: string }[];
  extensionData?: string;
  payload: string;
  paddingLength: number;
}
interface ValueFields {
  kind: string;
  voice: boolean;
  level: number;
  sequence: number;
  raw: number;
  seconds?: number;
}
type Vector = { name: string; input: { rtp?: string; data?: string }; expected: RtpFields & ValueFields };
const vectors = data as unknown as Vector[];
const packets = vectors.filter((vector) => vector.input.rtp !== undefined);

function fieldsOf(reader: RtpReader) {
  const { bytes } = reader;
  const extensions: { id: number; data: string }[] = [];
  reader.rewindExtensions();
  while (reader.nextExtension()) {
    extensions.push({ id: reader.extensionId, data: hexText(bytes, reader.extensionOffset, reader.extensionLength) });
  }
  return {
    marker: reader.marker,
    payloadType: reader.payloadType,
    sequenceNumber: reader.sequence,
    timestamp: reader.timestamp,
    ssrc: reader.ssrc,
    csrcs: Array.from({ length: reader.csrcCount }, (_, i) => reader.csrc(i)),
    extensionProfile: reader.extensionProfile < 0 ? null : reader.extensionProfile,
    extensions,
    ...(reader.extensionProfile < 0
      ? {}
      : { extensionData: hexText(bytes, reader.extensionDataOffset, reader.extensionDataLength) }),
    payload: hexText(bytes, reader.payloadOffset, reader.payloadLength),
    paddingLength: reader.paddingBytes,
  };
}

describe('RTP packets', () => {
  it.each(packets.map((vector) => [vector.name, vector] as const))('%s', (_, { input, expected }) => {
    const bytes = hex(input.rtp ?? '');
    const reader = new RtpReader();
    const verdict = reader.parse(bytes, 0, bytes.length);
    if (expected.reject === true) {
      expect(verdict).toBe(Verdict.malformed);
      return;
    }
    expect(verdict).toBe(Verdict.consumed);
    const { extensionData, ...fields } = fieldsOf(reader);
    const { extensionData: expectedData, ...expectedFields } = expected;
    expect(fields).toEqual(expectedFields);
    expect(extensionData ?? '').toBe(expectedData ?? '');
  });

  const plain = packets.filter(({ expected }) => expected.reject !== true && expected.extensionProfile === null);
  it.each(plain.map((vector) => [vector.name, vector] as const))('writes %s', (_, { input, expected }) => {
    const wanted = hex(input.rtp ?? '');
    const buffer = new Uint8Array(wanted.length);
    const writer = new RtpWriter().header(
      buffer,
      0,
      buffer.length,
      expected.payloadType,
      expected.marker,
      expected.sequenceNumber,
      expected.timestamp,
      expected.ssrc,
    );
    for (const csrc of expected.csrcs) writer.csrc(csrc);
    writer.payload(hex(expected.payload));
    // What fills the padding is the sender's choice: only its count is compared.
    if (expected.paddingLength > 0) writer.padding(expected.paddingLength);
    expect(writer.finish()).toBe(wanted.length);
    wanted.fill(0, wanted.length - expected.paddingLength, wanted.length - 1);
    if (expected.paddingLength === 0) wanted.set(hex(input.rtp ?? ''));
    expect(hexText(buffer)).toBe(hexText(wanted));
  });
});

describe('extension values', () => {
  const values = vectors.filter((vector) => vector.input.data !== undefined);
  it.each(values.filter(({ expected }) => expected.kind === 'ssrc-audio-level').map((v) => [v.name, v] as const))(
    '%s',
    (_, { input, expected }) => {
      const bytes = hex(input.data ?? '');
      expect(readAudioLevel(bytes, 0)).toBe(expected.level);
      expect(readVoiceActivity(bytes, 0)).toBe(expected.voice);
    },
  );

  it.each(values.filter(({ expected }) => expected.kind === 'transport-cc').map((v) => [v.name, v] as const))(
    '%s',
    (_, { input, expected }) => {
      expect(readTransportSequence(hex(input.data ?? ''), 0)).toBe(expected.sequence);
    },
  );

  it.each(values.filter(({ expected }) => expected.kind === 'abs-send-time').map((v) => [v.name, v] as const))(
    '%s',
    (_, { input, expected }) => {
      expect(readAbsSendTime(hex(input.data ?? ''), 0)).toBe(expected.raw);
      if (expected.seconds === undefined) return;
      const out = new Uint8Array(3);
      writeAbsSendTime(out, 0, expected.seconds * 1000);
      expect(readAbsSendTime(out, 0)).toBe(expected.raw);
    },
  );
});
