import type { MultipathConfig, MultipathStats } from '@hawser/multipath';
import type {
  BaseId,
  Env,
  FlowId,
  FlowTable,
  Instant,
  Machine,
  PacketClass,
  PathId,
  Slot,
  Verdict,
} from '@hawser/wire';
import type { MediaKind } from './capabilities.ts';
import { abandonMessage, closeChannel, createChannel, sendMessage, sendPart } from './channels/channels.ts';
import type { DataChannel } from './channels/data-channel.ts';
import { closeConnection } from './closing.ts';
import type { PeerConnectionConfig } from './config.ts';
import { Context } from './context.ts';
import type { Counters } from './counters.ts';
import type { WebrtcError } from './errors.ts';
import type { ConnectionState, IceCandidateInit, IceGatheringState, IceState, PeerConnectionEvent } from './events.ts';
import { wantIceRestart } from './ice-restart.ts';
import { Media, type RoutedPacket } from './media/media.ts';
import type { Transceiver } from './media/transceiver.ts';
import type { TransceiverOptions } from './media/transceiver-options.ts';
import { canTrickle, localText, remoteText } from './negotiation/description-text.ts';
import { Negotiator, type SessionDescription } from './negotiation/negotiator.ts';
import { addIceCandidate } from './negotiation/remote-candidates.ts';
import type {
  BaseOptions,
  ChannelId,
  ChannelOptions,
  IceServer,
  Message,
  PathStatus,
  SendStatus,
  TransportSession,
} from './session.ts';
import { collectSessionEvents } from './session-events.ts';
import type { SignalingState } from './signaling-state.ts';
import { type StatsReport, statsReport } from './statistics/stats-report.ts';

/**
 * A WebRTC peer connection without I/O: descriptions, transceivers and channels by the rules of RFC 8829 and the words of
 * W3C WebRTC 1.0, over one bundled `MultipathSession`.
 *
 * It is a `Machine`: after every input or command drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. When
 * `icegatheringstatechange` says `gathering`, give it its sockets with `addBase` and end with `endOfLocalCandidates`.
 */
export class PeerConnectionMachine implements Machine<PeerConnectionEvent> {
  readonly #context: Context;
  readonly #negotiator: Negotiator;
  readonly #media: Media;

  /** Errors: those of the session for a wrong configuration. */
  constructor(config: PeerConnectionConfig, env: Env) {
    this.#context = new Context(config, env);
    this.#negotiator = new Negotiator(this.#context);
    this.#media = new Media(this.#context);
  }

  get flows(): FlowTable {
    return this.#context.session.flows;
  }

  get signalingState(): SignalingState {
    return this.#context.signalingState;
  }

  get iceGatheringState(): IceGatheringState {
    return this.#context.gatheringState;
  }

  get iceConnectionState(): IceState {
    return this.#context.iceState;
  }

  get connectionState(): ConnectionState {
    return this.#context.connectionState;
  }

  /** The peer runs Hawser too: its description said so, or its checks did. */
  get isHawserPeer(): boolean {
    return this.#context.remote?.hawser === true || this.#context.session.isHawserPeer;
  }

