import { hexText } from '@hawser/wire';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { DataChunk } from '../../src/packet/data.ts';
import { causesAreWellFormed } from '../../src/packet/error-cause.ts';
import { ForwardTsnChunk } from '../../src/packet/forward-tsn.ts';
import { checksumMatches } from '../../src/packet/header.ts';
import { InitChunk } from '../../src/packet/init.ts';
import { OutgoingReset } from '../../src/packet/re-config.ts';
import { SackChunk } from '../../src/packet/sack.ts';
import { RecordWalk } from '../../src/packet/walk.ts';

/** A chunk as plain data, in the words of the vector files. */
export type PlainChunk = Record<string, unknown> & { type: number };

/** Decodes a whole packet with the codecs of the package; undefined when any of them refuses. */
export function decodePacket(bytes: Uint8Array): PlainChunk[] | undefined {
  if (bytes.length < 12 || !checksumMatches(bytes, 0, bytes.length)) return undefined;
  const walk = new RecordWalk().chunks(bytes, 12, bytes.length - 12);
  const chunks: PlainChunk[] = [];
  while (walk.next()) {
    const body = decodeBody(walk.type, walk.flags, bytes, walk.valueAt, walk.valueLength);
    if (body === undefined) return undefined;
    chunks.push({ type: walk.type, flags: walk.flags, length: walk.valueLength + 4, ...body });
  }
  return walk.malformed ? undefined : chunks;
}

function decodeBody(type: number, flags: number, bytes: Uint8Array, at: number, length: number) {
  switch (type) {
    case ChunkType.data:
      return decodeData(flags, bytes, at, length);
    case ChunkType.iData:
      return decodeIData(flags, bytes, at, length);
    case ChunkType.init:
    case ChunkType.initAck:
      return decodeInit(bytes, at, length);
    case ChunkType.sack:
      return decodeSack(bytes, at, length);
    case ChunkType.forwardTsn:
      return decodeForwardTsn(bytes, at, length);
    case ChunkType.iForwardTsn:
      return decodeIForwardTsn(bytes, at, length);
    case ChunkType.abort:
    case ChunkType.error:
      return causesAreWellFormed(bytes, at, length) ? {} : undefined;
    case ChunkType.shutdown:
      return length === 4 ? {} : undefined;
    case ChunkType.cookieAck:
    case ChunkType.shutdownAck:
    case ChunkType.shutdownComplete:
      return length === 0 ? {} : undefined;
    case ChunkType.cookieEcho:
      return { cookie: hexText(bytes, at, length) };
    case ChunkType.heartbeat:
    case ChunkType.heartbeatAck:
    case ChunkType.reConfig:
      return decodeParameters(bytes, at, length);
    default:
      return {};
  }
}

function decodeData(flags: number, bytes: Uint8Array, at: number, length: number) {
  const chunk = new DataChunk();
  if (!chunk.read(flags, bytes, at, length) || chunk.payloadLength === 0) return undefined;
  const { tsn, streamId, ssn, ppid } = chunk;
  return { tsn, streamId, ssn, ppid, userData: hexText(bytes, chunk.payloadAt, chunk.payloadLength) };
}

function decodeIData(flags: number, bytes: Uint8Array, at: number, length: number) {
  const chunk = new DataChunk();
  if (!chunk.readInterleaved(flags, bytes, at, length) || chunk.payloadLength === 0) return undefined;
  const { tsn, streamId, ssn, ppid, fsn } = chunk;
  return { tsn, streamId, mid: ssn, ppid, fsn, userData: hexText(bytes, chunk.payloadAt, chunk.payloadLength) };
}

function decodeIForwardTsn(bytes: Uint8Array, at: number, length: number) {
  const chunk = new ForwardTsnChunk();
  if (!chunk.read(true, bytes, at, length)) return undefined;
  const streams = Array.from({ length: chunk.count }, (_, i) => ({
    id: chunk.streamId(i),
    unordered: chunk.unordered(i),
    mid: chunk.number(i),
  }));
  return { newCumulativeTsn: chunk.newCumulativeTsn, streams };
}

function decodeInit(bytes: Uint8Array, at: number, length: number) {
  const chunk = new InitChunk();
  // The readers of these vectors take a zero stream count or window; ours do not take the former.
  if (!chunk.read(bytes, at, length)) return undefined;
  return {
    initiateTag: chunk.tag,
    arwnd: chunk.windowBytes,
    outboundStreams: chunk.outboundStreams,
    inboundStreams: chunk.inboundStreams,
    initialTsn: chunk.initialTsn,
    forwardTsn: chunk.forwardTsn,
    reConfig: chunk.reConfig,
    zeroChecksum: chunk.zeroChecksum,
    interleaving: chunk.interleaving,
    iForwardTsn: chunk.iForwardTsn,
    stateCookie: hexText(bytes, chunk.cookieAt, chunk.cookieLength),
  };
}

function decodeSack(bytes: Uint8Array, at: number, length: number) {
  const chunk = new SackChunk();
  if (!chunk.read(bytes, at, length)) return undefined;
  const gaps = Array.from({ length: chunk.gapCount }, (_, i) => [chunk.gapStart(i), chunk.gapEnd(i)]);
  const duplicates = Array.from({ length: chunk.duplicateCount }, (_, i) => chunk.duplicate(i));
  return { cumulativeTsn: chunk.cumulativeTsn, arwnd: chunk.windowBytes, gaps, duplicates };
}

function decodeForwardTsn(bytes: Uint8Array, at: number, length: number) {
  const chunk = new ForwardTsnChunk();
  if (!chunk.read(false, bytes, at, length)) return undefined;
  const streams = Array.from({ length: chunk.count }, (_, i) => ({ id: chunk.streamId(i), ssn: chunk.number(i) }));
  return { newCumulativeTsn: chunk.newCumulativeTsn, streams };
}

function decodeParameters(bytes: Uint8Array, at: number, length: number) {
  const walk = new RecordWalk().parameters(bytes, at, length);
  const parameters = [];
  while (walk.next()) {
    const value = hexText(bytes, walk.valueAt, walk.valueLength);
    const plain: Record<string, unknown> = { type: walk.type, length: walk.valueLength + 4, value };
    if (walk.type === 13) {
      const reset = new OutgoingReset();
      if (!reset.read(bytes, walk.valueAt, walk.valueLength)) return undefined;
      plain.requestSeq = reset.requestNumber;
      plain.lastTsn = reset.lastTsn;
      plain.streams = Array.from({ length: reset.streamCount }, (_, i) => reset.streamId(i));
    }
    parameters.push(plain);
  }
  return walk.malformed || parameters.length === 0 ? undefined : { parameters };
}
