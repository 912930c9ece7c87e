import type { DtlsConnection } from '@hawser/dtls';
import { type Instant, NO_PATH, PacketClass, type PathId, resetSlot, type Slot, Verdict } from '@hawser/wire';
import type { SessionContext } from './context.ts';
import { SentAs } from './statistics/sent-as.ts';

/** Copies of SCTP's control packets are at least so far apart: as far as feedback is between two of ours. */
const FEEDBACK_COPY_INTERVAL_MS = 20;

/**
 * Packets out, in this order: requests to relays, connectivity checks, copies, handshake, media, data. Every packet is sealed here, when it
 * leaves; a second copy is the same ciphertext.
 */
export class Outbound {
  readonly #context: SessionContext;
  #feedbackCopiedAt: Instant = Number.NEGATIVE_INFINITY;
  /** What the packet is that leaves next. */
  #sentAs: SentAs = SentAs.first;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  poll(now: Instant, out: Slot): boolean {
    const { counters, ice, relays } = this.#context;
    if (relays.pollTransmit(now, out)) return true;
    const { offset } = out;
    while (ice.pollTransmit(now, out)) {
      if (relays.wrap(now, out)) return true;
      empty(out, offset);
    }
    while (this.#pollLayers(now, out)) {
      const flow = ice.flowOf(out.path);
      if (flow >= 0) {
        out.flow = flow;
        ice.noteSent(out.path, out.length);
        this.#count(now, out);
        if (relays.wrap(now, out)) return true;
      } else counters.pathGone++;
      // The path went between the decision and now; retransmission is the owner's. The next packet starts where it did.
      empty(out, offset);
    }
    return false;
  }

  /** The one place where all that leaves is counted, by its path and by what it is. */
  #count(now: Instant, { path, cls, length }: Slot): void {
    const { paths, trace } = this.#context;
    paths.record(path)?.meter.traffic.handleSent(this.#sentAs, length);
    paths.meter.traffic.handleSent(this.#sentAs, length);
    trace.handleSent(now, path, cls, length, this.#sentAs);
  }

  #pollLayers(now: Instant, out: Slot): boolean {
    const { copies, dtls, lifecycle, media, paths } = this.#context;
    if (copies.poll(now, out)) {
      this.#sentAs = copies.sentAs;
      paths.noteCopyLeft(now, out.path, out.length);
      return true;
    }
    if (paths.primary === NO_PATH || dtls === undefined) return false;
    this.#sentAs = SentAs.first;
    if (dtls.pollTransmit(now, out)) return this.#leaveOnPrimary(now, out);
    if (media.poll(now, out)) {
      if (out.cls === PacketClass.repair) this.#sentAs = SentAs.repair;
      return true;
    }
    if (dtls.state !== 'connected') return false;
    if (this.#pollSctp(now, out, dtls)) return true;
    if (lifecycle !== 'closing') return false;
    // SCTP has said its ABORT: close_notify comes last (RFC 5246 7.2.1).
    dtls.close(now);
    return dtls.pollTransmit(now, out) && this.#leaveOnPrimary(now, out);
  }

  #pollSctp(now: Instant, out: Slot, dtls: DtlsConnection): boolean {
    const { paths, sctp } = this.#context;
    while (sctp?.pollTransmit(now, out)) {
      if (out.path < 0) out.path = paths.primary;
      const { length } = out;
      // A packet with data that left before: SCTP says so by its class.
      this.#sentAs = out.cls === PacketClass.repair ? SentAs.retransmission : SentAs.first;
      if (dtls.seal(out) !== Verdict.consumed) continue;
      // While more waits, what follows will show whether this was lost: a copy would only take its place.
      const isEnd = sctp.lastPacket.endsMessage || out.cls === PacketClass.repair;
      paths.packet.isLast = isEnd && sctp.unsentBytes === 0;
      if (!sctp.lastPacket.carriesData) {
        // What asks a path of itself (HEARTBEAT, a probe of its MTU) says nothing by another.
        if (!sctp.lastPacket.isBoundToPath) this.#addFeedbackCopy(now, out, length);
      } else if (this.#addCopies(now, out, length) > 0) {
        sctp.handleCopied();
        paths.sctpFeedback.handleCopied(out.path);
      }
      return true;
    }
    return false;
  }

  /** Handshake packets are few and everything waits for them: the best path, and a copy by the next (browser rule R5). */
  #leaveOnPrimary(now: Instant, out: Slot): boolean {
    const { multipath, paths } = this.#context;
    out.path = paths.primary;
    out.cls = PacketClass.control;
    const second = multipath.enabled ? paths.second(out.path) : NO_PATH;
    if (second !== NO_PATH) this.#addCopy(now, out, second);
    return true;
  }

  /**
   * Returns how many copies leave.
   *
   * @param bytes the packet before it was sealed, which is what the budget of copies is filled by
   */
  #addCopies(now: Instant, out: Slot, bytes: number): number {
    const { paths } = this.#context;
    const count = paths.copies(now, out.cls, bytes, out.path);
    for (let i = 0; i < count; i++) this.#addCopy(now, out, paths.copyPaths[i]);
    return count;
  }

  /**
   * Between two of ours feedback leaves on two disjoint paths, whatever the scheduler: a SACK on a path that has just died is
   * not sent again, and its sender would wait for a timer. Not every SACK: of a fast transfer they would fill a thin path.
   */
  #addFeedbackCopy(now: Instant, out: Slot, bytes: number): void {
    if (now - this.#feedbackCopiedAt < FEEDBACK_COPY_INTERVAL_MS) return;
    const { ice, multipath, paths } = this.#context;
    let copies = this.#addCopies(now, out, bytes);
    const second = copies === 0 && multipath.enabled && ice.isHawserPeer ? paths.second(out.path) : NO_PATH;
    if (second !== NO_PATH) {
      this.#addCopy(now, out, second);
      copies = 1;
    }
    if (copies > 0) this.#feedbackCopiedAt = now;
  }

  #addCopy(now: Instant, out: Slot, path: PathId): void {
    const { copies, counters } = this.#context;
    copies.add(now, path, out.cls, out.buffer, out.offset, out.length);
    counters.copiesSent++;
  }
}

/** The slot as the caller gave it. */
function empty(out: Slot, offset: number): void {
  resetSlot(out);
  out.offset = offset;
}