  /** Whether the peer takes candidates one by one; null before its first description (RFC 8829 4.1.17). */
  get canTrickleIceCandidates(): boolean | null {
    return canTrickle(this.#context.pendingRemote ?? this.#context.currentRemote);
  }

  /** In the order of creation; stopped ones are gone once that was agreed. */
  get transceivers(): readonly Transceiver[] {
    return this.#context.transceivers;
  }

  get counters(): Readonly<Counters> {
    return this.#context.counters;
  }

  get currentLocalDescription(): SessionDescription | null {
    return localText(this.#context, this.#context.currentLocal);
  }

  get pendingLocalDescription(): SessionDescription | null {
    return localText(this.#context, this.#context.pendingLocal);
  }

  /** The pending one if there is one, with every candidate gathered so far. */
  get localDescription(): SessionDescription | null {
    return this.pendingLocalDescription ?? this.currentLocalDescription;
  }

  get currentRemoteDescription(): SessionDescription | null {
    return remoteText(this.#context.currentRemote);
  }

  get pendingRemoteDescription(): SessionDescription | null {
    return remoteText(this.#context.pendingRemote);
  }

  get remoteDescription(): SessionDescription | null {
    return this.pendingRemoteDescription ?? this.currentRemoteDescription;
  }

  /**
   * `iceRestart`: with new ICE credentials (RFC 8445 9); paths carry data on until the new checks are answered. Without an
   * agreement so far there is nothing to restart.
   *
   * Errors: `invalid-state`. RFC: 8829 5.2.
   */
  createOffer(now: Instant, options: { iceRestart?: boolean } = {}): SessionDescription {
    return this.#negotiator.createOffer(this.#context.clock.advance(now), options.iceRestart);
  }

  /** The next offer restarts ICE; `negotiationneeded` asks for it (W3C `restartIce`). */
  restartIce(now: Instant): void {
    this.#context.clock.advance(now);
    if (wantIceRestart(this.#context)) this.#negotiator.update();
  }

  /** Errors: `invalid-state` without a remote offer. RFC: 8829 5.3. */
  createAnswer(now: Instant): SessionDescription {
    this.#context.clock.advance(now);
    return this.#negotiator.createAnswer();
  }

  /**
   * Applies a description that `createOffer` or `createAnswer` made; without text the last one, or a new one.
   *
   * Errors: `invalid-state`, `invalid-modification`, `not-supported`, `invalid-access`; nothing has changed then.
   */
  setLocalDescription(now: Instant, description: Partial<SessionDescription> = {}): void {
    const at = this.#context.clock.advance(now);
    this.#negotiator.setLocalDescription(at, description);
    collectSessionEvents(this.#context, at);
  }

  /**
   * Applies the peer's description. Its text never throws.
   *
   * @returns undefined, or why not: `operation-error` with `sdpLineNumber` for a text that cannot be read, `invalid-access`
   *   for one that does not fit, `invalid-state`, `not-supported`. Nothing has changed then.
   */
  setRemoteDescription(now: Instant, description: SessionDescription): WebrtcError | undefined {
    const at = this.#context.clock.advance(now);
    const error = this.#negotiator.setRemoteDescription(at, description);
    collectSessionEvents(this.#context, at);
    return error;
  }

  /**
   * Takes a candidate from signalling; null or an empty text ends the list. The peer's text never throws.
   *
   * @returns undefined, or why not: `invalid-state` before a remote description, `type-error`, `operation-error`
   */
  addIceCandidate(now: Instant, candidate: IceCandidateInit | null): WebrtcError | undefined {
    const at = this.#context.clock.advance(now);
    const error = addIceCandidate(this.#context, at, candidate);
    collectSessionEvents(this.#context, at);
    return error;
  }

  /** Adds a transceiver; the next offer has a section for it. Errors: `invalid-state` when closed or too many. */
  addTransceiver(now: Instant, kind: MediaKind, options: TransceiverOptions = {}): Transceiver {
    const context = this.#context;
    context.clock.advance(now);
    context.assertOpen();
    const { direction = 'sendrecv', ...more } = options;
    const transceiver = context.makeTransceiver(kind, direction, 'transceiver', this.#negotiator.update, more);
    this.#negotiator.update();
    return transceiver;
  }

  /**
   * Adds a track to send, as W3C `addTrack` does: a transceiver of that kind that has never sent is used first, and an
   * offer of the peer may take it over. Errors: as `addTransceiver`.
   */
  addTrack(now: Instant, kind: MediaKind, streams: readonly string[] = []): Transceiver {
    const context = this.#context;
    context.clock.advance(now);
    context.assertOpen();
    return context.addTrack(kind, streams, this.#negotiator.update);
  }

  /**
   * Creates a data channel. It opens once the peer agreed; the first one asks for negotiation.
   *
   * Errors: `invalid-state` when closed; `type-error` for options that exclude each other; those of the association when
   * that runs.
   */
  createDataChannel(now: Instant, options: ChannelOptions): DataChannel {
    const context = this.#context;
    const at = context.clock.advance(now);
    context.assertOpen();
    const channel = createChannel(context, at, options);
    this.#negotiator.update();
    collectSessionEvents(context, at);
    return channel;
  }

  /** Queues a message, copied once. Errors: `invalid-state` while the channel is connecting or sends a message in parts. */
  send(now: Instant, to: DataChannel, bytes: Uint8Array, offset: number, length: number, binary: boolean): SendStatus {
    return sendMessage(this.#context, this.#context.clock.advance(now), to, bytes, offset, length, binary);
  }

  /** Queues a part of a message: see `SctpAssociation.sendPart`. Errors: those of `send`, `type-error` for text in binary. */
  sendPart(now: Instant, to: DataChannel, bytes: Uint8Array, binary: boolean, last: boolean): SendStatus {
    return sendPart(this.#context, this.#context.clock.advance(now), to, bytes, binary, last);
  }

  /** Withdraws the message that was begun by `sendPart`: see `SctpAssociation.abandonMessage`. */
  abandonMessage(now: Instant, to: DataChannel): boolean {
    return abandonMessage(this.#context, this.#context.clock.advance(now), to);
  }

  closeChannel(now: Instant, channel: DataChannel): void {
    closeChannel(this.#context, this.#context.clock.advance(now), channel);
    collectSessionEvents(this.#context, this.#context.clock.now);
  }

  /** The next message; `channelOf(out.channel)` is its channel. False when events come first. Its bytes are the reader's. */
  pollMessage(out: Message): boolean {
    if (this.#context.session.pollMessage(out)) return true;
    collectSessionEvents(this.#context, this.#context.clock.now);
    return false;
  }

  channelOf(id: ChannelId): DataChannel | undefined {
    return this.#context.channels.get(id);
  }

  /** Bytes queued and not yet sent for the first time; 0 before the channel has an association and after it closed. */
  bufferedAmount(channel: DataChannel): number {
    const { session } = this.#context;
    return channel.id !== undefined && channel.state !== 'closed' ? session.bufferedAmount(channel.id) : 0;
  }

  setBufferedAmountLowThreshold(channel: DataChannel, bytes: number): void {
    channel.bufferedAmountLowThreshold = bytes;
    if (channel.id === undefined || channel.state === 'closed') return;
    this.#context.session.setBufferedAmountLowThreshold(channel.id, bytes);
  }

  /**
   * Sends one RTP packet on a transceiver, copied once. Sequence number, timestamp, marker and payload are the
   * application's; SSRC, payload type and header extensions become what was agreed.
   *
   * @returns `closed` while the agreed direction does not send. Errors: `type-error` when it is no RTP packet.
   */
  sendRtp(
    now: Instant,
    transceiver: Transceiver,
    bytes: Uint8Array,
    offset: number,
    length: number,
    cls: PacketClass,
  ): SendStatus {
    return this.#media.send(this.#context.clock.advance(now), transceiver, bytes, offset, length, cls);
  }

  /** Sends one compound RTCP packet as it is: sources in it are `Transceiver.ssrc` and those of the peer. */
  sendRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): SendStatus {
    return this.#context.session.sendRtcp(this.#context.clock.advance(now), bytes, offset, length);
  }

  /** The next RTP or RTCP packet with the transceivers it belongs to (RFC 8843 9.2). Borrowed until the next call. */
  pollRtp(out: RoutedPacket): boolean {
    return this.#media.poll(out);
  }

  /** Adds a STUN or TURN server, its name resolved, at any time: see `MultipathSession.addServer`. */
  addServer(now: Instant, server: IceServer): void {
    this.#tellSession(now, (session, at) => session.addServer(at, server));
  }

  /** Adds a socket. Like what follows: nothing happens when the transport has ended, which the peer may cause at any time. */
  addBase(now: Instant, base: BaseOptions): void {
    this.#tellSession(now, (session, at) => session.addBase(at, base));
  }

  removeBase(now: Instant, base: BaseId): void {
    this.#tellSession(now, (session, at) => session.removeBase(at, base));
  }

  /** What a socket is wanted for; a peer of ours is told at once. Errors: `unknown-base`. */
  setBaseStatus(now: Instant, base: BaseId, status: PathStatus): void {
    this.#tellSession(now, (session, at) => session.setBaseStatus(at, base, status));
  }

  /** The interface by which the packets of `base` really leave is known now, or not any more. Errors: `unknown-base`. */
  setBaseEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    this.#tellSession(now, (session, at) => session.setBaseEgress(at, base, egress));
  }

  /** The stream that carries `flow` is full, or has room again: see `MultipathSession.setFlowWritable`. */
  setFlowWritable(now: Instant, flow: FlowId, isWritable: boolean): void {
    this.#tellSession(now, (session, at) => session.setFlowWritable(at, flow, isWritable));
  }

  /** The socket asked for by a `need-base` event cannot be had. */
  baseFailed(now: Instant, id: number, reason: string): void {
    this.#tellSession(now, (session, at) => session.baseFailed(at, id, reason));
  }

  /** Answers `need-name`; undefined: nothing has the name. Ids that nobody waits for any more are fine. */
  nameResolved(now: Instant, id: number, address: string | undefined): void {
    this.#tellSession(now, (_session, at) => this.#context.remoteNames.settle(at, id, address));
  }

  endOfLocalCandidates(now: Instant): void {
    this.#tellSession(now, (session, at) => session.endOfLocalCandidates(at));
  }

  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const at = this.#context.clock.advance(now);
    const verdict = this.#context.session.handleDatagram(at, flow, bytes, offset, length);
    collectSessionEvents(this.#context, at);
    return verdict;
  }

  handleTimeout(now: Instant): void {
    const at = this.#context.clock.advance(now);
    this.#context.session.handleTimeout(at);
    collectSessionEvents(this.#context, at);
  }

  handleSendError(now: Instant, flow: FlowId, code: string): void {
    this.#tellSession(now, (session, at) => session.handleSendError(at, flow, code));
  }

  pollTransmit(now: Instant, out: Slot): boolean {
    const at = this.#context.clock.advance(now);
    if (this.#context.session.pollTransmit(at, out)) return true;
    collectSessionEvents(this.#context, at);
    return false;
  }

  pollEvent(): PeerConnectionEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant {
    return this.#context.session.pollTimeout();
  }

  enableMultipath(config: Partial<MultipathConfig> = {}): void {
    this.#context.session.enableMultipath(config);
  }

  /** Moves a browser's sending to `path`; false when it cannot be asked. */
  steer(now: Instant, path: PathId): boolean {
    const at = this.#context.clock.advance(now);
    const asked = this.#context.session.steer(at, path);
    collectSessionEvents(this.#context, at);
    return asked;
  }

  getMultipathStats(now?: Instant): MultipathStats {
    return this.#context.session.getMultipathStats(now);
  }

  /** The same in the shape of W3C `getStats`, with candidates, pairs, transport and channels. A copy. */
  getStats(now: Instant): StatsReport {
    return statsReport(this.#context, this.#context.clock.advance(now));
  }

  /** Ends everything (W3C 4.4.1.10). The last packets leave in the next drain; then `closed` comes. Twice is once. */
  close(now: Instant): void {
    if (!this.#context.isClosed) closeConnection(this.#context, this.#context.clock.advance(now));
  }

  #tellSession(now: Instant, tell: (session: TransportSession, at: Instant) => void): void {
    if (this.#context.isClosed || this.#context.isTransportOver) return;
    const at = this.#context.clock.advance(now);
    tell(this.#context.session, at);
    collectSessionEvents(this.#context, at);
  }
}
