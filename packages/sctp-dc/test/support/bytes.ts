import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { createSlot, type Env, hexBytes, hexText, Writer } from '@hawser/wire';
import { sealChecksum, writeHeader } from '../../src/packet/header.ts';

export function fromHex(text: string): Uint8Array {
  const bytes = hexBytes(text);
  if (bytes === undefined) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}

export const toHex = hexText;

export function seededEnv(seed: string | number = 1): Env {
  return simEnv(new VirtualClock(), new SeededRandom(seed));
}

/** A packet with a right checksum: ports 5000, `tag`, and chunks as they are. */
export function packet(tag: number, ...chunks: Uint8Array[]): Uint8Array {
  const length = 12 + chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = new Uint8Array(length);
  const w = new Writer().reset(bytes, 0, length);
  writeHeader(w, 5000, 5000, tag);
  for (const chunk of chunks) w.bytes(chunk, 0, chunk.length);
  sealChecksum(bytes, 0, length);
  return bytes;
}

/** What `write` wrote. */
export function written(write: (w: Writer) => void, capacity = 2048): Uint8Array {
  const bytes = new Uint8Array(capacity);
  const w = new Writer().reset(bytes, 0, capacity);
  write(w);
  if (w.failed) throw new Error('did not fit');
  return bytes.slice(0, w.length);
}

interface Sender {
  pollTransmit(now: number, slot: ReturnType<typeof createSlot>): boolean;
}

/** Every packet a machine wants to send now. */
export function packetsOf(machine: Sender, now: number): { bytes: Uint8Array; path: number; cls: number }[] {
  const slot = createSlot(1500);
  const packets = [];
  while (machine.pollTransmit(now, slot)) {
    const bytes = slot.buffer.slice(slot.offset, slot.offset + slot.length);
    packets.push({ bytes, path: slot.path, cls: slot.cls });
  }
  return packets;
}

/** Types of the chunks in a packet. */
export function chunkTypes(bytes: Uint8Array): number[] {
  const types = [];
  for (let at = 12; at < bytes.length; at += (((bytes[at + 2] << 8) | bytes[at + 3]) + 3) & ~3) types.push(bytes[at]);
  return types;
}

export function tagOf(bytes: Uint8Array): number {
  return ((bytes[4] << 24) | (bytes[5] << 16) | (bytes[6] << 8) | bytes[7]) >>> 0;
}
