import {
  type Env,
  type Instant,
  type Machine,
  NO_PATH,
  type PathId,
  type PathInfo,
  type Slot,
  type Verdict,
} from '@hawser/wire';
import { Channels } from './channels/channels.ts';
import { Sending } from './channels/sending.ts';
import { StreamReset } from './channels/stream-reset.ts';
import { type SctpConfig, settingsOf } from './config.ts';
import { Context } from './context.ts';
import { Egress } from './egress.ts';
import { SctpError } from './errors.ts';
import type { SctpEvent } from './events.ts';
import { Connect } from './handshake/connect.ts';
import { Shutdown } from './handshake/shutdown.ts';
import { Ingress } from './ingress.ts';
import { Lifecycle } from './lifecycle.ts';
import { Heartbeat } from './liveness/heartbeat.ts';
import { MtuSearch } from './liveness/mtu-search.ts';
import { ErrorCause } from './packet/chunk-types.ts';
import { Inbox } from './rx/inbox.ts';
import { Receiver } from './rx/receiver.ts';
import { countVerdict, createStats, type SctpPathStats, type SctpStats } from './stats.ts';
import { timerActions } from './timer-actions.ts';
import { LossDetection } from './tx/loss-detection.ts';
import { PartialReliability } from './tx/partial-reliability.ts';
import { Retransmission } from './tx/retransmission.ts';
import { SackHandler } from './tx/sack-handler.ts';
import { TailProbe } from './tx/tail-probe.ts';
import { Transmitter } from './tx/transmitter.ts';
import { TxState } from './tx/tx-state.ts';
import type {
  AssociationState,
  ChannelId,
  ChannelInfo,
  ChannelOptions,
  Message,
  SendStatus,
  SentPacket,
} from './types.ts';

/**
 * An SCTP association over several paths with the data channels of WebRTC on it; no I/O, no clock. One object is one
 * association: after `closed` it stays closed.
 *
 * After every input or command drain `pollTransmit`, then `pollMessage` as far as wanted (unread messages close the receive
 * window), then `pollEvent`, then read `pollTimeout`. Paths are made known by `handlePath`; while none is `active` nothing
 * but answers is sent.
 *
 * RFC: 9260, 3758, 6525, 8261, 8831, 8832.
 */
export class SctpAssociation implements Machine<SctpEvent> {
  readonly #ctx: Context;
  readonly #tx: TxState;
  readonly #inbox = new Inbox();
  readonly #receiver: Receiver;
  readonly #channels: Channels;
  readonly #reset: StreamReset;
  readonly #connect: Connect;
  readonly #shutdown: Shutdown;
  readonly #heartbeat: Heartbeat;
  readonly #mtuSearch: MtuSearch;
  readonly #partial: PartialReliability;
  readonly #retransmission: Retransmission;
  readonly #ingress: Ingress;
  readonly #egress: Egress;
  readonly #lifecycle: Lifecycle;
  readonly #timerActions: ((now: Instant) => void)[];

