import { createCipheriv, createHmac } from 'node:crypto';

/**
 * SRTP as RFC 3711 says it, one step per line, on big integers: what the fast code is compared with. AES_CM is AES in
 * counter mode; a packet's keystream begins at IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16), 4.1.1.
 */
function counterMode(key: Uint8Array, iv: bigint, data: Uint8Array): Uint8Array {
  const block = Buffer.from(iv.toString(16).padStart(32, '0'), 'hex');
  return new Uint8Array(createCipheriv('aes-128-ctr', key, block).update(data));
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

/** key_id = label || r; x = key_id XOR master_salt; the key is the PRF's keystream at x * 2^16 (4.3.1, 4.3.3). */
export function deriveKey(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, bytes: number): Uint8Array {
  const x = integer(masterSalt) ^ (BigInt(label) << 48n);
  return counterMode(masterKey, x << 16n, new Uint8Array(bytes));
}

function crypt(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: number,
  ssrc: number,
  index: number,
  data: Uint8Array,
) {
  const key = deriveKey(masterKey, masterSalt, label, 16);
  const salt = deriveKey(masterKey, masterSalt, label + 2, 14);
  const iv = (integer(salt) << 16n) ^ (BigInt(ssrc) << 64n) ^ (BigInt(index) << 16n);
  return counterMode(key, iv, data);
}

function tag(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, message: Uint8Array): Uint8Array {
  const key = deriveKey(masterKey, masterSalt, label, 20);
  return new Uint8Array(createHmac('sha1', key).update(message).digest().subarray(0, 10));
}

/** A protected RTP packet (3.1). */
export function protectRtp(
  key: Uint8Array,
  salt: Uint8Array,
  packet: Uint8Array,
  headerBytes: number,
  index: number,
): Uint8Array {
  const ssrc = Number(integer(packet.subarray(8, 12)));
  const sealed = concat(
    packet.subarray(0, headerBytes),
    crypt(key, salt, 0, ssrc, index, packet.subarray(headerBytes)),
  );
  return concat(sealed, tag(key, salt, 1, concat(sealed, u32(Math.floor(index / 65536)))));
}

/** A protected RTCP packet (3.4). */
export function protectRtcp(key: Uint8Array, salt: Uint8Array, packet: Uint8Array, index: number): Uint8Array {
  const ssrc = Number(integer(packet.subarray(4, 8)));
  const sealed = concat(
    packet.subarray(0, 8),
    crypt(key, salt, 3, ssrc, index, packet.subarray(8)),
    u32((0x80000000 | index) >>> 0),
  );
  return concat(sealed, tag(key, salt, 4, sealed));
}
