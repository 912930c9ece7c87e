import type { RecordHandler } from '../../src/index.ts';
import type { Led } from './instrument.ts';

/** A message whose every byte says which one it is: one that is half there shows. */
export const message = (letter: string, length = 8) => new Uint8Array(length).fill(letter.charCodeAt(0));

/** Takes down each record's letter, or what is wrong with it. */
export function lettersInto(seen: string[]): RecordHandler {
  return (type, bytes, offset, length) => {
    const letters = String.fromCharCode(...bytes.subarray(offset, offset + length));
    const whole = letters === letters[0]?.repeat(length) && type === letters.charCodeAt(0);
    seen.push(whole ? letters[0] : `[garbage ${type} ${letters}]`);
  };
}

/** Writes a message of one letter, whose type is that letter too. */
export function* write<R>(
  producer: { write(type: number, source: Uint8Array): Led<R> },
  letter: string,
  length?: number,
): Led<R> {
  return yield* producer.write(letter.charCodeAt(0), message(letter, length));
}

/** Claims, fills and leaves a record open: the offset, or a negative number. */
export function* claim(
  producer: { tryClaim(type: number, length: number): Led<number>; readonly bytes: Uint8Array },
  letter: string,
  length = 8,
): Led<number> {
  const at = yield* producer.tryClaim(letter.charCodeAt(0), length);
  // The caller's own stores, between two steps.
  if (at >= 0) producer.bytes.fill(letter.charCodeAt(0), at, at + length);
  return at;
}

/** Reads so many times, and says what each reading gave: `ab,,c`; a negative answer as it is. */
export function* readings(
  consumer: { read(handler: RecordHandler, limit?: number): Led<number> },
  times: number,
  limit?: number,
): Led<string> {
  const given: string[] = [];
  for (let i = 0; i < times; i++) {
    const seen: string[] = [];
    const answer = yield* consumer.read(lettersInto(seen), limit);
    given.push(answer < 0 ? `${answer}` : seen.join(''));
  }
  return given.join();
}

/** Parks and reads until the ring is closed: all letters in a row. */
export function* readAll(consumer: { read(handler: RecordHandler): Led<number>; wait(): Led<string> }): Led<string> {
  const seen: string[] = [];
  while ((yield* consumer.wait()) === 'ready') yield* consumer.read(lettersInto(seen));
  return seen.join('');
}
