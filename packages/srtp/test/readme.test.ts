import { createSlot, Verdict } from '@hawser/wire';
import { expect, it } from 'vitest';
import { SrtpContext, splitKeyingMaterial } from '../src/index.ts';

it('the example of the README does what its comments say', () => {
  const exported = new Uint8Array(56);
  const client = splitKeyingMaterial(7, exported, 'client');
  const server = splitKeyingMaterial(7, exported, 'server');
  const sender = new SrtpContext({ profile: 7, ...client.local, direction: 'send' });
  const receiver = new SrtpContext({ profile: 7, ...server.remote, direction: 'receive' });
  const slot = createSlot();
  const packet = Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3);
  slot.buffer.set(packet, slot.offset);
  slot.length = packet.length;
  sender.sealRtp(slot);
  expect(slot.length).toBe(31);
  const copy = { ...slot, buffer: slot.buffer.slice() };
  expect(receiver.openRtp(slot)).toBe(Verdict.consumed);
  expect(receiver.openRtp(copy)).toBe(Verdict.replayed);
});
