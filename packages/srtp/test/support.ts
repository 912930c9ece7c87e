import { createSlot, hexText, type Slot } from '@hawser/wire';
import { defaultCrypto, type SrtpConfig, type SrtpCrypto, SrtpProfile } from '../src/index.ts';
import { profileSizes } from '../src/profile.ts';

/** Every profile by its name. */
export const profiles = Object.entries(SrtpProfile);

/** The two implementations: the kernels, and the plain way. */
export const ways: readonly (readonly [string, SrtpCrypto | undefined])[] = [
  ['kernels', undefined],
  ['plain', defaultCrypto],
];

/** A configuration of `profile` with keys that look random and are the same for the same `seed`. */
export function configOf(profile: SrtpProfile, seed = 1): SrtpConfig {
  const { keyBytes, saltBytes } = profileSizes(profile);
  const bytes = (length: number, factor: number) =>
    Uint8Array.from({ length }, (_, i) => ((seed + i) * factor * (i + 3)) >>> 2);
  return { profile, key: bytes(keyBytes, 0x9e37), salt: bytes(saltBytes, 0x79b9), allowNullCipher: true };
}

/** The bytes of a hexadecimal literal of a test. */
export function hex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A slot that holds `bytes`. */
export function slotWith(bytes: Uint8Array): Slot {
  const slot = createSlot(Math.max(bytes.length, 1500));
  slot.buffer.set(bytes, slot.offset);
  slot.length = bytes.length;
  return slot;
}

/** A copy of what a slot holds. */
export function bytesOf(slot: Slot): Uint8Array {
  return slot.buffer.slice(slot.offset, slot.offset + slot.length);
}

export function textOf(slot: Slot): string {
  return hexText(bytesOf(slot));
}

/** An RTP packet: version 2, payload type 96, no extension. */
export function rtpPacket(ssrc: number, sequence: number, payloadBytes = 20, fill = sequence & 0xff): Uint8Array {
  const bytes = new Uint8Array(12 + payloadBytes).fill(fill, 12);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, 96);
  view.setUint16(2, sequence);
  view.setUint32(4, sequence * 160);
  view.setUint32(8, ssrc);
  return bytes;
}

/** The master key and salt of RFC 3711 B.3. */
export const masterKey = {
  key: hex('e1f97a0d3e018be0d64fa32c06de4139'),
  salt: hex('0ec675ad498afeebb6960b3aabe6'),
};
