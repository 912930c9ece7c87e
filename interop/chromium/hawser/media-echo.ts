import type { PeerConnection, ReceivedRtp, RtpTransceiver } from '@hawser/node';
import {
  FeedbackReader,
  NackReader,
  PayloadFeedbackFormat,
  RtcpReader,
  RtcpType,
  RtpReader,
  TransportFeedbackReader,
  writePli,
} from '@hawser/rtp';
import { Verdict, Writer } from '@hawser/wire';
import { Sequence } from './sequence.ts';

/** What came of one kind of media. */
export interface StreamReport {
  /** Packets of the browser's main source. */
  received: number;
  /** Sequence numbers that never came, between the first and the last. */
  missing: number;
  /** Packets delivered again: a replay window that leaks. */
  duplicated: number;
  /** Ticks of the browser's media clock from the first packet to the last. */
  clockTicks: number;
  /** Packets sent back. */
  echoed: number;
  /** Packets that the connection would not take. */
  refused: number;
  /** Longest pause between two packets while pauses were watched. */
  longestPauseMs: number;
}

/** What the page reported of our packets. */
export interface FeedbackReport {
  /** Transport-wide-cc reports. */
  reports: number;
  /** Packets that some report names as received. */
  received: number;
  /** Packets between the first and the last of those that no report names as received. */
  missing: number;
  nacks: number;
  plis: number;
}

/** Counts the feedback about all our streams: transport-wide numbers are the connection's. */
class Feedback {
  readonly transport = new Sequence();
  reports = 0;
  nacks = 0;
  plis = 0;

  report(): FeedbackReport {
    const { reports, nacks, plis, transport } = this;
    return { reports, received: transport.received, missing: transport.missing, nacks, plis };
  }
}

/** Sends the browser's packets back to it, and its picture requests too, and counts. */
export class MediaEcho {
  readonly #feedback = new Feedback();
  readonly #streams = new Map<string, EchoedStream>();

  constructor(connection: PeerConnection) {
    connection.ontrack = ({ transceiver }) => {
      const stream = new EchoedStream(transceiver, this.#feedback);
      this.#streams.set(transceiver.kind, stream);
    };
  }

  watchGap(): void {
    for (const stream of this.#streams.values()) stream.watchGap();
  }

  report(): { streams: Record<string, StreamReport>; feedback: FeedbackReport } {
    const streams = Object.fromEntries([...this.#streams].map(([kind, stream]) => [kind, stream.report()]));
    return { streams, feedback: this.#feedback.report() };
  }
}

class EchoedStream {
  readonly #transceiver: RtpTransceiver;
  readonly #feedback: Feedback;
  readonly #rtp = new RtpReader();
  readonly #rtcp = new RtcpReader();
  readonly #common = new FeedbackReader();
  readonly #nack = new NackReader();
  readonly #transport = new TransportFeedbackReader();
  readonly #writer = new Writer();
  readonly #scratch = new Uint8Array(64);
  readonly #sequence = new Sequence();
  #source: number | undefined;
  #timestamp = 0;
  #clockTicks = 0;
  #echoed = 0;
  #refused = 0;
  #lastAt = 0;
  #longestPauseMs = 0;
  #watching = false;

  constructor(transceiver: RtpTransceiver, feedback: Feedback) {
    this.#transceiver = transceiver;
    this.#feedback = feedback;
    transceiver.receiver.onrtp = (packet) => this.#handleRtp(packet);
    transceiver.receiver.onrtcp = (packet) => this.#handleRtcp(packet);
  }

  watchGap(): void {
    this.#watching = true;
    this.#longestPauseMs = 0;
  }

  report(): StreamReport {
    if (this.#watching) this.#notePause(performance.now());
    const { received, missing, duplicated } = this.#sequence;
    return {
      received,
      missing,
      duplicated,
      clockTicks: this.#clockTicks,
      echoed: this.#echoed,
      refused: this.#refused,
      longestPauseMs: Math.round(this.#longestPauseMs),
    };
  }

  #handleRtp(packet: Readonly<ReceivedRtp>): void {
    const rtp = this.#rtp;
    if (rtp.parse(packet.bytes, packet.offset, packet.length) !== Verdict.consumed) return;
    // The description names the main source first; the other one is its retransmissions, which would not fit our stream.
    this.#source ??= this.#transceiver.receiver.ssrcs[0] ?? rtp.ssrc;
    if (rtp.ssrc !== this.#source) return;
    if (this.#sequence.received > 0) this.#clockTicks += (rtp.timestamp - this.#timestamp) | 0;
    this.#timestamp = rtp.timestamp;
    this.#sequence.add(rtp.sequence);
    this.#notePause(performance.now());
    this.#lastAt = performance.now();
    const { bytes, offset, length } = packet;
    if (this.#transceiver.sender.send(bytes.subarray(offset, offset + length)) === 0) this.#echoed++;
    else this.#refused++;
  }

  #notePause(now: number): void {
    if (this.#watching && this.#lastAt > 0) this.#longestPauseMs = Math.max(this.#longestPauseMs, now - this.#lastAt);
  }

  #handleRtcp({ bytes, offset, length }: Readonly<ReceivedRtp>): void {
    const rtcp = this.#rtcp;
    if (rtcp.reset(bytes, offset, length) !== Verdict.consumed) return;
    const { sender } = this.#transceiver;
    while (rtcp.next()) {
      if (this.#common.parse(rtcp) !== Verdict.consumed || this.#common.mediaSsrc !== sender.ssrc) continue;
      if (rtcp.type === RtcpType.payloadFeedback && rtcp.count === PayloadFeedbackFormat.pli) this.#forwardPli();
      else if (this.#nack.parse(rtcp) === Verdict.consumed) this.#feedback.nacks++;
      else if (this.#transport.parse(rtcp) === Verdict.consumed) this.#countTransport();
    }
  }

  /** The page wants a picture of our stream: its own camera has to make one. */
  #forwardPli(): void {
    this.#feedback.plis++;
    if (this.#source === undefined) return;
    const writer = this.#writer.reset(this.#scratch, 0, this.#scratch.length);
    writePli(writer, this.#transceiver.sender.ssrc, this.#source);
    this.#transceiver.sender.sendRtcp(this.#scratch.slice(0, writer.finish()));
  }

  #countTransport(): void {
    this.#feedback.reports++;
    while (this.#transport.next()) if (this.#transport.received) this.#feedback.transport.add(this.#transport.sequence);
  }
}
