/**
 * The tables that `ghash.wat` works with: for each of H to H^4, each of the 17 bytes that a nibble's product has, and each place
 * a nibble has in its byte, the sixteen values. In the order of NIST SP 800-38D: the most significant bit of the first byte is
 * the lowest power of x. No branch and no address depends on H.
 *
 * @param h 16 bytes, the zero block enciphered
 * @returns 2 176 bytes
 */
export function ghashTables(h: Uint8Array): Uint8Array {
  const tables = new Uint8Array(17 * 128);
  const first = wordsOf(h);
  let power = first;
  for (let exponent = 1; exponent <= 4; exponent++) {
    if (exponent > 1) power = multiply(power, first);
    // H^j times x^0 to x^7, each 17 bytes: what a byte with one bit set gives.
    const shifted = Array.from({ length: 8 }, (_, bit) => shiftedBytes(power, bit));
    for (let byte = 0; byte < 17; byte++) {
      const at = 128 * byte + 32 * (exponent - 1);
      for (let nibble = 0; nibble < 16; nibble++) {
        for (let bit = 0; bit < 4; bit++) {
          if ((nibble & (8 >>> bit)) === 0) continue;
          tables[at + nibble] ^= shifted[bit][byte];
          tables[at + 16 + nibble] ^= shifted[bit + 4][byte];
        }
      }
    }
  }
  return tables;
}

/** The product in GF(2^128), SP 800-38D 6.3, with masks for its two conditions. Four words, the lowest powers first. */
function multiply(x: Int32Array, y: Int32Array): Int32Array {
  const z = new Int32Array(4);
  const v = y.slice();
  for (let i = 0; i < 128; i++) {
    const isSet = (x[i >>> 5] << (i & 31)) >> 31;
    for (let word = 0; word < 4; word++) z[word] ^= v[word] & isSet;
    const carry = -(v[3] & 1);
    for (let word = 3; word > 0; word--) v[word] = (v[word] >>> 1) | (v[word - 1] << 31);
    v[0] = (v[0] >>> 1) ^ (carry & 0xe1000000);
  }
  return z;
}

/** `power` times x^bit, not reduced. */
function shiftedBytes(power: Int32Array, bit: number): Uint8Array {
  const bytes = new Uint8Array(17);
  for (let i = 0; i < 16; i++) {
    const value = (power[i >>> 2] >>> (24 - 8 * (i & 3))) & 0xff;
    bytes[i] ^= value >>> bit;
    bytes[i + 1] ^= value << (8 - bit);
  }
  return bytes;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: 4 }, (_, word) => view.getInt32(4 * word));
}