  /** Errors: `bad-config`. */
  constructor(config: SctpConfig, env: Env) {
    const ctx = new Context(settingsOf(config), env);
    this.#ctx = ctx;
    this.#tx = new TxState(ctx);
    this.#inbox.readable = () => ctx.emit({ type: 'readable' });
    this.#receiver = new Receiver(ctx, {
      deliver: (message) => this.#channels.deliver(message),
      openParts: (head) => this.#channels.openParts(head),
      inboxBytes: () => this.#inbox.heldBytes + this.#channels.early.heldBytes,
      readableBytes: () => this.#inbox.heldBytes,
      rttMs: () => this.#tx.paths.slowestRttMs,
    });
    this.#partial = new PartialReliability(this.#tx);
    const sending = new Sending(ctx, this.#tx, this.#partial);
    this.#channels = new Channels(ctx, this.#tx, this.#inbox, sending, (detail) => this.abort(ctx.now, detail));
    this.#mtuSearch = new MtuSearch(ctx, this.#tx);
    const losses = new LossDetection(this.#tx, this.#partial, this.#mtuSearch);
    const probes = new TailProbe(this.#tx, this.#partial);
    this.#retransmission = new Retransmission(this.#tx, losses, probes, this.#mtuSearch);
    this.#heartbeat = new Heartbeat(ctx, this.#tx, this.#mtuSearch);
    const violated = (now: Instant, cause: number, detail: string) =>
      this.#lifecycle.abort(now, 'protocol-violation', cause, detail);
    const receivedTsn = () => this.#receiver.tracker.cumulativeTsn;
    const rtoMs = () => this.#tx.controlRtoMs;
    const pathFor = (attempt: number) => this.#tx.paths.forAttempt(attempt)?.id ?? NO_PATH;
    ctx.ended = () => this.#lifecycle.end();
    this.#reset = new StreamReset(ctx, { tx: this.#tx, receiver: this.#receiver, channels: this.#channels });
    this.#channels.bind(this.#reset);
    this.#lifecycle = new Lifecycle(ctx, {
      tx: this.#tx,
      receiver: this.#receiver,
      channels: this.#channels,
      reset: this.#reset,
      heartbeat: this.#heartbeat,
      mtuSearch: this.#mtuSearch,
      retransmission: this.#retransmission,
    });
    const established = (now: Instant) => this.#lifecycle.established(now);
    const stillShutDown = (now: Instant) => this.#shutdown.handleShutdown(now);
    const restarted = () => this.#lifecycle.restarted();
    this.#connect = new Connect(ctx, { established, restarted, pathFor, stillShutDown, violated });
    this.#shutdown = new Shutdown(ctx, {
      allAcknowledged: () => this.#tx.outstanding.count === 0 && this.#tx.scheduler.readyCount === 0,
      receivedTsn,
      rtoMs,
      pathFor,
    });
    this.#ingress = new Ingress(ctx, {
      connect: this.#connect,
      shutdown: this.#shutdown,
      heartbeat: this.#heartbeat,
      reset: this.#reset,
      receiver: this.#receiver,
      sacks: new SackHandler(this.#tx, this.#partial, losses, probes),
      violated,
      abortedByPeer: (detail) => {
        ctx.outbox.clear();
        ctx.close('aborted-by-peer', detail);
      },
    });
    this.#timerActions = timerActions({
      connect: this.#connect,
      shutdown: this.#shutdown,
      lifecycle: this.#lifecycle,
      receiver: this.#receiver,
      partial: this.#partial,
      reset: this.#reset,
    });
    const transmitter = new Transmitter(this.#tx, this.#partial, probes);
    this.#egress = new Egress(ctx, this.#tx, this.#receiver, transmitter, this.#partial);
  }

  /** Where the association is in its life (RFC 9260 4); `closed` before `connect` and after the end. */
  get state(): AssociationState {
    return this.#ctx.state.now;
  }

  /** Begins the handshake. In WebRTC both sides call it. A side that does not, answers. Errors: `bad-state`. */
  connect(now: Instant): void {
    const { state } = this.#ctx;
    if (state.over) throw new SctpError('bad-state', 'the association has ended');
    // The peer was quicker: there is nothing left to begin.
    if (state.now === 'closed') this.#connect.start(this.#ctx.clock.advance(now));
  }

  /** Takes an SCTP packet that came by `path`. Borrowed for the call. */
  handleDatagram(now: Instant, path: PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const at = this.#ctx.clock.advance(now);
    const { stats } = this.#ctx;
    const verdict = this.#ingress.handle(at, path, bytes, offset, length);
    stats.packetsReceived++;
    stats.bytesReceived += length;
    return countVerdict(stats, verdict);
  }

  /**
   * Tells what became of a path. Only `active` ones are given data. What is in flight on one that becomes `suspect`,
   * `failed`, `abandoned` or `discarded` is sent elsewhere at once; `standby` lets it finish.
   */
  handlePath(now: Instant, path: PathId, info: Readonly<PathInfo>): void {
    const at = this.#ctx.clock.advance(now);
    const { paths } = this.#tx;
    const known = paths.add(path);
    const was = known.state;
    known.state = info.state;
    known.checkSrttMs = info.srttMs;
    if (!known.mayBecomeActive) this.#mtuSearch.stop(known);
    else if (this.#ctx.state.hasPeer) this.#mtuSearch.start(at, known);
    if (info.state === 'active') {
      if (was === 'active') return;
      known.consecutiveTimeouts = 0;
      if (was !== 'standby') known.restartWindow();
      if (this.#ctx.state.hasPeer) this.#heartbeat.start(at, known);
      return;
    }
    this.#heartbeat.stop(known);
    if (info.state !== 'standby') this.#retransmission.takeBack(known);
    if (info.state === 'discarded') paths.remove(known);
  }

  handleTimeout(now: Instant): void {
    const ctx = this.#ctx;
    const at = ctx.clock.advance(now);
    for (let kind = ctx.timers.takeDue(at); kind >= 0; kind = ctx.timers.takeDue(at)) this.#timerActions[kind](at);
    if (ctx.state.over) return;
    if (!this.#retransmission.handleTimeout(at) || !this.#heartbeat.handleTimeout(at)) {
      this.#lifecycle.abort(at, 'peer-unreachable', ErrorCause.userInitiatedAbort, 'too many retransmissions');
      return;
    }
    this.#mtuSearch.handleTimeout(at);
  }

  /**
   * Writes the next packet into `out`, at most `maxMtuBytes`, with its path and class; false when there is none.
   * Errors: `bad-argument` when the slot has less room than `maxMtuBytes`.
   */
  pollTransmit(now: Instant, out: Slot): boolean {
    return this.#egress.poll(this.#ctx.clock.advance(now), out);
  }

  /** What the packet is that `pollTransmit` wrote last. Valid until the next. */
  get lastPacket(): Readonly<SentPacket> {
    return this.#egress;
  }

  /** Bytes of messages that were not sent yet. */
  get unsentBytes(): number {
    return this.#tx.unsentBytes;
  }

  /** Bytes that the peer lets be outstanding. */
  get peerWindowBytes(): number {
    return this.#tx.announcedWindowBytes;
  }

  /**
   * The packet that `pollTransmit` wrote last leaves on another path as well. Nobody will know by which it came: its chunks
   * give no round-trip time, and are no evidence of what else the path lost.
   */
  handleCopied(): void {
    this.#egress.handleCopied();
  }

  pollEvent(): SctpEvent | undefined {
    return this.#ctx.pollEvent();
  }

  pollTimeout(): Instant {
    if (this.#ctx.state.over) return this.#ctx.timers.next();
    return Math.min(
      this.#ctx.timers.next(),
      this.#retransmission.nextTimeout(),
      this.#heartbeat.nextTimeout(),
      this.#mtuSearch.nextTimeout(),
    );
  }

  /**
   * Makes a channel, at any time before the end. Messages may be sent at once; they leave when the association is up.
   *
   * @returns the stream identifier. Errors: `bad-argument`, `bad-state`, `id-in-use`, `no-free-id`
   */
  openChannel(now: Instant, options: ChannelOptions): ChannelId {
    const { state, clock } = this.#ctx;
    clock.advance(now);
    if (state.over || (state.now !== 'established' && state.hasPeer)) {
      throw new SctpError('bad-state', 'the association is ending');
    }
    return this.#channels.open(options);
  }

  /**
   * Queues a message: `length` bytes of `bytes` at `offset`, copied.
   *
   * @param binary false = UTF-8 text
   * @returns a {@link SendStatus}. Errors: `bad-argument`, `bad-state` while a message is sent in parts
   */
  send(
    now: Instant,
    channel: ChannelId,
    bytes: Uint8Array,
    offset: number,
    length: number,
    binary: boolean,
  ): SendStatus {
    checkRange(bytes, offset, length);
    return this.#channels.send(this.#ctx.clock.advance(now), channel, bytes, offset, length, binary);
  }

  /**
   * Queues a part of a message, copied; the first one begins it, `last` ends it. Until then nothing else is sent on the channel.
   * A message may so be longer than the send queue holds, and is sent while it is made: at once where messages are
   * interleaved; otherwise once it has its end or fills a quarter of the queue, since every other channel waits for its end.
   *
   * @returns a {@link SendStatus}; on `full` and `tooLong` nothing was taken. Errors: `bad-argument`
   */
  sendPart(
    now: Instant,
    channel: ChannelId,
    bytes: Uint8Array,
    offset: number,
    length: number,
    binary: boolean,
    last: boolean,
  ): SendStatus {
    checkRange(bytes, offset, length);
    return this.#channels.sendPart(this.#ctx.clock.advance(now), channel, bytes, offset, length, binary, last);
  }

  /**
   * Withdraws the message that was begun by `sendPart`, if there is one. False when part of it has left and the peer cannot be
   * told, because it lacks RFC 3758: then closing the channel ends the association.
   */
  abandonMessage(now: Instant, channel: ChannelId): boolean {
    return this.#channels.abandonMessage(this.#ctx.clock.advance(now), channel);
  }

  /**
   * Asks the peer for `count` more streams to send on, where it took fewer than 65 535 (RFC 6525 5.1.5). The answer is
   * `streams-added`, or the warning `reset-refused`. False when it cannot be asked, or there would be too many.
   */
  addStreams(now: Instant, count: number): boolean {
    const at = this.#ctx.clock.advance(now);
    return this.#channels.addStreams(at, count);
  }

  /** Closes a channel, both ways; what is queued is sent first. Unknown or closed channels are left alone. */
  closeChannel(now: Instant, channel: ChannelId): void {
    this.#channels.close(this.#ctx.clock.advance(now), channel);
  }

  /** Ends in good order: what is queued is sent and acknowledged first (RFC 9260 9.2). */
  shutdown(now: Instant): void {
    const at = this.#ctx.clock.advance(now);
    const { state } = this.#ctx;
    if (state.hasPeer && this.#channels.abandonMessages(at)) this.#shutdown.start(at);
    else if (state.hasPeer) this.abort(at, 'a message was left without its end');
    else if (!state.over) this.abort(at, 'shutdown before the association was up');
  }

  /** Ends at once; `reason` is told to the peer, at most 200 bytes of it (RFC 9260 9.1). */
  abort(now: Instant, reason: string): void {
    this.#lifecycle.abort(this.#ctx.clock.advance(now), 'aborted-locally', ErrorCause.userInitiatedAbort, reason);
  }

  /**
   * The next message, into `out`; false when there is none, or when events come first: then `readable` is one of them. Reading is
   * what opens the receive window.
   */
  pollMessage(out: Message): boolean {
    if (this.#channels.endRead() || !this.#inbox.shift(out)) return false;
    this.#receiver.handleRead(out.length);
    return true;
  }

  /** Bytes queued on `channel` and not yet sent for the first time. Errors: `unknown-channel`. */
  bufferedAmount(channel: ChannelId): number {
    return this.#known(channel).stream.bufferedBytes;
  }

  /** Sets when `buffered-amount-low` is told: on falling to `bytes` from above. Default 0. Errors: `unknown-channel`. */
  setBufferedAmountLowThreshold(channel: ChannelId, bytes: number): void {
    this.#known(channel).stream.lowThresholdBytes = bytes;
  }

  /** What is known of a channel: a live view. Errors: `unknown-channel`. */
  channelInfo(channel: ChannelId): ChannelInfo {
    return this.#known(channel);
  }

  /** Identifiers of the channels that are not closed. */
  channelIds(): ChannelId[] {
    return this.#channels.ids;
  }

  /** Figures of one path; undefined when it is not known. */
  pathStats(path: PathId): SctpPathStats | undefined {
    return this.#tx.paths.find(path)?.stats();
  }

  /** Totals, into `into` when given. */
  stats(into: SctpStats = createStats()): SctpStats {
    const { stats, state, clock } = this.#ctx;
    const verdicts = Object.assign(into.verdicts, stats.verdicts);
    Object.assign(into, stats, { verdicts });
    into.state = state.now;
    into.receiveWindowBytes = this.#receiver.wholeWindowBytes;
    into.receiveBufferedBytes = this.#receiver.heldBytes;
    into.sendBufferedBytes = this.#tx.heldBytes;
    into.clockSteppedBack = clock.steppedBack;
    return into;
  }

  #known(id: ChannelId) {
    const channel = this.#channels.find(id);
    if (channel === undefined) throw new SctpError('unknown-channel', `there is no channel ${id}`);
    return channel;
  }
}

function checkRange(bytes: Uint8Array, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= bytes.length) return;
  throw new SctpError('bad-argument', 'offset and length lie outside of bytes');
}
