import { createHash } from 'node:crypto';
import { messageOf, type Taken } from './side.js';

/** What goes over a channel: messages 0 … `count` − 1 of `bytes` each. */
export interface Load {
  readonly count: number;
  readonly bytes: number;
}

/** What is wrong with messages of which all should have come, in order; undefined when nothing is. */
export function faultOfAll({ count, bytes }: Load, taken: Taken): string | undefined {
  if (taken.messages !== count) return `${taken.messages} messages came of ${count}`;
  if (taken.shortest !== bytes || taken.longest !== bytes) return `messages came cut or joined`;
  return taken.sha256 === digestOf(firstOf(count), bytes) ? undefined : 'what came is not what was sent';
}

/** What is wrong with messages of which some may be missing. Asked for with `numbers`. */
export function faultOfSome({ count, bytes }: Load, ordered: boolean, taken: Taken): string | undefined {
  const { numbers, messages } = taken;
  if (new Set(numbers).size !== numbers.length) return `${numbers.length - new Set(numbers).size} messages came twice`;
  if (numbers.some((number) => number >= count)) return 'a message came that was never sent';
  if (ordered && numbers.some((number, i) => i > 0 && number < numbers[i - 1])) return 'messages came out of order';
  if (messages > 0 && (taken.shortest !== bytes || taken.longest !== bytes)) return 'messages came cut or joined';
  return taken.sha256 === digestOf(numbers, bytes) ? undefined : 'what came is not what was sent';
}

/** The numbers 0 … `count` − 1. */
export function firstOf(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** SHA-256 of messages one after the other. */
export function digestOf(numbers: readonly number[], bytes: number): string {
  const digest = createHash('sha256');
  for (const number of numbers) digest.update(messageOf(number, bytes));
  return digest.digest('hex');
}
