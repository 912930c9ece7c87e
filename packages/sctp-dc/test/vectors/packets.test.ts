import { readFileSync } from 'node:fs';
import { isAfter32 } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../support/bytes.ts';
import { decodePacket, type PlainChunk } from '../support/decode.ts';

interface Vector {
  name: string;
  input: { packet?: string; a: number; b: number };
  expected: {
    reject?: boolean;
    lessThan?: boolean;
    mustNotAnswer?: boolean;
    acceptOnlyWithZeroChecksum?: boolean;
    chunks?: Record<string, unknown>[];
  };
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('sctp.json', import.meta.url), 'utf8')).vectors;
const packets = vectors.filter((v) => v.input.packet !== undefined && v.expected.chunks !== undefined);
const accepted = packets.filter((v) => v.expected.acceptOnlyWithZeroChecksum !== true);
const rejected = vectors.filter(
  (v) => v.input.packet !== undefined && (v.expected.reject || v.expected.acceptOnlyWithZeroChecksum),
);

/** Fields that both the vector and our decoder have. */
const FIELDS = [
  ...['type', 'flags', 'length', 'tsn', 'streamId', 'ssn', 'ppid', 'userData', 'cumulativeTsn', 'arwnd', 'gaps'],
  ...['duplicates', 'initiateTag', 'outboundStreams', 'inboundStreams', 'initialTsn', 'newCumulativeTsn', 'cookie'],
];

function comparable(chunk: Record<string, unknown>, like: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(FIELDS.filter((field) => field in like && field in chunk).map((f) => [f, chunk[f]]));
}

describe('packets of other stacks and built ones (sctp.json)', () => {
  it.each(accepted)('$name', ({ input, expected }) => {
    const chunks = decodePacket(fromHex(input.packet as string)) as PlainChunk[];
    expect(chunks).toHaveLength(expected.chunks?.length as number);
    expected.chunks?.forEach((wanted, i) => {
      expect(comparable(chunks[i], wanted)).toEqual(comparable(wanted, chunks[i]));
      const parameters = wanted.parameters as Record<string, unknown>[] | undefined;
      if (chunks[i].parameters !== undefined)
        expect(chunks[i].parameters).toMatchObject(withoutNames(parameters ?? []));
      if (wanted.type === 1 || wanted.type === 2) checkInit(chunks[i], parameters ?? []);
      if (wanted.type === 192) expect(chunks[i].streams).toEqual(wanted.streams);
    });
  });

  it.each(rejected)('refuses $name', ({ input }) => {
    expect(decodePacket(fromHex(input.packet as string))).toBeUndefined();
  });
});

describe('serial numbers (sctp.json)', () => {
  it.each(vectors.filter((v) => v.expected.lessThan !== undefined))('$name', ({ input, expected }) => {
    expect(isAfter32(input.b, input.a)).toBe(expected.lessThan);
  });
});

function withoutNames(parameters: Record<string, unknown>[]): Record<string, unknown>[] {
  return parameters.map(({ type, length, value }) => ({ type, length, value }));
}

function checkInit(chunk: PlainChunk, parameters: Record<string, unknown>[]): void {
  const types = parameters.find((p) => p.type === 0x8008)?.chunkTypes as number[] | undefined;
  expect(chunk.reConfig).toBe(types?.includes(130) ?? false);
  expect(chunk.forwardTsn).toBe(parameters.some((p) => p.type === 0xc000) || (types?.includes(192) ?? false));
  expect(chunk.stateCookie).toBe(parameters.find((p) => p.type === 7)?.value ?? '');
}
