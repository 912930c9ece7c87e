import { hexBytes, hexText, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { MessageReader, Section } from '../../src/message/reader.ts';
import { MessageWriter } from '../../src/message/writer.ts';
import { Segment } from '../kit/segment.ts';
import chromium from './chromium.json' with { type: 'json' };

const bytesOf = (hex: string) => hexBytes(hex) as Uint8Array;

describe('what Chromium sends', () => {
  it('asks for one A record, of all', () => {
    const reader = new MessageReader();
    const bytes = bytesOf(chromium.query);
    expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect([reader.entries, reader.isResponse, reader.type(0), reader.class(0)]).toEqual([1, false, 1, 1]);
    expect(reader.name(0)).toBe('8c9c39c6-eef7-4b30-8278-2cb01e1ede41.local');
  });

  it('answers with an address and that there is no other', () => {
    const reader = new MessageReader();
    const bytes = bytesOf(chromium.response);
    expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect([reader.section(0), reader.section(1)]).toEqual([Section.answer, Section.additional]);
    expect([reader.type(0), reader.type(1)]).toEqual([1, 47]);
    expect([reader.class(0), reader.ttl(0), reader.address(0)]).toEqual([0x8001, 120, '10.77.0.1']);
    expect([reader.name(0), reader.name(1)]).toEqual(Array(2).fill('67118512-a698-442d-bfba-12e6d5612a4c.local'));
  });

  it('resolves its name', () => {
    const segment = new Segment();
    const end = segment.add('192.0.2.2');
    end.driver.act((agent, now) => agent.resolve(now, '67118512-a698-442d-bfba-12e6d5612a4c.local'));
    expect(segment.say(end, '192.0.2.1', bytesOf(chromium.response))).toBe(Verdict.consumed);
    expect(end.events).toMatchObject([{ type: 'resolved', address: '10.77.0.1' }]);
  });

  it('is what we would write, but for a name said twice that we point to (RFC 6762 18.14)', () => {
    const out = new Uint8Array(512);
    const writer = new MessageWriter();
    const record = {
      name: '67118512-a698-442d-bfba-12e6d5612a4c.local',
      type: 1,
      rdata: new Uint8Array([10, 77, 0, 1]),
    } as const;
    writer.begin(out, 0, 512, 0, 0x8400);
    writer.address(record, 0x8001, 120);
    writer.nothingBut(record, 3, 0x8001, 120);
    const name = hexText(bytesOf(chromium.response), 12, 44);
    const ours = hexText(out, 0, writer.finish());
    const [header, rest, nsec] = chromium.response.split(name);
    expect(ours).toBe(`${header}${name}${rest}c00c${nsec.replace('c046', 'c00c')}`);
  });
});

/** RFC 1035 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root, as they may stand in a message from its octet 20 on. */
describe('the example of RFC 1035 4.1.4', () => {
  it('is read, pointers followed', () => {
    const bytes = new Uint8Array(12 + 256);
    // Each name is put where it may stand: as the name of a question, the rest of the message between.
    const at = (text: string) => text.split('').map((character) => character.charCodeAt(0));
    const names = [
      ...[1, ...at('F'), 3, ...at('ISI'), 4, ...at('ARPA'), 0],
      ...[0, 1, 0, 1],
      ...[3, ...at('FOO'), 0xc0, 12],
      ...[0, 1, 0, 1],
      ...[0xc0, 12 + 6],
      ...[0, 1, 0, 1],
      ...[0, 0, 1, 0, 1],
    ];
    bytes.set([0, 0, 0, 0, 0, 4], 0);
    bytes.set(names, 12);
    const reader = new MessageReader();
    expect(reader.parse(bytes, 0, 12 + names.length)).toBe(Verdict.consumed);
    expect([0, 1, 2, 3].map((entry) => reader.name(entry))).toEqual(['f.isi.arpa', 'foo.f.isi.arpa', 'arpa', '']);
  });
});
