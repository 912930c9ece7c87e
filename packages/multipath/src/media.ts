import type { DtlsConnection } from '@hawser/dtls';
import {
  isRtcp,
  RtcpReader,
  RtpReader,
  readTransportSequence,
  TransportFeedbackCollector,
  TransportFeedbackSender,
  writeTransportSequence,
} from '@hawser/rtp';
import { SendStatus } from '@hawser/sctp-dc';
import { keyingMaterialBytes, SrtpContext, type SrtpProfile, splitKeyingMaterial } from '@hawser/srtp';
import {
  type Env,
  type Instant,
  NEVER,
  NO_PATH,
  PacketClass,
  type PathId,
  type Slot,
  slotCapacity,
  Verdict,
  Writer,
} from '@hawser/wire';
import type { Copies } from './copies.ts';
import type { SessionCounters } from './counters.ts';
import { SentHistory } from './history.ts';
import { MediaFates } from './media-fates.ts';
import { MediaQueues } from './media-queues.ts';
import { type MediaRateConfig, MediaRates } from './media-rates.ts';
import { copyBytes, NOT_NUMBERED, PacketQueue, type QueuedPacket } from './packet-queue.ts';
import type { PathManager } from './path-manager.ts';
import { countRefusal, ReceiveSlot } from './record-reader.ts';
import { RtcpReports } from './rtcp-reports.ts';
import type { PacketHints } from './schedulers/packet-hints.ts';

/** RFC 5764 4.2. */
const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';

/** Transport-wide feedback leaves this long after a packet: a path that died is noticed the sooner. Ours to peers of any kind. */
const FEEDBACK_INTERVAL_MS = 10;

/** Received packets held until the owner reads them. */
const INBOX_PACKETS = 1024;

/** What SRTCP adds to a packet at most: E flag and index 4, tag 16 of AES-GCM (RFC 3711 3.4, RFC 7714 9); SRTP adds less. */
const SRTCP_OVERHEAD_BYTES = 20;

/** Longest packet of the application: what an Ethernet carries in one datagram, less what SRTCP adds. */
const MAX_PACKET_BYTES = 1472 - SRTCP_OVERHEAD_BYTES;

/** A received RTP or RTCP packet, decrypted. `pollRtp` fills the caller's object. */
export interface ReceivedPacket {
  /** Borrowed until the next `pollRtp`. */
  bytes: Uint8Array;
  offset: number;
  length: number;
  rtcp: boolean;
  /** The path by which it came first. */
  path: PathId;
  arrivedAt: Instant;
}

/** An empty {@link ReceivedPacket} to hand to `pollRtp` again and again. */
export function createReceivedPacket(): ReceivedPacket {
  return { bytes: new Uint8Array(0), offset: 0, length: 0, rtcp: false, path: NO_PATH, arrivedAt: 0 };
}

/**
 * RTP and RTCP over the session's paths: queues, SRTP, transport-wide feedback both ways, reports. Packets are sealed when
 * they leave; a second copy is the same ciphertext; the replay window of `openRtp` is the de-duplicator.
 */
export class MediaTransport {
  /** Id of the transport-wide-cc header extension; 0 = not agreed. */
  transportCcExtensionId = 0;
  readonly reports: RtcpReports;
  readonly #paths: PathManager;
  readonly #copies: Copies;
  readonly #counters: SessionCounters;
  readonly #queues = new MediaQueues();
  readonly #inbox = new PacketQueue(INBOX_PACKETS);
  readonly #history = new SentHistory();
  readonly #sender: TransportFeedbackSender;
  readonly #rates: MediaRates | undefined;
  readonly #fates: MediaFates;
  readonly #collector: TransportFeedbackCollector;
  readonly #rtp = new RtpReader();
  readonly #rtcp = new RtcpReader();
  readonly #slot = new ReceiveSlot();
  readonly #sealing = new ReceiveSlot();
  readonly #writer = new Writer();
  /** For compound RTCP packets of ours, which fit a datagram when sealed. */
  readonly #scratch: Uint8Array;
  #outbound: SrtpContext | undefined;
  #inbound: SrtpContext | undefined;
  #readable = false;
  /** Transport-wide sequence number of the packet sealed last. */
  #number = NOT_NUMBERED;

