/**
 * The initial counter block of AES-CM: a salt of 14 bytes, zeros behind it, and XORed in SSRC and index.
 *
 * ```
 * IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)      RFC 3711 4.1.1
 *
 *  byte  0        4        8              14  16
 *        |  salt  |  salt  |     salt     | 0 |
 *                 |  SSRC  |    index     |
 * ```
 *
 * @param out 16 bytes
 */
export function writeCounterModeIv(out: Uint8Array, salt: Uint8Array, ssrc: number, index: number): void {
  for (let i = 0; i < 14; i++) out[i] = salt[i];
  out[14] = 0;
  out[15] = 0;
  xorSsrc(out, 4, ssrc);
  xorIndex(out, 8, index);
}

/**
 * The initialization vector of AES-GCM: a salt of 12 bytes, and XORed in SSRC and index (RFC 7714 8.1; 9.1 says the same of an
 * SRTCP index, whose upper bits are 0).
 *
 * ```
 *  byte  0   2        6            12
 *        | salt                     |
 *            |  SSRC  |   index     |
 * ```
 *
 * @param out 12 bytes
 */
export function writeGcmIv(out: Uint8Array, salt: Uint8Array, ssrc: number, index: number): void {
  for (let i = 0; i < 12; i++) out[i] = salt[i];
  xorSsrc(out, 2, ssrc);
  xorIndex(out, 6, index);
}

function xorSsrc(out: Uint8Array, at: number, ssrc: number): void {
  out[at] ^= ssrc >>> 24;
  out[at + 1] ^= ssrc >>> 16;
  out[at + 2] ^= ssrc >>> 8;
  out[at + 3] ^= ssrc;
}

/** The index has up to 48 bits: its upper 16 are cut off by division, the rest by integer operations. */
function xorIndex(out: Uint8Array, at: number, index: number): void {
  const high = Math.floor(index / 0x1_0000_0000);
  const low = index >>> 0;
  out[at] ^= high >>> 8;
  out[at + 1] ^= high;
  out[at + 2] ^= low >>> 24;
  out[at + 3] ^= low >>> 16;
  out[at + 4] ^= low >>> 8;
  out[at + 5] ^= low;
}
