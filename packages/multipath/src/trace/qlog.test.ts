import { describe, expect, it } from 'vitest';
import { QlogTrace } from './qlog.ts';

function parsed(records: readonly string[]): unknown[] {
  return records.map((record) => {
    expect(record.startsWith('\u001e')).toBe(true);
    expect(record.endsWith('\n')).toBe(true);
    return JSON.parse(record.slice(1));
  });
}

describe('a qlog trace', () => {
  it('begins with a header and tells every event relative to its start', () => {
    const records: string[] = [];
    const trace = new QlogTrace((record) => records.push(record), {
      title: 'call',
      name: 'a',
      start: { now: 100, unixMs: Date.UTC(2026, 0, 2) },
    });
    trace.trace(150.5, 'hawser:path_state', { path: 1, new: 'active', old: 'standby', why: 'chosen' });
    expect(parsed(records)).toEqual([
      {
        file_schema: 'urn:ietf:params:qlog:file:sequential',
        serialization_format: 'application/qlog+json-seq',
        qlog_version: '0.3',
        qlog_format: 'JSON-SEQ',
        title: 'call',
        trace: {
          vantage_point: { name: 'a', type: 'unknown' },
          event_schemas: ['urn:hawser:qlog:events:0'],
          common_fields: {
            time_format: 'relative_to_epoch',
            reference_time: {
              clock_type: 'monotonic',
              epoch: 'unknown',
              wall_clock_time: '2026-01-02T00:00:00.000Z',
            },
          },
        },
      },
      {
        time: 50.5,
        name: 'hawser:path_state',
        data: { path: 1, new: 'active', old: 'standby', why: 'chosen' },
      },
    ]);
  });

  it('redacts the text of every event and escapes what is no JSON', () => {
    const records: string[] = [];
    const trace = new QlogTrace((record) => records.push(record));
    trace.trace(0, 'turn:state', { why: 'no answer from 192.0.2.1\n"quoted"', ok: true, rate: Number.NaN });
    expect(parsed(records)[1]).toEqual({
      time: 0,
      name: 'turn:state',
      data: { why: 'no answer from 192.0.x.x\n"quoted"', ok: true, rate: null },
    });
    expect(records[1].split('\n')).toHaveLength(2);
  });
});
