import { type FlowId, type Instant, NO_PATH, Verdict } from '@hawser/wire';
import type { SessionContext } from './context.ts';
import { Protocol, protocolOf } from './demux.ts';
import { EarlyHandshake } from './early-handshake.ts';
import { RecordReader } from './record-reader.ts';

/** RFC 6347 4.1, ContentType handshake, in a record that is not protected. */
const HANDSHAKE = 22;

/** Datagrams in: demultiplexed, and everything but STUN refused from flows that no check of ours has proved. */
export class Inbound {
  readonly #context: SessionContext;
  readonly #records: RecordReader;
  readonly #early = new EarlyHandshake();

  constructor(context: SessionContext) {
    this.#context = context;
    this.#records = new RecordReader(context.counters);
  }

  /** What a relay passes on is taken as though it had come by a socket of its own. */
  handle(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const { relays } = this.#context;
    const relayed = relays.handle(now, flow, bytes, offset, length);
    if (relayed === 'not-relayed') return this.#handle(now, flow, bytes, offset, length);
    if (relayed === 'handled') {
      this.#context.counters.datagrams++;
      return Verdict.consumed;
    }
    return this.#handle(now, relays.flow, bytes, relays.offset, relays.length);
  }

  #handle(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const { counters, dtls, ice, lifecycle, media, paths, sctp } = this.#context;
    counters.datagrams++;
    const protocol = protocolOf(bytes, offset, length);
    if (protocol === Protocol.stun) return ice.handleDatagram(now, flow, bytes, offset, length);
    if (protocol === Protocol.unknown) {
      counters.unknownProtocol++;
      return Verdict.notMine;
    }
    const path = ice.pathOf(flow);
    if (path === NO_PATH) {
      if (this.#mayWait(flow, bytes[offset]) && this.#early.keep(flow, bytes, offset, length)) return Verdict.consumed;
      counters.uncheckedFlow++;
      return Verdict.unauthenticated;
    }
    if (dtls === undefined || lifecycle !== 'open') {
      counters.tooEarly++;
      return Verdict.unexpected;
    }
    const verdict =
      protocol === Protocol.dtls
        ? this.#records.handle(now, path, bytes, offset, length, dtls, sctp)
        : media.handleDatagram(now, path, bytes, offset, length);
    if (verdict >= 0) {
      ice.noteReceived(now, path, length);
      paths.noteArrived(now, path);
    } else if (verdict === Verdict.replayed) {
      // A second copy is told by its number alone, before its tag is checked: anybody could have sent it. It is counted,
      // but it is no sign of life and says nothing of where the peer sends.
      ice.noteDuplicate(path, length);
      paths.record(path)?.meter.noteDuplicateReceived();
    } else if (verdict === Verdict.tooOld) paths.record(path)?.meter.noteLateReceived();
    return verdict;
  }

  /** Reads what of the handshake came before its pair was checked; false when there is nothing to read yet. */
  handleEarly(now: Instant): boolean {
    if (this.#early.isEmpty) return false;
    const { dtls, ice, lifecycle } = this.#context;
    if (dtls?.state === 'connected' || lifecycle !== 'open') this.#early.clear();
    const kept = this.#early.take((flow) => ice.pathOf(flow) !== NO_PATH);
    if (kept === undefined) return false;
    dtls?.handleDatagram(now, ice.pathOf(kept.flow), kept.bytes, 0, kept.bytes.length);
    return true;
  }

  /** Pairs of known ends are pinned, and so is whence an authenticated check came. */
  #mayWait(flow: FlowId, octet: number): boolean {
    const { dtls, flows, lifecycle } = this.#context;
    const isAwaited = dtls?.state === 'new' || dtls?.state === 'connecting';
    return octet === HANDSHAKE && isAwaited && lifecycle === 'open' && flows.isPinned(flow);
  }
}
