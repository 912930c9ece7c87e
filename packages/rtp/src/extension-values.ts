import { readU16, readU24 } from './bytes.ts';

/**
 * Values of header extension elements, read from and written over the element's data in place. `at` is the index that
 * `RtpReader.findExtension` or `RtpWriter.reserveExtension` answered; the element must be as long as is stated here.
 */

/** Transport-wide sequence number, 2 bytes (draft-holmer-rmcat-transport-wide-cc-extensions-01 2.2). */
export function readTransportSequence(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at);
}

export function writeTransportSequence(bytes: Uint8Array, at: number, sequence: number): void {
  bytes[at] = sequence >>> 8;
  bytes[at + 1] = sequence;
}

/** Absolute send time, 3 bytes: seconds modulo 64 in 6.18 fixed point, as a whole number below 2^24. */
export function readAbsSendTime(bytes: Uint8Array, at: number): number {
  return readU24(bytes, at);
}

/** @param unixMs wall time at which the packet leaves, ms; fractions allowed */
export function writeAbsSendTime(bytes: Uint8Array, at: number, unixMs: number): void {
  const units = Math.floor(((unixMs % 64000) / 1000) * 2 ** 18);
  bytes[at] = units >>> 16;
  bytes[at + 1] = units >>> 8;
  bytes[at + 2] = units;
}

/** Audio level, 1 byte: 0 to 127, -dBov (RFC 6464 3). */
export function readAudioLevel(bytes: Uint8Array, at: number): number {
  return bytes[at] & 0x7f;
}

/** Whether the sender believes that the audio is voice (RFC 6464 3). */
export function readVoiceActivity(bytes: Uint8Array, at: number): boolean {
  return (bytes[at] & 0x80) !== 0;
}

export function writeAudioLevel(bytes: Uint8Array, at: number, level: number, voice: boolean): void {
  bytes[at] = (voice ? 0x80 : 0) | (level & 0x7f);
}

/**
 * Writes `value` over the data of an element of the same length: a mid (RFC 8843 15), a rid (RFC 8852). Answers false, and
 * changes nothing, when the lengths differ: an element cannot grow in place.
 */
export function overwriteExtension(bytes: Uint8Array, at: number, length: number, value: Uint8Array): boolean {
  if (value.length !== length || at < 0) return false;
  bytes.set(value, at);
  return true;
}
