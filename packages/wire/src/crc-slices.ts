/**
 * Eight tables for a reflected CRC-32 polynomial ("slicing by 8", Kounavis and Berry): table k advances a byte's
 * contribution over k further zero bytes, so that eight bytes are folded by eight independent look-ups. Kept in one
 * array: table k starts at 256·k.
 *
 * @param polynomial the polynomial with its bits reversed
 */
export function crcSlices(polynomial: number): Int32Array {
  const slices = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    slices[byte] = crc;
  }
  for (let at = 256; at < slices.length; at++) {
    const shorter = slices[at - 256];
    slices[at] = (shorter >>> 8) ^ slices[shorter & 0xff];
  }
  return slices;
}

/** Advances the inverted register `crc` over `length` bytes of `bytes` at `offset`. The range must lie inside `bytes`. */
export function crcAdvance(slices: Int32Array, crc: number, bytes: Uint8Array, offset: number, length: number): number {
  let at = offset;
  const end = offset + length;
  const wide = end - 7;
  while (at < wide) {
    crc =
      slices[1792 + ((crc ^ bytes[at]) & 0xff)] ^
      slices[1536 + (((crc >>> 8) ^ bytes[at + 1]) & 0xff)] ^
      slices[1280 + (((crc >>> 16) ^ bytes[at + 2]) & 0xff)] ^
      slices[1024 + ((crc >>> 24) ^ bytes[at + 3])] ^
      slices[768 + bytes[at + 4]] ^
      slices[512 + bytes[at + 5]] ^
      slices[256 + bytes[at + 6]] ^
      slices[bytes[at + 7]];
    at += 8;
  }
  while (at < end) crc = (crc >>> 8) ^ slices[(crc ^ bytes[at++]) & 0xff];
  return crc;
}
