import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type Fragment, Reassembly } from '../../src/handshake/reassembly.ts';
import { Transcript } from '../../src/handshake/transcript.ts';
import { recordContentType, recordEpoch, recordLength, recordNumber, recordVersion } from '../../src/record/record.ts';
import { ReplayWindow } from '../../src/record/replay-window.ts';
import { hex, unhex } from '../support/hex.ts';
import { createPair, deliver } from '../support/pair.ts';
import { vectors } from '../support/vectors.ts';

interface ExpectedRecord {
  contentType: number;
  version: string;
  epoch: number;
  sequence: number;
  length: number;
  fragment: string;
}

/** Walks the records of a datagram. */
function records(datagram: Uint8Array): ExpectedRecord[] {
  const found: ExpectedRecord[] = [];
  for (let at = 0; at < datagram.length; ) {
    const total = recordLength(datagram, at, datagram.length - at);
    if (total < 0) throw new Error(`no record at ${at}`);
    found.push({
      contentType: recordContentType(datagram, at),
      version: recordVersion(datagram, at).toString(16),
      epoch: recordEpoch(datagram, at),
      sequence: recordNumber(datagram, at),
      length: total - 13,
      fragment: hex(datagram.subarray(at + 13, at + total)),
    });
    at += total;
  }
  return found;
}

describe('records', () => {
  const listed = [
    ...vectors('dtls.json', 'ServerHelloDone and'),
    ...vectors('dtls.json', 'two ChangeCipherSpec'),
    ...vectors('dtls.json', 'alert'),
    ...vectors('dtls.json', 'WebRTC-shaped'),
  ];
  it.each(listed)('$name', ({ input, expected }) => {
    expect(records(unhex(input['datagram']))).toMatchObject(expected['records']);
  });

  it.each(vectors('dtls.json', 'invalid record'))('$name: refused', ({ input }) => {
    const { server } = createPair();
    server.connection.start(0);
    expect(deliver(server, 0, unhex(input['datagram']))).not.toBe(Verdict.consumed);
    expect(server.connection.stats().verdicts.consumed).toBe(0);
    expect(server.connection.stats().reassemblyBytes).toBe(0);
  });
});

describe('fragments', () => {
  it.each(vectors('dtls.json', 'fragmented ClientHello'))('$name', ({ input, expected }) => {
    const reassembly = new Reassembly();
    for (const text of input['datagrams'] as string[]) {
      for (const { fragment, sequence } of records(unhex(text))) insertAll(reassembly, unhex(fragment), sequence);
    }
    const message = reassembly.take();
    expect(hex(message?.body ?? new Uint8Array(0))).toBe(expected['reassembledBody']);
    const transcript = new Transcript();
    transcript.append(message?.type ?? -1, message?.seq ?? -1, message?.body ?? new Uint8Array(0));
    expect(hex(transcript.bytes())).toBe(`${expected['transcriptHeader']}${expected['reassembledBody']}`);
  });
});

function insertAll(reassembly: Reassembly, bytes: Uint8Array, recordNumber: number): void {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; ) {
    const fragment: Fragment = {
      type: bytes[at],
      length: view.getUint32(at) & 0xffffff,
      seq: view.getUint16(at + 4),
      fragmentOffset: view.getUint32(at + 5) & 0xffffff,
      fragmentLength: view.getUint32(at + 8) & 0xffffff,
    };
    expect(reassembly.insert(fragment, 0, recordNumber, bytes, at + 12)).toBeGreaterThan(Verdict.tooOld);
    at += 12 + fragment.fragmentLength;
  }
}

describe('anti-replay', () => {
  it.each(vectors('dtls.json', 'anti-replay'))('$name', ({ input, expected }) => {
    const window = new ReplayWindow(input['window']);
    const accepted = (input['sequence'] as number[]).map((number) => {
      const isNew = window.check(number) === Verdict.consumed;
      if (isNew) window.mark(number);
      return isNew;
    });
    expect(accepted).toEqual(expected['accept']);
  });
});
