import { describe, expect, it } from 'vitest';
import { DataFlag } from '../packet/chunk-types.ts';
import { DataChunk } from '../packet/data.ts';
import type { InMessage, PartSink } from './in-message.ts';
import { InterleavedReassembly } from './interleaved-reassembly.ts';

function fragment(mid: number, fsn: number, isLast: boolean, streamId = 0): DataChunk {
  const flags = (fsn === 0 ? DataFlag.begin : 0) | (isLast ? DataFlag.end : 0);
  const bytes = new Uint8Array(100).fill(mid);
  return Object.assign(new DataChunk(), { streamId, ssn: mid, fsn, flags, ppid: 53, bytes, payloadLength: 100 });
}

/** What a sink was told. */
function listening() {
  const told: string[] = [];
  const sink: PartSink = {
    append: (_bytes, _at, length) => told.push(`${length}`),
    end: () => told.push('end'),
    cut: () => told.push('cut'),
  };
  return { told, sink };
}

describe('the message that grew last', () => {
  it('is forgotten when its stream begins anew, like any other', () => {
    const reassembly = new InterleavedReassembly(10_000);
    reassembly.add(fragment(0, 0, false));
    expect(reassembly.heldBytes).toBeGreaterThan(0);
    reassembly.reset(0);
    expect(reassembly.heldBytes).toBe(0);
    expect(reassembly.add(fragment(0, 0, false))).toBeUndefined();
    expect((reassembly.add(fragment(0, 1, true)) as InMessage).bytes.length).toBe(200);
    expect(reassembly.heldBytes).toBe(0);
  });

  it('can be delivered to make room, and hears that the rest is cut', () => {
    const { told, sink } = listening();
    const reassembly = new InterleavedReassembly(10_000, 10_000, () => sink);
    reassembly.add(fragment(0, 0, false));
    expect(reassembly.deliverLongest()).toBe(true);
    expect(reassembly.deliverLongest()).toBe(false);
    reassembly.add(fragment(0, 1, false));
    reassembly.clear();
    expect(told).toEqual(['100', '100', 'cut']);
    expect(reassembly.heldBytes).toBe(0);
  });

  it('is cut when it was delivered from the first fragment on', () => {
    const { told, sink } = listening();
    const reassembly = new InterleavedReassembly(10_000, 50, () => sink);
    reassembly.add(fragment(3, 0, false));
    reassembly.clear();
    expect(told).toEqual(['100', 'cut']);
  });

  it('may be another with every fragment', () => {
    const reassembly = new InterleavedReassembly(10_000);
    for (let fsn = 0; fsn < 5; fsn++) {
      for (const streamId of [0, 1, 2]) {
        const whole = reassembly.add(fragment(7, fsn, fsn === 4, streamId)) as InMessage | undefined;
        expect(whole?.bytes.length).toBe(fsn === 4 ? 500 : undefined);
        expect(whole?.streamId).toBe(fsn === 4 ? streamId : undefined);
      }
    }
    expect(reassembly.heldBytes).toBe(0);
  });
});
