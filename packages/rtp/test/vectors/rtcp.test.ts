import { hexText, utf8Bytes, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import {
  FeedbackReader,
  NackReader,
  RtcpReader,
  TransportFeedbackReader,
  writeCname,
  writeFullIntraRequest,
  writeGoodbye,
  writeNack,
  writePli,
  writeReceiverReport,
  writeRemb,
  writeSenderReport,
} from '../../src/index.ts';
import { dump } from '../dump.ts';
import { firstPacket, hex, written } from '../support.ts';
import data from './rtcp.json';

// RTCP packets and compounds from RFCs and other stacks' tests; `source` of each vector says which.

// biome-ignore lint/suspicious/noExplicitAny: the vectors' shape differs by packet type
type Fields = Record<string, any>;
type Vector = { name: string; input: Fields; expected: Fields };
const vectors = data as unknown as Vector[];
const compounds = vectors.filter(({ input }) => input['rtcp'] !== undefined);

/** Packets whose bodies this package does not read: they are passed over by their length. */
const NOT_READ = new Set(['APP', 'XR', 'TMMBR', 'TMMBN', 'SLI', 'RRR', 'CCFB']);
const INVALID_ONLY_IN_THEIR_BODY = new Set([
  'invalid: APP too short for name',
  'invalid: TMMBR unaligned',
  'invalid: XR block length runs past end',
]);

/** The vectors' words for a packet, reduced to what the readers say. */
function wanted(packet: Fields): Fields {
  const { pt: _pt, count: _count, length: _length, padding: _padding, fmt: _fmt, ...rest } = packet;
  switch (packet['type']) {
    case 'SDES':
      return {
        type: 'SDES',
        items: rest['chunks'].flatMap((chunk: Fields) =>
          chunk['items'].map((item: Fields) => ({ ssrc: chunk['ssrc'], type: item['type'], text: item['text'] })),
        ),
      };
    case 'NACK':
      return { type: 'NACK', senderSsrc: rest['senderSsrc'], mediaSsrc: rest['mediaSsrc'], lost: rest['lost'] };
    case 'FIR':
      return { type: 'FIR', senderSsrc: rest['senderSsrc'], entries: rest['entries'] };
    case 'REMB':
      return {
        type: 'REMB',
        senderSsrc: rest['senderSsrc'],
        bitrateBps: Number(rest['bitrateBps']),
        ssrcs: rest['ssrcs'],
      };
    case 'TWCC': {
      const { chunks: _chunks, symbols, ...twcc } = rest;
      return { ...twcc, arrivals: symbols.map((symbol: number) => symbol !== 0) };
    }
    case 'RR': {
      const { profileExt: _profileExt, ...report } = rest;
      return report;
    }
    default:
      return rest;
  }
}

describe('RTCP compounds', () => {
  const valid = compounds.filter(({ expected }) => expected['reject'] !== true);
  it.each(valid.map((vector) => [vector.name, vector] as const))('%s', (_, { input, expected }) => {
    const bytes = hex(input['rtcp']);
    const reader = new RtcpReader();
    expect(reader.reset(bytes, 0, bytes.length)).toBe(Verdict.consumed);
    for (const packet of expected['packets'] as Fields[]) {
      expect(reader.next()).toBe(true);
      expect({ pt: reader.type, count: reader.count, padding: reader.paddingBytes }).toEqual({
        pt: packet['pt'],
        count: packet['count'],
        padding: packet['padding'],
      });
      expect(reader.length + reader.paddingBytes).toBe(4 + 4 * packet['length']);
      if (!NOT_READ.has(packet['type'])) expect(dump(reader)).toEqual(wanted(packet));
    }
    expect(reader.next()).toBe(false);
  });

  const invalid = compounds.filter(({ name, expected }) => expected['reject'] && !INVALID_ONLY_IN_THEIR_BODY.has(name));
  it.each(invalid.map((vector) => [vector.name, vector] as const))('%s', (_, { input }) => {
    const bytes = hex(input['rtcp']);
    const reader = new RtcpReader();
    let verdict: unknown = reader.reset(bytes, 0, bytes.length);
    while (verdict === Verdict.consumed && reader.next()) {
      const read = dump(reader);
      if (typeof read === 'number') verdict = read;
    }
    expect(verdict).toBe(Verdict.malformed);
  });
});

/** Writes a packet back from the vectors' fields; undefined for the types that have no writer, or fields that it lacks. */
function rewrite(packet: Fields): Uint8Array | undefined {
  return written((writer) => {
    switch (packet['type']) {
      case 'SR':
      case 'RR': {
        const blocks = packet['reports'].map((block: Fields) => ({
          ssrc: block['ssrc'],
          fractionLost: block['fractionLost'],
          cumulativeLost: block['totalLost'],
          highestSequence: block['highestSeq'],
          jitter: block['jitter'],
          lastSr: block['lsr'],
          delaySinceLastSr: block['dlsr'],
        }));
        const info = {
          ntpSeconds: packet['ntpMsw'],
          ntpFraction: packet['ntpLsw'],
          rtpTimestamp: packet['rtpTs'],
          packetCount: packet['packets'],
          octetCount: packet['octets'],
        };
        if (packet['type'] === 'SR') writeSenderReport(writer, packet['ssrc'], info, blocks);
        else writeReceiverReport(writer, packet['ssrc'], blocks);
        return;
      }
      case 'SDES':
        return writeCname(writer, packet['chunks'][0].ssrc, utf8Bytes(packet['chunks'][0].items[0].text));
      case 'BYE': {
        const reason = packet['reason'];
        return writeGoodbye(writer, packet['ssrcs'], undefined, reason && utf8Bytes(reason));
      }
      case 'NACK':
        return writeNack(writer, packet['senderSsrc'], packet['mediaSsrc'], packet['lost']);
      case 'PLI':
        return writePli(writer, packet['senderSsrc'], packet['mediaSsrc']);
      case 'FIR':
        return writeFullIntraRequest(
          writer,
          packet['senderSsrc'],
          packet['entries'][0].ssrc,
          packet['entries'][0].seqNr,
        );
      case 'REMB':
        return writeRemb(writer, packet['senderSsrc'], Number(packet['bitrateBps']), packet['ssrcs']);
    }
  });
}

/** Whether the writers can say all that the packet says. */
function isWritable(packet: Fields): boolean {
  if (packet['padding'] !== 0 || packet['profileExt'] !== undefined) return false;
  if (packet['type'] === 'SDES') return packet['chunks'].length === 1 && packet['chunks'][0].items.length === 1;
  if (packet['type'] === 'FIR') return packet['mediaSsrc'] === 0 && packet['entries'].length === 1;
  return ['SR', 'RR', 'BYE', 'NACK', 'PLI', 'REMB'].includes(packet['type']);
}

describe('RTCP writers', () => {
  const single = compounds.filter(({ expected }) => expected['packets']?.length === 1);
  const writable = single.filter(({ expected }) => isWritable(expected['packets'][0]));
  it.each(writable.map((vector) => [vector.name, vector] as const))('writes %s', (_, { input, expected }) => {
    expect(hexText(rewrite(expected['packets'][0]) ?? new Uint8Array(0))).toBe(input['rtcp']);
  });

  it.each(vectors.filter(({ input }) => input['lost']?.length > 0).map((vector) => [vector.name, vector] as const))(
    '%s',
    (_, { input, expected }) => {
      const bytes = written((writer) => writeNack(writer, 1, 2, input['lost']));
      const feedback = new FeedbackReader();
      const packet = firstPacket(bytes);
      feedback.parse(packet);
      const pairs: Fields[] = [];
      for (let at = feedback.fciOffset; at < bytes.length; at += 4) {
        pairs.push({ pid: (bytes[at] << 8) | bytes[at + 1], blp: (bytes[at + 2] << 8) | bytes[at + 3] });
      }
      expect(pairs).toEqual(expected['pairs']);
      const nack = new NackReader();
      expect(nack.parse(packet)).toBe(Verdict.consumed);
    },
  );
});

describe('transport-cc chunks of the draft', () => {
  it.each(vectors.filter(({ input }) => input['chunk'] !== undefined).map((vector) => [vector.name, vector] as const))(
    '%s',
    (_, { input, expected }) => {
      const symbols: number[] =
        expected['type'] === 'runLength'
          ? new Array(expected['runLength']).fill(expected['symbol'])
          : expected['symbols'];
      // The chunk in a packet of its own: header, SSRCs, base 0, its count of statuses, then zeros for the deltas.
      const bytes = new Uint8Array(20 + 2 + 14);
      bytes.set(hex(`8fcd00080000000100000002`));
      bytes[15] = symbols.length;
      bytes.set(hex(input['chunk']), 20);
      const reader = new TransportFeedbackReader();
      expect(reader.parse(firstPacket(bytes))).toBe(Verdict.consumed);
      const read: boolean[] = [];
      while (reader.next()) read.push(reader.received);
      expect(read).toEqual(symbols.map((symbol) => symbol !== 0));
    },
  );
});
