import { createReceivedPacket, type ReceivedPacket } from '@hawser/multipath';
import { sends } from '@hawser/sdp';
import { type Instant, type PacketClass, Verdict } from '@hawser/wire';
import type { Context } from '../context.ts';
import { WebrtcError } from '../errors.ts';
import { CLOSED, type SendStatus } from '../session.ts';
import { RtpSender } from './rtp-sender.ts';
import type { Transceiver } from './transceiver.ts';

/** A received packet and whose it is. */
export interface RoutedPacket extends ReceivedPacket {
  /** RTP: the one transceiver. RTCP: every one that the compound concerns; may be empty. The list is reused. */
  readonly transceivers: Transceiver[];
}

/** An empty {@link RoutedPacket} to hand to `pollRtp` again and again. */
export function createRoutedPacket(): RoutedPacket {
  return { ...createReceivedPacket(), transceivers: [] };
}

/** RTP and RTCP of the transceivers over the session. */
export class Media {
  readonly #context: Context;
  readonly #sender: RtpSender;

  constructor(context: Context) {
    this.#context = context;
    this.#sender = new RtpSender(context.env.now, context.env.unixMs);
  }

  send(
    now: Instant,
    transceiver: Transceiver,
    bytes: Uint8Array,
    offset: number,
    length: number,
    cls: PacketClass,
  ): SendStatus {
    const { currentDirection, sendCodecs } = transceiver;
    if (currentDirection === null || !sends(currentDirection) || sendCodecs.length === 0) return CLOSED;
    const written = this.#sender.rewrite(now, transceiver, bytes, offset, length);
    if (written < 0) throw new WebrtcError('type-error', 'not an RTP packet');
    return this.#context.session.sendRtp(now, this.#sender.bytes, 0, written, cls);
  }

  /** Packets that belong nowhere are counted and passed over. */
  poll(out: RoutedPacket): boolean {
    const { session, router, counters } = this.#context;
    while (session.pollRtp(out)) {
      out.transceivers.length = 0;
      if (out.rtcp) {
        const verdict = router.routeRtcp(out.bytes, out.offset, out.length, out.transceivers);
        if (verdict !== Verdict.consumed) {
          counters.rtpMalformed++;
          continue;
        }
        if (out.transceivers.length === 0) counters.rtcpUnrouted++;
        return true;
      }
      const transceiver = router.routeRtp(out.bytes, out.offset, out.length);
      if (transceiver === 'malformed') counters.rtpMalformed++;
      else if (transceiver === undefined) counters.rtpUnroutable++;
      else {
        out.transceivers.push(transceiver);
        return true;
      }
    }
    return false;
  }
}
