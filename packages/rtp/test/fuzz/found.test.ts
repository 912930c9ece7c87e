import { Verdict } from '@hawser/wire';
import { expect, it } from 'vitest';
import { RtcpReader, SourceDescriptionReader } from '../../src/index.ts';
import { hex } from '../support.ts';

it('a source description that ends behind an item type is malformed: reading its length, it read the end of memory and never ended', () => {
  const bytes = hex('81ca00025450000123013eb9');
  const packet = new RtcpReader();
  expect(packet.reset(bytes, 0, bytes.length)).toBe(Verdict.consumed);
  expect(packet.next()).toBe(true);
  expect(new SourceDescriptionReader().parse(packet)).toBe(Verdict.malformed);
});
