import type { Writer } from '@hawser/wire';

/**
 * Domain names on the wire (RFC 1035 3.1, 4.1.4): labels, and pointers to labels that came before.
 *
 * ```
 * +--+--+--+--+--+--+--+--+          +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * | 0  0|    length      |  octets   | 1  1|                OFFSET                    |
 * +--+--+--+--+--+--+--+--+          +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * ```
 *
 * A pointer must point before the name that holds it: a chain of them therefore ends, and it has no more of them than a name
 * has labels, or every record of a message could lead through all of it. In text, bytes stand for themselves,
 * ASCII letters in lower case since names are compared so (RFC 6762 16); a dot or a backslash inside a label has a
 * backslash before it, so that no two names have one text.
 */

/** Longest name on the wire, the root's zero included (RFC 1035 3.1). */
export const MAX_NAME_BYTES = 255;
/** Longest label. */
export const MAX_LABEL_BYTES = 63;

/** Labels of the longest name; whoever compresses names puts one before each pointer. */
const MAX_POINTERS = 127;

const POINTER = 0xc0;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/**
 * Passes over the name at `at` of a message that starts at `start` and ends before `end`, and follows its pointers.
 *
 * @returns the index just behind the name; -1 when it is none: cut short, too long, too many pointers, or one that does not lead back
 */
export function skipName(bytes: Uint8Array, start: number, end: number, at: number): number {
  let after = -1;
  let lowest = at;
  let nameBytes = 1;
  let pointers = 0;
  for (let position = at; ; ) {
    if (position >= end) return -1;
    const head = bytes[position];
    if (head === 0) return after < 0 ? position + 1 : after;
    if ((head & POINTER) === POINTER) {
      if (position + 1 >= end) return -1;
      if (after < 0) after = position + 2;
      const target = start + (((head & 0x3f) << 8) | bytes[position + 1]);
      if (target >= lowest || ++pointers > MAX_POINTERS) return -1;
      lowest = target;
      position = target;
      continue;
    }
    // 01 and 10 were never given a meaning that lasted (RFC 6891 5).
    if ((head & POINTER) !== 0) return -1;
    nameBytes += 1 + head;
    if (nameBytes > MAX_NAME_BYTES || position + 1 + head > end) return -1;
    position += 1 + head;
  }
}

/** The text of a name that {@link skipName} found good; the root is `''`. */
export function nameText(bytes: Uint8Array, start: number, at: number): string {
  let text = '';
  for (let position = at; ; ) {
    const head = bytes[position];
    if (head === 0) return text;
    if ((head & POINTER) === POINTER) {
      position = start + (((head & 0x3f) << 8) | bytes[position + 1]);
      continue;
    }
    if (text !== '') text += '.';
    for (let i = position + 1; i <= position + head; i++) text += characterOf(bytes[i]);
    position += 1 + head;
  }
}

/** Writes a name of ASCII labels without dots or backslashes in them; `''` is the root. No pointers. */
export function writeName(writer: Writer, text: string): void {
  if (text !== '') for (const label of text.split('.')) writeLabel(writer, label);
  writer.u8(0);
}

/** Writes one label. */
export function writeLabel(writer: Writer, label: string): void {
  writer.u8(label.length);
  for (let i = 0; i < label.length; i++) writer.u8(label.charCodeAt(i));
}

/** Writes a pointer to what stands `offset` bytes into the message, 0 to 16 383. */
export function writePointer(writer: Writer, offset: number): void {
  writer.u16((POINTER << 8) | offset);
}

function characterOf(byte: number): string {
  if (byte === DOT) return '\\.';
  if (byte === BACKSLASH) return '\\\\';
  return String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);
}
