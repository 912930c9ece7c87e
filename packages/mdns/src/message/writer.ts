import { Writer } from '@hawser/wire';
import { HEADER_BYTES, MAX_SENT_BYTES, RecordType } from './constants.ts';
import { writeLabel, writePointer } from './domain-name.ts';

/** An address record to write. */
export interface AddressRecord {
  /** `<label>.local`, lower case. */
  readonly name: string;
  readonly type: typeof RecordType.a | typeof RecordType.aaaa;
  /** 4 or 16 bytes. */
  readonly rdata: Uint8Array;
}

/**
 * Most bytes of a record with the NSEC that goes with it: name 71 (label 1 + 63, `local` 7), header 10, address 16; pointer
 * 2, header 10, next name 2, bitmap 2 + 4.
 */
export const MAX_RECORD_BYTES = 71 + 10 + 16 + 2 + 10 + 2 + 2 + 4;

/** Most bytes of the two questions for a name: the name and 4, a pointer and 4. */
export const MAX_QUESTION_BYTES = 71 + 4 + 2 + 4;

/**
 * Writes a DNS message about names of one label below `local`, with pointers to what was written before (RFC 6762 18.14).
 * Sections are written in their order; what does not fit makes the message fail: ask {@link fits} first.
 */
export class MessageWriter {
  readonly #writer = new Writer();
  readonly #counts = new Uint16Array(4);
  readonly #offsets = new Map<string, number>();
  #start = 0;
  #localOffset = 0;

  /** Starts a message in `capacity` bytes of `buffer` at `offset`, of which it takes {@link MAX_SENT_BYTES} at most. */
  begin(buffer: Uint8Array, offset: number, capacity: number, id: number, flags: number): void {
    const writer = this.#writer.reset(buffer, offset, Math.min(capacity, MAX_SENT_BYTES));
    this.#counts.fill(0);
    this.#offsets.clear();
    this.#localOffset = 0;
    this.#start = offset;
    writer.u16(id);
    writer.u16(flags);
    writer.reserve(HEADER_BYTES - 4);
  }

  fits(bytes: number): boolean {
    return this.#writer.remaining >= bytes;
  }

  question(name: string, type: number, cls: number): void {
    this.#counts[0]++;
    this.#name(name);
    this.#writer.u16(type);
    this.#writer.u16(cls);
  }

  /** An A or AAAA record in the answers. */
  address({ name, type, rdata }: AddressRecord, cls: number, ttlSeconds: number): void {
    this.#counts[1]++;
    this.#head(name, type, cls, ttlSeconds);
    this.#writer.u16(rdata.length);
    this.#writer.bytes(rdata, 0, rdata.length);
  }

  /**
   * An NSEC record that says: this name has an address of `type`, and nothing else (RFC 6762 6.1). `section` is 1 (answer)
   * where the other type was asked for, else 3 (additional).
   */
  nothingBut({ name, type }: AddressRecord, section: 1 | 3, cls: number, ttlSeconds: number): void {
    const writer = this.#writer;
    this.#counts[section]++;
    this.#head(name, RecordType.nsec, cls, ttlSeconds);
    const rdlengthAt = writer.reserve(2);
    const from = writer.position;
    this.#name(name);
    // Window 0, as many octets as the type's bit needs, bits from the left (RFC 4034 4.1.2).
    const octets = (type >> 3) + 1;
    writer.u8(0);
    writer.u8(octets);
    writer.zeros(octets - 1);
    writer.u8(0x80 >> (type & 7));
    writer.patchU16(rdlengthAt, writer.position - from);
  }

  /** Writes the counts; the message's length, -1 when something did not fit. */
  finish(): number {
    const writer = this.#writer;
    for (let section = 0; section < 4; section++) {
      if (!writer.failed) writer.patchU16(this.#start + 4 + 2 * section, this.#counts[section]);
    }
    return writer.finish();
  }

  #head(name: string, type: number, cls: number, ttlSeconds: number): void {
    this.#name(name);
    this.#writer.u16(type);
    this.#writer.u16(cls);
    this.#writer.u32(ttlSeconds);
  }

  #name(name: string): void {
    const writer = this.#writer;
    const known = this.#offsets.get(name);
    if (known !== undefined) {
      writePointer(writer, known);
      return;
    }
    this.#offsets.set(name, writer.position - this.#start);
    writeLabel(writer, name.slice(0, name.indexOf('.')));
    if (this.#localOffset !== 0) {
      writePointer(writer, this.#localOffset);
      return;
    }
    this.#localOffset = writer.position - this.#start;
    writeLabel(writer, 'local');
    writer.u8(0);
  }
}
