import {
  createReportBlock,
  ntpFraction,
  ntpMiddle,
  ntpSeconds,
  ReceiverStatistics,
  type ReportBlock,
  ReportReader,
  type RtcpReader,
  type RtpReader,
  type SenderInfo,
  writeCname,
  writeReceiverReport,
  writeSenderReport,
} from '@hawser/rtp';
import { type Env, type Instant, NEVER, secureU32, utf8Bytes, Verdict, type Writer } from '@hawser/wire';

/** Sources followed at once, each way; more are carried but not reported on. */
const MAX_SOURCES = 31;

/** RFC 3550 6.2 allows less than its 5 s for sessions of two; browsers report about once a second. */
const INTERVAL_MS = 1000;

/** Clock rate assumed of a payload type that no description named (RFC 3551 6: video). */
const DEFAULT_CLOCK_RATE_HZ = 90_000;

/** RFC 3550 6.4.1: header, SSRC and sender information; one report block. */
const SENDER_REPORT_BYTES = 28;
const REPORT_BLOCK_BYTES = 24;

/** What is remembered of a stream that we send, for its sender reports. */
class LocalStream {
  readonly info: SenderInfo = { ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: 0, packetCount: 0, octetCount: 0 };
  clockRateHz = DEFAULT_CLOCK_RATE_HZ;
  lastTimestamp = 0;
  lastSentAt: Instant = 0;
  reported = 0;
}

/**
 * Sender and receiver reports of a session (RFC 3550 6.4), once a second while there is something to report: one compound
 * packet a time with a CNAME.
 */
export class RtcpReports {
  /** Ticks per second of each payload type, from the descriptions. */
  clockRates: ReadonlyMap<number, number> = new Map();
  /** Canonical name in our SDES, RFC 8834 4.9: unlinkable, new for every session. */
  readonly cname: Uint8Array;
  /** Names us in reports while we send no stream. */
  readonly ssrc: number;
  readonly #env: Env;
  readonly #local = new Map<number, LocalStream>();
  readonly #remote = new Map<number, ReceiverStatistics>();
  readonly #blocks: ReportBlock[] = [];
  readonly #reader = new ReportReader();
  #dueAt: Instant = NEVER;

  /** @param cname at most 255 bytes of UTF-8; default random */
  constructor(env: Env, cname?: string) {
    this.#env = env;
    this.ssrc = secureU32(env.secure);
    this.cname = cname === undefined ? randomName(env) : utf8Bytes(cname);
  }

  /** Any source of the peer, or 0: feedback must name one. */
  get anyRemoteSsrc(): number {
    for (const ssrc of this.#remote.keys()) return ssrc;
    return 0;
  }

  handleSent(now: Instant, packet: RtpReader): void {
    let stream = this.#local.get(packet.ssrc);
    if (stream === undefined) {
      if (this.#local.size === MAX_SOURCES) return;
      stream = new LocalStream();
      this.#local.set(packet.ssrc, stream);
    }
    stream.clockRateHz = this.#clockRate(packet.payloadType);
    stream.lastTimestamp = packet.timestamp;
    stream.lastSentAt = now;
    stream.info.packetCount = (stream.info.packetCount + 1) >>> 0;
    stream.info.octetCount = (stream.info.octetCount + packet.payloadLength) >>> 0;
    this.#arm(now);
  }

  handleReceived(now: Instant, packet: RtpReader): void {
    let statistics = this.#remote.get(packet.ssrc);
    if (statistics === undefined) {
      if (this.#remote.size === MAX_SOURCES) return;
      statistics = new ReceiverStatistics({ clockRateHz: this.#clockRate(packet.payloadType) });
      this.#remote.set(packet.ssrc, statistics);
    }
    statistics.handlePacket(now, packet.sequence, packet.timestamp);
    this.#arm(now);
  }

  /** A sender report of the peer: its time comes back in our report blocks (RFC 3550 6.4.1, LSR and DLSR). */
  handleRtcp(now: Instant, packet: RtcpReader): void {
    if (this.#reader.parse(packet) !== Verdict.consumed || !this.#reader.isSender) return;
    const middle = ntpMiddle(this.#reader.ntpSeconds, this.#reader.ntpFraction);
    this.#remote.get(this.#reader.ssrc)?.handleSenderReport(now, middle);
  }

  dueAt(): Instant {
    return this.#dueAt;
  }

  /**
   * Writes one compound packet: a sender report for each stream we sent on lately, or one receiver report. What does not
   * fit waits for the next packet: streams that were reported go behind those that were not.
   */
  write(now: Instant, writer: Writer): void {
    this.#dueAt = NEVER;
    let count = 0;
    const room = writer.remaining - SENDER_REPORT_BYTES - this.#descriptionBytes;
    for (const [ssrc, statistics] of [...this.#remote].slice(0, Math.floor(room / REPORT_BLOCK_BYTES))) {
      rotate(this.#remote, ssrc, statistics);
      this.#blocks[count] ??= createReportBlock();
      statistics.report(now, ssrc, this.#blocks[count++]);
    }
    let reporter = 0;
    for (const [ssrc, stream] of [...this.#local]) {
      if (stream.info.packetCount === stream.reported) continue;
      if (reporter !== 0 && writer.remaining < SENDER_REPORT_BYTES + this.#descriptionBytes) {
        this.#arm(now);
        break;
      }
      rotate(this.#local, ssrc, stream);
      stream.reported = stream.info.packetCount;
      this.#stamp(now, stream);
      // The blocks go with the first report only.
      writeSenderReport(writer, ssrc, stream.info, this.#blocks, reporter === 0 ? count : 0);
      if (reporter === 0) reporter = ssrc;
    }
    if (reporter === 0) {
      if (count === 0) return;
      reporter = this.ssrc;
      writeReceiverReport(writer, reporter, this.#blocks, count);
    }
    writeCname(writer, reporter, this.cname);
  }

  /** Our SDES packet, RFC 3550 6.5: header 4, SSRC 4, item 2 and the name, at least one null octet up to the next word. */
  get #descriptionBytes(): number {
    return 12 + ((this.cname.length + 2) & ~3);
  }

  /** The same instant on the wall clock and on the stream's media clock. */
  #stamp(now: Instant, stream: LocalStream): void {
    const unixMs = this.#env.unixMs + (now - this.#env.now);
    stream.info.ntpSeconds = ntpSeconds(unixMs);
    stream.info.ntpFraction = ntpFraction(unixMs);
    const ticks = Math.round(((now - stream.lastSentAt) * stream.clockRateHz) / 1000);
    stream.info.rtpTimestamp = (stream.lastTimestamp + ticks) >>> 0;
  }

  #arm(now: Instant): void {
    if (this.#dueAt === NEVER) this.#dueAt = now + INTERVAL_MS * (0.5 + this.#env.jitter.nextUnit());
  }

  #clockRate(payloadType: number): number {
    return this.clockRates.get(payloadType) ?? DEFAULT_CLOCK_RATE_HZ;
  }
}

/** 64 bits in the letters a to p. */
function randomName(env: Env): Uint8Array {
  const name = new Uint8Array(16);
  env.secure.fillSecure(name, 0, name.length);
  for (let i = 0; i < name.length; i++) name[i] = 0x61 + (name[i] & 0x0f);
  return name;
}

/** Puts an entry behind all others. */
function rotate<V>(map: Map<number, V>, key: number, value: V): void {
  map.delete(key);
  map.set(key, value);
}
