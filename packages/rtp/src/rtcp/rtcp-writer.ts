import type { Writer } from '@hawser/wire';

/**
 * Begins an RTCP packet and answers where: give it to `endRtcp` when the body is written. Several in a row make a compound.
 *
 * @param count 0 to 31: the 5 bits after the padding bit
 */
export function beginRtcp(writer: Writer, count: number, type: number): number {
  const at = writer.position;
  writer.u8(0x80 | (count & 0x1f));
  writer.u8(type);
  writer.u16(0);
  return at;
}

/** Ends the packet begun at `at`: its body must be a whole number of words. RFC: 3550 6.4.1. */
export function endRtcp(writer: Writer, at: number): void {
  if (!writer.failed) writer.patchU16(at + 2, (writer.position - at - 4) >>> 2);
}