  constructor(
    paths: PathManager,
    copies: Copies,
    counters: SessionCounters,
    env: Env,
    mtuBytes: number,
    rate: MediaRateConfig | false,
    cname?: string,
  ) {
    this.#paths = paths;
    this.#copies = copies;
    this.#counters = counters;
    const rtcpBytes = mtuBytes - SRTCP_OVERHEAD_BYTES;
    this.#scratch = new Uint8Array(rtcpBytes);
    this.#collector = new TransportFeedbackCollector({ maxBytes: rtcpBytes, intervalMs: FEEDBACK_INTERVAL_MS });
    this.reports = new RtcpReports(env, cname);
    if (rate !== false) {
      this.#rates = new MediaRates(rate, {
        record: (path) => paths.record(path),
        isActive: (path) => paths.isActive(path),
        copyShare: () => paths.copyShare,
        queuedBytes: () => this.#queues.bytes,
      });
    }
    this.#fates = new MediaFates(this.#rates, this.#history, paths, copies, counters);
    this.#sender = new TransportFeedbackSender({ feedback: paths.mediaFeedback, fates: this.#fates });
    this.#fates.sender = this.#sender;
  }

  /** The handshake is done: takes the keys of both directions from it (RFC 5764 4.2). */
  start(profile: number, dtls: DtlsConnection, dtlsRole: 'client' | 'server'): void {
    const known = profile as SrtpProfile;
    const exported = dtls.exportKeyingMaterial(EXPORTER_LABEL, undefined, keyingMaterialBytes(known));
    const { local, remote } = splitKeyingMaterial(known, exported, dtlsRole);
    exported.fill(0);
    this.#outbound = new SrtpContext({ profile: known, ...local, direction: 'send' });
    this.#inbound = new SrtpContext({ profile: known, ...remote, direction: 'receive' });
  }

  /** Bytes of media that wait to leave. */
  get queuedBytes(): number {
    return this.#queues.bytes;
  }

  /** How fast media may leave, path by path; undefined where the owner wants no control. */
  get rates(): MediaRates | undefined {
    return this.#rates;
  }

  /** Queues a packet, copied once. */
  send(now: Instant, bytes: Uint8Array, offset: number, length: number, cls: PacketClass, rtcp: boolean): SendStatus {
    if (this.#outbound === undefined) return SendStatus.closed;
    if (length > MAX_PACKET_BYTES) return SendStatus.tooLong;
    if (this.#queues.push(now, bytes, offset, length, cls, rtcp)) return SendStatus.queued;
    this.#counters.mediaQueueFull++;
    return SendStatus.full;
  }

  /** Writes the next packet, sealed, into `out`. */
  poll(now: Instant, out: Slot): boolean {
    const srtp = this.#outbound;
    if (srtp === undefined) return false;
    for (let entry = this.#queues.peek(); entry !== undefined; entry = this.#queues.peek()) {
      const rtcp = entry.tag === 1;
      describe(this.#paths.packet, entry, rtcp);
      const path = this.#paths.choose(now, entry.cls, entry.length + srtp.overheadBytes);
      if (path === NO_PATH) {
        this.#paths.holdBackData(true);
        return false;
      }
      this.#paths.holdBackData(false);
      this.#queues.drop();
      // Sealed where it waited, whose bytes stay until the next push: of what is refused the caller's slot sees nothing.
      const sealed = this.#sealing.reset(path, entry.bytes, 0, entry.length);
      const copies = this.#paths.copies(now, entry.cls, entry.length + srtp.overheadBytes, path);
      const verdict =
        entry.length > slotCapacity(out)
          ? Verdict.overLimit
          : rtcp
            ? srtp.sealRtcp(sealed)
            : this.#sealRtp(now, srtp, sealed, copies > 0);
      if (verdict !== Verdict.consumed) {
        this.#counters.mediaRefused++;
        continue;
      }
      copyBytes(sealed.buffer, 0, sealed.length, out.buffer, out.offset);
      out.length = sealed.length;
      out.path = path;
      out.cls = entry.cls;
      this.#history.remember(
        now,
        path,
        entry.cls,
        out.buffer,
        out.offset,
        out.length,
        rtcp ? NOT_NUMBERED : this.#number,
        copies > 0,
      );
      for (let i = 0; i < copies; i++) {
        this.#copies.add(now, this.#paths.copyPaths[i], entry.cls, out.buffer, out.offset, out.length);
        this.#counters.copiesSent++;
      }
      return true;
    }
    return false;
  }

  /** A datagram in the RTP/RTCP range from a checked flow; decrypted in place. */
  handleDatagram(now: Instant, path: PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const srtp = this.#inbound;
    if (srtp === undefined) {
      this.#counters.tooEarly++;
      return Verdict.unexpected;
    }
    const slot = this.#slot.reset(path, bytes, offset, length);
    const rtcp = isRtcp(bytes, offset, length);
    const verdict = rtcp ? srtp.openRtcp(slot) : srtp.openRtp(slot);
    if (verdict !== Verdict.consumed) {
      countRefusal(this.#counters, verdict);
      return verdict;
    }
    const parsed = rtcp ? this.#handleRtcp(now, slot) : this.#handleRtp(now, slot);
    if (parsed !== Verdict.consumed) {
      this.#counters.malformed++;
      return parsed;
    }
    this.#deliver(now, slot, rtcp);
    return Verdict.consumed;
  }

  /** The next received packet, or false. */
  pollReceived(out: ReceivedPacket): boolean {
    const entry = this.#inbox.peek();
    if (entry === undefined) return false;
    this.#inbox.drop();
    out.bytes = entry.bytes;
    out.offset = 0;
    out.length = entry.length;
    out.rtcp = entry.tag === 1;
    out.path = entry.path;
    out.arrivedAt = entry.at;
    return true;
  }

  /** Whether the inbox got its first packet since the last call. */
  takeReadable(): boolean {
    const readable = this.#readable;
    this.#readable = false;
    return readable;
  }

  /** What was in flight on `path` may be lost: the same ciphertext leaves by the next best. */
  handleSuspect(now: Instant, path: PathId): void {
    this.#fates.handleSuspect(now, path, this.#paths.mediaFeedback.newestArrival(path));
  }

  pollTimeout(): Instant {
    if (this.#outbound === undefined) return NEVER;
    const silence = this.#rates?.pollTimeout() ?? NEVER;
    return Math.min(this.#collector.feedbackDueAt(), this.reports.dueAt(), silence);
  }

  handleTimeout(now: Instant): void {
    if (this.#outbound === undefined) return;
    this.#rates?.handleTimeout(now);
    if (this.#collector.feedbackDueAt() <= now) this.#sendFeedback(now);
    if (this.reports.dueAt() <= now) {
      const writer = this.#writer.reset(this.#scratch, 0, this.#scratch.length);
      this.reports.write(now, writer);
      this.#sendOwn(now, writer);
    }
  }

  close(): void {
    this.#outbound = undefined;
    this.#inbound = undefined;
    this.#queues.clear();
    this.#paths.holdBackData(false);
  }

  #sealRtp(now: Instant, srtp: SrtpContext, out: Slot, copied: boolean): Verdict {
    const packet = this.#rtp;
    if (packet.parse(out.buffer, out.offset, out.length) !== Verdict.consumed) return Verdict.malformed;
    this.reports.handleSent(now, packet);
    const at = this.transportCcExtensionId === 0 ? -1 : packet.findExtension(this.transportCcExtensionId);
    const numbered = at >= 0 && packet.extensionLength === 2;
    this.#number = numbered ? this.#sender.nextSequence : NOT_NUMBERED;
    if (numbered) writeTransportSequence(out.buffer, at, this.#number);
    const verdict = srtp.sealRtp(out);
    if (numbered && verdict === Verdict.consumed) {
      this.#sender.handleSent(now, out.path, out.length, copied);
      this.#rates?.handleSent(now, out.path, out.length, copied);
      this.#fates.handleSent(now, out.length);
    }
    return verdict;
  }

  #handleRtp(now: Instant, slot: Slot): Verdict {
    const packet = this.#rtp;
    if (packet.parse(slot.buffer, slot.offset, slot.length) !== Verdict.consumed) return Verdict.malformed;
    this.reports.handleReceived(now, packet);
    const at = this.transportCcExtensionId === 0 ? -1 : packet.findExtension(this.transportCcExtensionId);
    if (at >= 0 && packet.extensionLength === 2) {
      this.#collector.handlePacket(now, readTransportSequence(slot.buffer, at));
    }
    return Verdict.consumed;
  }

  #handleRtcp(now: Instant, slot: Slot): Verdict {
    const packet = this.#rtcp;
    if (packet.reset(slot.buffer, slot.offset, slot.length) !== Verdict.consumed) return Verdict.malformed;
    while (packet.next()) {
      if (this.#sender.handleFeedback(now, packet) === Verdict.consumed) this.#fates.handleReportEnd(now);
      this.reports.handleRtcp(now, packet);
    }
    return Verdict.consumed;
  }

  #deliver(now: Instant, slot: Slot, rtcp: boolean): void {
    const entry = this.#inbox.push(slot.buffer, slot.offset, slot.length);
    if (entry === undefined) {
      this.#counters.mediaUnread++;
      return;
    }
    entry.path = slot.path;
    entry.at = now;
    entry.tag = rtcp ? 1 : 0;
    if (this.#inbox.size === 1) this.#readable = true;
  }

  #sendFeedback(now: Instant): void {
    while (this.#collector.pending > 0) {
      const writer = this.#writer.reset(this.#scratch, 0, this.#scratch.length);
      if (!this.#collector.writeFeedback(writer, this.reports.ssrc, this.reports.anyRemoteSsrc)) return;
      this.#sendOwn(now, writer);
    }
  }

  #sendOwn(now: Instant, writer: Writer): void {
    const length = writer.finish();
    if (length > 0) this.send(now, this.#scratch, 0, length, PacketClass.control, true);
  }
}

/** What schedulers may know of a packet: its frame (RFC 3550 5.1: source and timestamp), and whether it ends one. */
function describe(packet: PacketHints, { bytes, cls }: QueuedPacket, rtcp: boolean): void {
  packet.clear();
  packet.isLast = cls === PacketClass.repair;
  if (rtcp || (cls !== PacketClass.videoKey && cls !== PacketClass.videoDelta)) return;
  packet.isLast = (bytes[1] & 0x80) !== 0;
  // 21 bits of the source are enough to tell apart the few of one sender.
  packet.frame = readU32(bytes, 4) + (readU32(bytes, 8) & 0x1f_ffff) * 0x1_0000_0000;
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
