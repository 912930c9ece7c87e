import { Cursor, formatAddress, IPV4_BYTES, IPV6_BYTES, Verdict } from '@hawser/wire';
import { Flags, HEADER_BYTES, MAX_MESSAGE_BYTES, RecordType } from './constants.ts';
import { nameText, skipName } from './domain-name.ts';

/** The four sections of a message (RFC 1035 4.1). */
export const Section = { question: 0, answer: 1, authority: 2, additional: 3 } as const;
export type Section = (typeof Section)[keyof typeof Section];

/** Questions and records taken of one message: more than that no honest one has in 9000 bytes that concern us. */
export const MAX_ENTRIES = 256;

/**
 * Reads a DNS message (RFC 1035 4.1): walks all of it before anything is believed, then tells its entries (questions and
 * records) by number. One reader serves many messages; walking allocates nothing, only the texts that are asked for do.
 *
 * ```
 * | ID | flags | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT | questions | answers | authority | additional
 * question: name, type, class      record: name, type, class, ttl (4), rdlength, rdata
 * ```
 */
export class MessageReader {
  id = 0;
  flags = 0;
  /** Questions and records in the message. */
  entries = 0;
  readonly #cursor = new Cursor();
  readonly #nameAt = new Int32Array(MAX_ENTRIES);
  readonly #section = new Uint8Array(MAX_ENTRIES);
  readonly #type = new Uint16Array(MAX_ENTRIES);
  readonly #class = new Uint16Array(MAX_ENTRIES);
  readonly #ttl = new Uint32Array(MAX_ENTRIES);
  readonly #rdataAt = new Int32Array(MAX_ENTRIES);
  readonly #rdataBytes = new Uint16Array(MAX_ENTRIES);
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  /**
   * Walks the message of `length` bytes at `offset`. Bytes behind the last record are left alone.
   *
   * @returns `consumed`: the entries can be read until the bytes change. `malformed`; `overLimit` for more than 9000 bytes
   *   or 256 entries; `unsupported` for an opcode or a response code, which are to be ignored (RFC 6762 18.3, 18.11)
   */
  parse(bytes: Uint8Array, offset: number, length: number): Verdict {
    this.entries = 0;
    const cursor = this.#cursor.reset(bytes, offset, length);
    if (length < HEADER_BYTES || cursor.failed) return Verdict.malformed;
    if (length > MAX_MESSAGE_BYTES) return Verdict.overLimit;
    this.#bytes = bytes;
    this.#start = offset;
    this.id = cursor.u16();
    this.flags = cursor.u16();
    if ((this.flags & (Flags.opcode | Flags.rcode)) !== 0) return Verdict.unsupported;
    const counts = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()];
    let entries = 0;
    for (let section = 0; section < counts.length; section++) {
      for (let left = counts[section]; left > 0; left--) {
        if (entries === MAX_ENTRIES) return Verdict.overLimit;
        if (!this.#walk(entries++, section)) return Verdict.malformed;
      }
    }
    this.entries = entries;
    return Verdict.consumed;
  }

  get isResponse(): boolean {
    return (this.flags & Flags.response) !== 0;
  }

  section(entry: number): Section {
    return this.#section[entry] as Section;
  }

  type(entry: number): number {
    return this.#type[entry];
  }

  /** The class as it stands, the top bit included. */
  class(entry: number): number {
    return this.#class[entry];
  }

  /** Seconds. A value with its top bit set counts as 0 (RFC 2181 8). */
  ttl(entry: number): number {
    const ttl = this.#ttl[entry];
    return ttl > 0x7fff_ffff ? 0 : ttl;
  }

  /** The entry's name in lower case, pointers followed. */
  name(entry: number): string {
    return nameText(this.#bytes, this.#start, this.#nameAt[entry]);
  }

  /** Canonical text of an A or AAAA record's address; undefined for another type or length. */
  address(entry: number): string | undefined {
    const bytes = this.#rdataBytes[entry];
    const wanted = this.#type[entry] === RecordType.a ? IPV4_BYTES : IPV6_BYTES;
    const isAddress = this.#type[entry] === RecordType.a || this.#type[entry] === RecordType.aaaa;
    if (this.#section[entry] === Section.question || !isAddress || bytes !== wanted) return undefined;
    return formatAddress(this.#bytes, this.#rdataAt[entry], bytes);
  }

  #walk(entry: number, section: number): boolean {
    const cursor = this.#cursor;
    const at = cursor.position;
    const after = skipName(cursor.bytes, this.#start, cursor.end, at);
    if (after < 0) return false;
    cursor.position = after;
    this.#nameAt[entry] = at;
    this.#section[entry] = section;
    this.#type[entry] = cursor.u16();
    this.#class[entry] = cursor.u16();
    this.#ttl[entry] = 0;
    this.#rdataBytes[entry] = 0;
    if (section !== Section.question) {
      this.#ttl[entry] = cursor.u32();
      const rdataBytes = cursor.u16();
      this.#rdataBytes[entry] = rdataBytes;
      this.#rdataAt[entry] = cursor.take(rdataBytes);
    }
    return !cursor.failed;
  }
}
