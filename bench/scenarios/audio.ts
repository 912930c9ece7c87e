/** RTP packets as an Opus sender makes them: 160 bytes each, with the transport-wide sequence number that the session fills. */

/** @param number - counted from 0; its low 16 bits are the sequence number */
export function audioPacket(number: number): Uint8Array {
  const packet = new Uint8Array(12 + 8 + 160);
  // RFC 3550 5.1 with X set; RFC 8285 4.2, one-byte element 5 of two bytes.
  packet.set([
    0x90,
    111,
    (number >>> 8) & 0xff,
    number & 0xff,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    9,
    0xbe,
    0xde,
    0,
    1,
    0x51,
    0,
    0,
    0,
  ]);
  new DataView(packet.buffer).setUint32(4, (number * 960) >>> 0);
  return packet;
}

export function sequenceOf(packet: Uint8Array): number {
  return (packet[2] << 8) | packet[3];
}
