import type { SctpConfig } from '../../src/config.ts';
import type { SctpAssociation } from '../../src/index.ts';
import { DataFlag } from '../../src/packet/chunk-types.ts';
import { writeData } from '../../src/packet/data.ts';
import { writeIData } from '../../src/packet/i-data.ts';
import { writeSackHead } from '../../src/packet/sack.ts';
import { connected } from './associations.ts';
import { packet, packetsOf, tagOf, written } from './bytes.ts';

/** A DATA or I-DATA chunk, as far as its sender pleases. */
export interface Lie {
  readonly tsn: number;
  readonly streamId?: number;
  readonly ssn?: number;
  readonly fsn?: number;
  readonly ppid?: number;
  readonly flags?: number;
  readonly bytes?: Uint8Array;
}

const WHOLE = DataFlag.begin | DataFlag.end;

export function dataChunk({ tsn, streamId = 0, ssn = 0, ppid = 53, flags = WHOLE, bytes = ONE }: Lie): Uint8Array {
  return written(
    (w) => writeData(w, flags, tsn >>> 0, streamId, ssn & 0xffff, ppid, bytes, 0, bytes.length),
    bytes.length + 24,
  );
}

export function iDataChunk({
  tsn,
  streamId = 0,
  ssn = 0,
  fsn = 0,
  ppid = 53,
  flags = WHOLE,
  bytes = ONE,
}: Lie): Uint8Array {
  return written((w) => {
    writeIData(w, flags, tsn >>> 0, streamId, ssn >>> 0, ppid, fsn, bytes, 0, bytes.length);
  }, bytes.length + 24);
}

/** A SACK: gap blocks as offsets, as they are given. */
export function sackChunk(cumulative: number, gaps: readonly (readonly [number, number])[] = []): Uint8Array {
  return written((w) => {
    writeSackHead(w, cumulative >>> 0, 1_000_000, gaps.length, 0);
    for (const [start, end] of gaps) {
      w.u16(start);
      w.u16(end);
    }
  });
}

/**
 * An association whose peer has passed DTLS and the set-up, and lies from then on.
 *
 * `tsn`: the first that it has not used; `give` hands a packet over and answers what is sent back.
 */
export function hostilePeer(config: Partial<SctpConfig> = {}) {
  const pair = connected({ a: { interleaving: config.interleaving ?? false, streams: 0xffff }, b: config });
  // What the peer would send next tells its tag and its TSN.
  pair.a.machine.openChannel(pair.clock.now, { label: 'x' });
  const [first] = packetsOf(pair.a.machine, pair.clock.now);
  const tag = tagOf(first.bytes);
  const tsn = new DataView(first.bytes.buffer, first.bytes.byteOffset).getUint32(16);
  const victim: SctpAssociation = pair.b.machine;
  const give = (...chunks: Uint8Array[]) => {
    const bytes = packet(tag, ...chunks);
    const verdict = victim.handleDatagram(pair.clock.now, 0, bytes, 0, bytes.length);
    return { verdict, packets: packetsOf(victim, pair.clock.now) };
  };
  return { pair, victim, tag, tsn, give, open: first.bytes.slice(12) };
}

const ONE = Uint8Array.of(1);
