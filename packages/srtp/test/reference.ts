import { createCipheriv, createHmac } from 'node:crypto';

/**
 * SRTP as RFC 3711, 6188, 6904 and 7714 say it, one step per line, on big integers: what the fast code is compared with.
 */
export interface Reference {
  readonly cipher: 'aes-cm' | 'aes-gcm' | 'null';
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  /** Of SRTP; SRTCP has 10, or 16 with AES-GCM. */
  readonly tagBytes: number;
  readonly mki?: Uint8Array;
  readonly keyDerivationRate?: number;
}

/** AES in counter mode from a counter block of 128 bits. */
function counterMode(key: Uint8Array, iv: bigint, data: Uint8Array): Uint8Array {
  const block = Buffer.from(iv.toString(16).padStart(32, '0'), 'hex');
  return new Uint8Array(createCipheriv(`aes-${8 * key.length}-ctr`, key, block).update(data));
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The salt of AES-GCM, 96 bits, is taken for one of 112 with zeros behind it (RFC 7714 11). */
function salt112(salt: Uint8Array): bigint {
  return integer(concat(salt, new Uint8Array(14 - salt.length)));
}

/** key_id = label || r; x = key_id XOR master_salt; the key is the PRF's keystream at x * 2^16 (4.3.1, 4.3.3). */
export function deriveKey(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, bytes: number, r = 0) {
  const x = salt112(masterSalt) ^ ((BigInt(label) << 48n) | BigInt(r));
  return counterMode(masterKey, x << 16n, new Uint8Array(bytes));
}

interface Keys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly auth: Uint8Array;
}

/** Labels 0 to 2 are SRTP's, 3 to 5 SRTCP's (4.3.2), 6 and 7 those of header extensions (RFC 6904 3). */
function sessionKeys({ key, keyDerivationRate = 0, salt }: Reference, labels: [number, number, number], index: number) {
  const r = keyDerivationRate === 0 ? 0 : Math.floor(index / keyDerivationRate);
  return {
    key: deriveKey(key, salt, labels[0], key.length, r),
    salt: deriveKey(key, salt, labels[1], salt.length, r),
    auth: deriveKey(key, salt, labels[2], 20, r),
  };
}

/** IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16), 4.1.1. */
function encryptCm(keys: Keys, ssrc: number, index: number, data: Uint8Array): Uint8Array {
  const iv = (salt112(keys.salt) << 16n) ^ (BigInt(ssrc) << 64n) ^ (BigInt(index) << 16n);
  return counterMode(keys.key, iv, data);
}

/** IV = k_s XOR (SSRC * 2^48 + i), 96 bits (RFC 7714 8.1, 9.1); ciphertext and tag. */
function encryptGcm(keys: Keys, ssrc: number, index: number, associated: Uint8Array, data: Uint8Array): Uint8Array {
  const iv = integer(keys.salt) ^ ((BigInt(ssrc) << 48n) | BigInt(index));
  const algorithm = keys.key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  const cipher = createCipheriv(algorithm, keys.key, Buffer.from(iv.toString(16).padStart(24, '0'), 'hex'));
  cipher.setAAD(associated);
  return concat(cipher.update(data), cipher.final(), cipher.getAuthTag());
}

function hmac(key: Uint8Array, bytes: number, ...message: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHmac('sha1', key)
      .update(concat(...message))
      .digest()
      .subarray(0, bytes),
  );
}

/** A protected RTP packet (3.1; RFC 7714 8). */
export function protectRtp(reference: Reference, packet: Uint8Array, headerBytes: number, index: number): Uint8Array {
  const { cipher, mki = new Uint8Array(0), tagBytes } = reference;
  const keys = sessionKeys(reference, [0, 2, 1], index);
  const ssrc = Number(integer(packet.subarray(8, 12)));
  const [header, body] = [packet.subarray(0, headerBytes), packet.subarray(headerBytes)];
  if (cipher === 'aes-gcm') return concat(header, encryptGcm(keys, ssrc, index, header, body), mki);
  const sealed = concat(header, cipher === 'null' ? body : encryptCm(keys, ssrc, index, body));
  return concat(sealed, mki, hmac(keys.auth, tagBytes, sealed, u32(Math.floor(index / 65536))));
}

/** A protected RTCP packet (3.4; RFC 7714 9). */
export function protectRtcp(reference: Reference, packet: Uint8Array, index: number): Uint8Array {
  const { cipher, mki = new Uint8Array(0) } = reference;
  const keys = sessionKeys(reference, [3, 5, 4], index);
  const ssrc = Number(integer(packet.subarray(4, 8)));
  const [header, body] = [packet.subarray(0, 8), packet.subarray(8)];
  const word = u32(((cipher === 'null' ? 0 : 0x80000000) | index) >>> 0);
  if (cipher === 'aes-gcm') {
    return concat(header, encryptGcm(keys, ssrc, index, concat(header, word), body), word, mki);
  }
  const sealed = concat(header, cipher === 'null' ? body : encryptCm(keys, ssrc, index, body), word);
  return concat(sealed, mki, hmac(keys.auth, 10, sealed));
}

/** The extension with its values of `ids` encrypted (RFC 6904 3): keystream AND mask, XORed on. */
export function encryptExtension(
  reference: Reference,
  ssrc: number,
  index: number,
  extension: readonly { readonly id: number; readonly value: Uint8Array }[],
  ids: readonly number[],
): Uint8Array {
  const keys = sessionKeys(reference, [6, 7, 7], index);
  const parts = extension.map(({ id, value }) => concat(Uint8Array.of(id, value.length), value));
  const mask = concat(
    ...extension.map(({ id, value }) => {
      const hidden = new Uint8Array(value.length).fill(ids.includes(id) ? 0xff : 0);
      return concat(Uint8Array.of(0, 0), hidden);
    }),
  );
  const keystream = encryptCm(keys, ssrc, index, new Uint8Array(mask.length));
  return concat(...parts).map((byte, i) => byte ^ (keystream[i] & mask[i]));
}

/** GHASH (SP 800-38D 6.4) by its definition, one bit at a time. @returns 16 bytes */
export function ghash(h: Uint8Array, data: Uint8Array): Uint8Array {
  const key = integer(h);
  let sum = 0n;
  for (let at = 0; at < data.length; at += 16) sum = multiply(sum ^ integer(data.subarray(at, at + 16)), key);
  return new Uint8Array(Buffer.from(sum.toString(16).padStart(32, '0'), 'hex'));
}

function multiply(x: bigint, y: bigint): bigint {
  let [z, v] = [0n, y];
  for (let i = 127n; i >= 0n; i--) {
    if (((x >> i) & 1n) === 1n) z ^= v;
    v = (v & 1n) === 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return z;
}
