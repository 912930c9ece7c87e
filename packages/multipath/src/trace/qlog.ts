import type { Instant, TraceSink } from '@hawser/wire';
import { redact } from './redact.ts';

/** RFC 7464 2.2: what each text of a JSON text sequence begins and ends with. */
const RECORD_SEPARATOR = '\u001e';
const LINE_FEED = '\n';

/** What a trace says of itself, in its first record. */
export interface QlogHeader {
  /** For people. */
  readonly title?: string;
  /** Whose view it is: which of several connections. Default `hawser`. */
  readonly name?: string;
  /** The clock that `time` counts from, and the wall time at that moment, milliseconds since 1970. Default: events count from 0. */
  readonly start?: { readonly now: Instant; readonly unixMs: number };
}

/**
 * A trace as a qlog file in JSON text sequences (draft-ietf-quic-qlog-main-schema 5, RFC 7464), for `Env.trace`: each record is
 * given to `write` as text, the header first. Events of every layer come as they are, ours in the namespace `hawser`.
 *
 * Text in events is redacted: addresses are cut to their network, what looks like a key is left out.
 *
 * Errors: none. `write` must not throw and must not call back into the machine.
 */
export class QlogTrace implements TraceSink {
  readonly #write: (record: string) => void;
  readonly #from: Instant;

  constructor(write: (record: string) => void, header: QlogHeader = {}) {
    this.#write = write;
    this.#from = header.start?.now ?? 0;
    write(recordOf(headerOf(header)));
  }

  trace(now: Instant, name: string, data: Readonly<Record<string, string | number | boolean>>): void {
    const shown: Record<string, string | number | boolean> = {};
    for (const key of Object.keys(data)) {
      const value = data[key];
      shown[key] = typeof value === 'string' ? redact(value) : value;
    }
    this.#write(recordOf({ time: now - this.#from, name, data: shown }));
  }
}

function headerOf({ title, name = 'hawser', start }: QlogHeader): object {
  return {
    file_schema: 'urn:ietf:params:qlog:file:sequential',
    serialization_format: 'application/qlog+json-seq',
    // What readers of the drafts before look for.
    qlog_version: '0.3',
    qlog_format: 'JSON-SEQ',
    ...(title === undefined ? {} : { title }),
    trace: {
      vantage_point: { name, type: 'unknown' },
      event_schemas: ['urn:hawser:qlog:events:0'],
      common_fields: {
        time_format: 'relative_to_epoch',
        reference_time: {
          clock_type: 'monotonic',
          epoch: 'unknown',
          ...(start === undefined ? {} : { wall_clock_time: new Date(start.unixMs).toISOString() }),
        },
      },
    },
  };
}

/** Numbers that JSON does not know become null, as `JSON.stringify` has it. */
function recordOf(value: object): string {
  return `${RECORD_SEPARATOR}${JSON.stringify(value)}${LINE_FEED}`;
}
