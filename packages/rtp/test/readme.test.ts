import { expect, it } from 'vitest';
import { RtpReader, RtpWriter, readTransportSequence, writeTransportSequence } from '../src/index.ts';

it('the example of the README does what its comments say', () => {
  const buffer = new Uint8Array(1500);
  const writer = new RtpWriter().header(buffer, 0, buffer.length, 111, true, 1, 960, 0xcafe);
  const at = writer.reserveExtension(5, 2);
  const length = writer.payload(Uint8Array.of(1, 2, 3)).finish();
  writeTransportSequence(buffer, at, 77);
  const reader = new RtpReader();
  expect(reader.parse(buffer, 0, length)).toBe(0);
  expect(readTransportSequence(buffer, reader.findExtension(5))).toBe(77);
  expect([...buffer.subarray(reader.payloadOffset, reader.payloadOffset + reader.payloadLength)]).toEqual([1, 2, 3]);
});
