/** DER (X.690) of the few types a certificate is made of. Each function answers a whole tag-length-value. */

/** Tags, X.680 8.6. */
export const Tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed: the version of a certificate. */
  explicit0: 0xa0,
} as const;

/** One value with its tag and its length in the shortest form (X.690 10.1). */
export function tlv(tag: number, ...contents: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  const lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : 2;
  const out = new Uint8Array(2 + lengthBytes + length);
  out[0] = tag;
  if (lengthBytes === 0) out[1] = length;
  else {
    out[1] = 0x80 | lengthBytes;
    if (lengthBytes === 2) out[2] = length >>> 8;
    out[1 + lengthBytes] = length;
  }
  let at = 2 + lengthBytes;
  for (const part of contents) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function sequence(...contents: Uint8Array[]): Uint8Array {
  return tlv(Tag.sequence, ...contents);
}

/** A non-negative INTEGER from big-endian bytes: no needless leading zeros, one where the sign needs it (X.690 8.3). */
export function integer(bigEndian: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bigEndian.length - 1 && bigEndian[start] === 0) start++;
  const digits = bigEndian.subarray(start);
  return digits[0] >= 0x80 ? tlv(Tag.integer, Uint8Array.of(0), digits) : tlv(Tag.integer, digits);
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return tlv(Tag.bitString, Uint8Array.of(0), bytes);
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return tlv(Tag.octetString, bytes);
}

/** An OBJECT IDENTIFIER from its encoded contents. */
export function objectIdentifier(encoded: Uint8Array): Uint8Array {
  return tlv(Tag.objectIdentifier, encoded);
}

export function utf8String(text: string): Uint8Array {
  return tlv(Tag.utf8String, new TextEncoder().encode(text));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 4.1.2.5 demands; whole seconds. */
export function time(unixMs: number): Uint8Array {
  const digits = new Date(unixMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  const year = Number(digits.slice(0, 4));
  const isUtcTime = year >= 1950 && year < 2050;
  return tlv(
    isUtcTime ? Tag.utcTime : Tag.generalizedTime,
    new TextEncoder().encode(isUtcTime ? digits.slice(2) : digits),
  );
}
