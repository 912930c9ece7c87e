import { createHmac } from 'node:crypto';

/**
 * A slow reader of STUN messages, written to be compared with the RFC line by line. It copies, allocates and throws; the
 * fast one is held against it.
 */
export interface ReferenceMessage {
  readonly type: number;
  readonly transactionId: Uint8Array;
  readonly attributes: readonly ReferenceAttribute[];
  /** The message up to MESSAGE-INTEGRITY, with the length that its HMAC covers. */
  readonly integrityText?: Uint8Array;
  readonly integrity?: Uint8Array;
  /** What FINGERPRINT covers. */
  readonly fingerprintText?: Uint8Array;
  readonly fingerprint?: number;
}

export interface ReferenceAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** The message, `'notMine'` or `'malformed'`. */
export function referenceParse(datagram: Uint8Array): ReferenceMessage | 'notMine' | 'malformed' {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  // RFC 8489 5.
  if (datagram.length < 20) return 'notMine';
  if (datagram[0] >> 6 !== 0) return 'notMine';
  if (view.getUint32(4) !== 0x2112a442) return 'notMine';
  if (view.getUint16(2) % 4 !== 0) return 'notMine';
  if (view.getUint16(2) + 20 !== datagram.length) return 'malformed';

  // RFC 8489 14: type, length, value, padding to a multiple of four.
  const all: (ReferenceAttribute & { at: number })[] = [];
  for (let rest = datagram.slice(20); rest.length > 0; ) {
    const length = (rest[2] << 8) | rest[3];
    const padded = Math.ceil(length / 4) * 4;
    if (4 + padded > rest.length) return 'malformed';
    const at = datagram.length - rest.length;
    all.push({ at, type: (rest[0] << 8) | rest[1], value: rest.slice(4, 4 + length) });
    rest = rest.slice(4 + padded);
  }
  for (const [i, { type, value }] of all.entries()) {
    if (type === 0x8028 && (value.length !== 4 || i !== all.length - 1)) return 'malformed';
    if (type === 0x0008 && value.length !== 20) return 'malformed';
    if (type === 0x001c && (value.length < 16 || value.length > 32 || value.length % 4 !== 0)) return 'malformed';
  }

  // RFC 8489 9: what follows the integrity attribute does not exist, with two exceptions.
  const sealedBy = all.findIndex(({ type }) => type === 0x0008 || type === 0x001c);
  const before = sealedBy < 0 ? all : all.slice(0, sealedBy + 1);
  const after = sealedBy < 0 ? [] : all.slice(sealedBy + 1);
  const sha256 = before.some(({ type }) => type === 0x001c)
    ? []
    : after.filter(({ type }) => type === 0x001c).slice(0, 1);
  const last = after.filter(({ type }) => type === 0x8028);

  const integrity = sealedBy >= 0 && all[sealedBy].type === 0x0008 ? all[sealedBy] : undefined;
  const fingerprint = all.find(({ type }) => type === 0x8028);
  return {
    type: view.getUint16(0),
    transactionId: datagram.slice(8, 20),
    attributes: [...before, ...sha256, ...last].map(({ type, value }) => ({ type, value })),
    integrityText: integrity && withLength(datagram.slice(0, integrity.at), integrity.at + 24 - 20),
    integrity: integrity?.value,
    fingerprintText: fingerprint && datagram.slice(0, fingerprint.at),
    fingerprint: fingerprint && new DataView(fingerprint.value.buffer).getUint32(0),
  };
}

/** RFC 8489 14.5, with the platform's HMAC. */
export function referenceIntegrity(message: ReferenceMessage, key: Uint8Array): boolean {
  if (message.integrityText === undefined || message.integrity === undefined) return false;
  return createHmac('sha1', key).update(message.integrityText).digest().equals(message.integrity);
}

/** RFC 8489 14.7, bit by bit. */
export function referenceFingerprint(message: ReferenceMessage): boolean {
  if (message.fingerprintText === undefined) return false;
  let crc = 0xffffffff;
  for (const byte of message.fingerprintText) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (~crc ^ 0x5354554e) >>> 0 === message.fingerprint;
}

function withLength(message: Uint8Array, length: number): Uint8Array {
  message[2] = length >> 8;
  message[3] = length;
  return message;
}
