import { Cursor, crc32c, equalBytes, HmacSha1, Writer } from '@hawser/wire';

const memory = new Uint8Array(64);
const writer = new Writer().reset(memory, 8, 48); // 48 bytes from index 8
writer.u16(0x0001);
const lengthAt = writer.reserve(2); // known late
writer.u32(0x2112a442);
writer.patchU16(lengthAt, writer.length - 4);
const length = writer.finish(); // -1 if anything did not fit

const tag = new Uint8Array(20);
const hmac = new HmacSha1(Uint8Array.of(1, 2, 3));
hmac.digestInto(memory, 8, length, tag, 0);

const cursor = new Cursor().reset(memory, 8, length);
export const fields = [cursor.u16(), cursor.u16(), cursor.u32(), cursor.u8()]; // the last reads past the end: 0
export const { failed } = cursor; // true: checked once, at the end
export const checksum = crc32c(memory, 8, length);
export const authentic = equalBytes(tag, 0, tag, 0, 20);
