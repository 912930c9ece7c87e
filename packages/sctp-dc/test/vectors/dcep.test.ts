import { readFileSync } from 'node:fs';
import { hexText } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type DcepOpen, decodeOpen, encodeOpen, isAck } from '../../src/channels/dcep.ts';
import { SctpAssociation } from '../../src/index.ts';
import { fromHex, seededEnv } from '../support/bytes.ts';

interface Vector {
  name: string;
  input: { message?: string; header?: string; labelLength?: number; role?: string };
  expected: Record<string, unknown> & { type?: string; reject?: boolean; firstIds?: number[] };
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('datachannel.json', import.meta.url), 'utf8')).vectors;
const opens = vectors.filter((v) => v.expected.type === 'OPEN' && v.input.message !== undefined);

describe('DCEP messages (datachannel.json)', () => {
  it.each(opens)('$name', ({ input, expected }) => {
    const open = decodeOpen(fromHex(input.message as string)) as DcepOpen;
    const { ordered, priority, label, protocol } = expected;
    expect(open).toMatchObject({ ordered, priority, label, protocol });
    const parameter = expected.reliabilityParameter;
    expect(open.maxRetransmits).toBe(expected.reliability === 'maxRetransmits' ? parameter : undefined);
    expect(open.maxPacketLifeTimeMs).toBe(expected.reliability === 'maxPacketLifeTime' ? parameter : undefined);
    expect(hexText(encodeOpen(open) as Uint8Array)).toBe(input.message);
  });

  it.each(vectors.filter((v) => v.expected.type === 'ACK'))('$name', ({ input }) => {
    expect(isAck(fromHex(input.message as string))).toBe(true);
  });

  it.each(vectors.filter((v) => v.expected.reject))('refuses $name', ({ input }) => {
    const bytes = fromHex(input.message as string);
    expect(decodeOpen(bytes)).toBeUndefined();
    expect(isAck(bytes)).toBe(false);
  });

  it('takes labels of 65 535 octets and no longer ones', () => {
    const vector = vectors.find((v) => v.input.header !== undefined) as Vector;
    const label = 'a'.repeat(vector.input.labelLength as number);
    const open = {
      ordered: true,
      maxRetransmits: undefined,
      maxPacketLifeTimeMs: undefined,
      priority: 0,
      protocol: '',
    };
    const bytes = encodeOpen({ ...open, label }) as Uint8Array;
    expect(hexText(bytes, 0, 12)).toBe(vector.input.header);
    expect(decodeOpen(bytes)?.label).toBe(label);
    expect(encodeOpen({ ...open, label: `${label}a` })).toBeUndefined();
  });

  it.each(vectors.filter((v) => v.expected.firstIds !== undefined))('$name', ({ input, expected }) => {
    const dtlsRole = input.role === 'DTLS client' ? 'client' : 'server';
    const machine = new SctpAssociation({ dtlsRole }, seededEnv());
    const ids = [1, 2, 3].map((n) => machine.openChannel(0, { label: `${n}` }));
    expect(ids).toEqual(expected.firstIds);
  });
});
