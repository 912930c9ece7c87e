import type { WaitOutcome } from './door.ts';
import type { RingBufferError } from './errors.ts';
import type { RecordHandler, RingRecord } from './status.ts';
import type { AsyncWaitOptions } from './wait-async.ts';

/** Of a `for await` loop over records. */
export type RecordsOptions = Omit<AsyncWaitOptions, 'timeoutMs'>;

/** What records can be taken from. */
export interface RecordSource {
  readonly fault: RingBufferError | undefined;
  read(handler: RecordHandler, limit: number): number;
  waitAsync(options: AsyncWaitOptions): Promise<WaitOutcome>;
}

/**
 * The records of a source as they come, each copied into memory of its own. One is read at a time, when the loop asks
 * for it: one that was never asked for is still in the ring.
 *
 * @param refused what a read's answer means that is neither a count nor corrupt: an error to throw, or to go on
 */
export async function* recordsOf(
  source: RecordSource,
  options: RecordsOptions,
  refused?: (answer: number) => RingBufferError | undefined,
): AsyncGenerator<RingRecord, void, undefined> {
  const taken: RingRecord[] = [];
  const take: RecordHandler = (type, bytes, offset, length) => {
    const copy = new Uint8Array(length);
    copy.set(bytes.subarray(offset, offset + length));
    taken.push({ type, bytes: copy });
  };
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = source.read(take, 1);
    const record = taken.pop();
    if (record !== undefined) {
      yield record;
      continue;
    }
    if (source.fault !== undefined) throw source.fault;
    const error = answer < 0 ? refused?.(answer) : undefined;
    if (error !== undefined) throw error;
    if (answer === 0 && (await source.waitAsync(options)) === 'closed') return;
  }
}
