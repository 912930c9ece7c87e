import {
  type BaseOptions,
  createPathSnapshot,
  type IceCandidate,
  type IceRole,
  type PathStatus,
  type RemoteCandidateStatus,
} from '@hawser/ice-multipath';
import type { ChannelId, ChannelInfo, ChannelOptions, Message, SctpAssociation, SendStatus } from '@hawser/sctp-dc';
import {
  type BaseId,
  type Env,
  type FlowId,
  type FlowTable,
  type Instant,
  type Machine,
  NEVER,
  PacketClass,
  type PathId,
  type Slot,
  type Verdict,
} from '@hawser/wire';
import { type MultipathConfig, type RemoteParameters, resolveMultipath, type SessionConfig } from './config.ts';
import { SessionContext } from './context.ts';
import { MultipathError } from './errors.ts';
import { EventPump } from './event-pump.ts';
import type { SessionEvent } from './events.ts';
import { Inbound } from './inbound.ts';
import { applyRemote, applyReorderBudget, beginClose, finishClose, giveUpHandshake } from './lifecycle.ts';
import type { ReceivedPacket } from './media.ts';
import { Outbound } from './outbound.ts';
import type { IceServer } from './relays/ice-server.ts';
import { reportOf } from './statistics/report.ts';
import type { MultipathStats } from './stats.ts';

/**
 * A WebRTC transport over every validated path at once: ICE, DTLS, SCTP and SRTP composed, one machine made of machines.
 *
 * Commands and inputs are followed by a drain (see `Machine`). Datagrams given to `handleDatagram` may be decrypted in
 * place: their bytes are the session's to overwrite during the call.
 */
export class MultipathSession implements Machine<SessionEvent> {
  readonly #context: SessionContext;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #pump: EventPump;

  /** Errors: `bad-config`, and those of the layers whose part of the configuration is wrong. */
  constructor(config: SessionConfig, env: Env) {
    this.#context = new SessionContext(config, env);
    this.#inbound = new Inbound(this.#context);
    this.#outbound = new Outbound(this.#context);
    this.#pump = new EventPump(this.#context);
  }

  /** The table in which the runtime interns flows before it calls `handleDatagram`. */
  get flows(): FlowTable {
    return this.#context.flows;
  }

  /** Our ICE credentials, for the description. Others from `restartIce` on. */
  get iceParameters(): { readonly ufrag: string; readonly pwd: string } {
    return this.#context.ice.localParameters;
  }

  /** The fingerprint of our certificate, for the description (RFC 8122). */
  get fingerprint(): { readonly algorithm: 'sha-256'; readonly value: string } {
    return { algorithm: 'sha-256', value: this.#context.config.certificate.fingerprint('sha-256') };
  }

  get iceRole(): IceRole {
    return this.#context.ice.role;
  }

  /** The peer runs this transport too. */
  get isHawserPeer(): boolean {
    return this.#context.ice.isHawserPeer;
  }

  /** Whether DTLS is up, and the session not over. */
  get isConnected(): boolean {
    return this.#context.lifecycle === 'open' && this.#context.dtls?.state === 'connected';
  }

  /** The peer's certificate in DER once the handshake has checked it. */
  get remoteCertificate(): Uint8Array | undefined {
    return this.#context.dtls?.remoteCertificate;
  }

  setRole(now: Instant, role: IceRole): void {
    if (this.#isOver) return;
    this.#context.ice.setRole(this.#context.clock.advance(now), role);
    this.#pump.collect(now);
  }

  /**
   * Adds a server, its name resolved. `stun`: every base is asked for its server-reflexive address. `turn`: an allocation is
   * made from every base, and each relayed address is a base of its own, with candidates and paths. Over TCP and TLS that
   * begins with a `need-base` event.
   *
   * Errors: `bad-config` for what is no server.
   */
  addServer(now: Instant, server: IceServer): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (server.type === 'turn') this.#context.relays.addServer(at, server);
    else this.#context.ice.addServer(at, server);
    this.#pump.collect(at);
  }

  /** Adds a socket. Answered by a `candidate` event, unless it is a spare or serves a relay. */
  addBase(now: Instant, base: BaseOptions): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (!this.#context.relays.addCarrier(at, base)) {
      this.#context.ice.addBase(at, base);
      // Servers are asked over UDP by what sends datagrams, and else by connections of their own.
      if (base.transport !== 'tcp') this.#context.relays.addBase(at, base);
    }
    this.#pump.collect(now);
  }

  /** A socket is gone: its paths are abandoned. */
  removeBase(now: Instant, base: BaseId): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    this.#context.credit.dropBase(base);
    if (!this.#context.relays.removeBase(at, base)) this.#context.ice.removeBase(at, base);
    this.#pump.collect(now);
  }

  /** The interface by which the packets of `base` leave is known now; undefined: not any more. Paths are chosen anew. */
  setBaseEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (this.#context.relays.isCarrier(base)) return;
    this.#context.ice.setBaseEgress(at, base, egress);
    this.#context.relays.setEgress(at, base, egress);
    this.#pump.collect(now);
  }

  /** What a socket is wanted for: see `IceAgent.setBaseStatus`. */
  setBaseStatus(now: Instant, base: BaseId, status: PathStatus): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (this.#context.relays.isCarrier(base)) return;
    this.#context.ice.setBaseStatus(at, base, status);
    this.#context.relays.setStatus(at, base, status);
    this.#pump.collect(now);
  }

  /**
   * The stream that carries `flow` is full, or has room again: meanwhile neither media nor data is put on its path, nor on
   * those of a relay that it leads to. Checks still leave.
   */
  setFlowWritable(now: Instant, flow: FlowId, isWritable: boolean): void {
    if (this.#isOver) return;
    this.#context.clock.advance(now);
    this.#context.credit.set(flow, isWritable);
  }

  /** The socket asked for by the `need-base` event `id` cannot be had. */
  baseFailed(now: Instant, id: number, reason: string): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (!this.#context.relays.carrierFailed(at, id, reason)) this.#context.ice.baseFailed(at, id, reason);
    this.#pump.collect(now);
  }

  endOfLocalCandidates(now: Instant): void {
    if (this.#isOver) return;
    const at = this.#context.clock.advance(now);
    if (this.#context.relays.end()) this.#context.ice.endOfLocalCandidates(at);
    this.#pump.collect(now);
  }

  /**
   * Takes what the peer's description says and starts checking. Called again with the same credentials (a re-offer) it
   * only takes in data channels and header extensions that were agreed since. With other ICE credentials it is a restart:
   * every pair is checked anew while the paths that are up carry data, and `iceParameters` are new, too.
   *
   * Errors: `invalid-state` when the session is closed.
   */
  setRemote(now: Instant, remote: RemoteParameters): void {
    const at = this.#context.clock.advance(now);
    applyRemote(this.#context, at, remote);
    this.#pump.collect(at);
  }

  /**
   * Begins an ICE restart: new `iceParameters` for the next description, and every candidate told again. It takes effect
   * with the peer's new ones in `setRemote`; until then nothing changes. RFC: 8445 9.
   */
  restartIce(now: Instant): void {
    if (this.#isOver) return;
    this.#context.ice.restart(this.#context.clock.advance(now));
    this.#pump.collect(now);
  }

  /** The description with the new parameters was rolled back. */
  cancelIceRestart(now: Instant): void {
    if (this.#isOver) return;
    this.#context.ice.cancelRestart(this.#context.clock.advance(now));
    this.#pump.collect(now);
  }

  addRemoteCandidate(now: Instant, candidate: IceCandidate): RemoteCandidateStatus {
    if (this.#isOver) return 'ignored';
    const at = this.#context.clock.advance(now);
    const status = this.#context.ice.addRemoteCandidate(at, candidate);
    // What a relay lends us sends datagrams.
    if (status === 'added' && candidate.transport === 'udp')
      this.#context.relays.permit(at, candidate.address, candidate.port);
    this.#pump.collect(now);
    return status;
  }

  endOfRemoteCandidates(now: Instant): void {
    if (this.#isOver) return;
    this.#context.ice.endOfRemoteCandidates(this.#context.clock.advance(now));
    this.#pump.collect(now);
  }

  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const at = this.#context.clock.advance(now);
    const verdict = this.#inbound.handle(at, flow, bytes, offset, length);
    this.#pump.collect(at);
    while (this.#inbound.handleEarly(at)) this.#pump.collect(at);
    return verdict;
  }

  handleTimeout(now: Instant): void {
    const at = this.#context.clock.advance(now);
    const { dtls, ice, media, paths, relays, sctp } = this.#context;
    if (!this.#isOver && relays.pollTimeout() <= at) relays.handleTimeout(at);
    if (ice.pollTimeout() <= at) ice.handleTimeout(at);
    if (dtls !== undefined && dtls.pollTimeout() <= at) dtls.handleTimeout(at);
    if (sctp !== undefined && sctp.pollTimeout() <= at) sctp.handleTimeout(at);
    if (paths.pollTimeout() <= at) paths.handleTimeout(at);
    if (media.pollTimeout() <= at) media.handleTimeout(at);
    if (this.#context.handshakeBy <= at) giveUpHandshake(this.#context, at);
    this.#pump.collect(at);
  }

  /** The system refused a packet of `flow`: its path is suspect at once. */
  handleSendError(now: Instant, flow: FlowId, code: string): void {
    const at = this.#context.clock.advance(now);
    this.#context.ice.handleSendError(at, flow, code);
    this.#context.relays.handleSendError(at, flow, code);
    this.#pump.collect(now);
  }

  pollTransmit(now: Instant, out: Slot): boolean {
    const at = this.#context.clock.advance(now);
    if (this.#outbound.poll(at, out)) return true;
    if (this.#context.lifecycle === 'closing') {
      finishClose(this.#context, at, this.#context.closingReason);
      this.#pump.collect(at);
    }
    // The allocations on relays are given back last.
    return this.#context.relays.pollTransmit(at, out);
  }

  pollEvent(): SessionEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant {
    const { dtls, ice, media, paths, relays, sctp } = this.#context;
    return Math.min(
      this.#isOver ? NEVER : relays.pollTimeout(),
      ice.pollTimeout(),
      dtls?.pollTimeout() ?? NEVER,
      sctp?.pollTimeout() ?? NEVER,
      paths.pollTimeout(),
      media.pollTimeout(),
      this.#context.handshakeBy,
    );
  }

  /** Opens a data channel. Errors: `invalid-state` before `setRemote` with `sctp`; those of `@hawser/sctp-dc`. */
  openChannel(now: Instant, options: ChannelOptions): ChannelId {
    const channel = this.#association().openChannel(this.#context.clock.advance(now), options);
    this.#pump.collect(now);
    return channel;
  }

  /** Queues a message, copied once. The status says whether there was room. */
  send(now: Instant, id: ChannelId, bytes: Uint8Array, offset: number, length: number, binary: boolean): SendStatus {
    return this.#association().send(this.#context.clock.advance(now), id, bytes, offset, length, binary);
  }

  closeChannel(now: Instant, channel: ChannelId): void {
    this.#association().closeChannel(this.#context.clock.advance(now), channel);
    this.#pump.collect(now);
  }

  /** Messages in parts: `sendPart` and `abandonMessage` of `SctpAssociation`. Errors: `invalid-state`. */
  get parts(): Pick<SctpAssociation, 'sendPart' | 'abandonMessage'> {
    return this.#association();
  }

  /** The next received message; reading opens the receive window. False when events come first. Its bytes are the reader's. */
  pollMessage(out: Message): boolean {
    const wasThere = this.#noteDelivered(this.#context.sctp?.pollMessage(out) ?? false);
    if (!wasThere) this.#pump.collect(this.#context.clock.now);
    return wasThere;
  }

  bufferedAmount(channel: ChannelId): number {
    return this.#association().bufferedAmount(channel);
  }

  setBufferedAmountLowThreshold(channel: ChannelId, bytes: number): void {
    this.#association().setBufferedAmountLowThreshold(channel, bytes);
  }

  channelInfo(channel: ChannelId): ChannelInfo {
    return this.#association().channelInfo(channel);
  }

  /**
   * Queues one RTP packet, copied once. Its path is chosen, its transport-wide sequence number written and its encryption
   * done when it leaves. `closed` before DTLS is up; `tooLong` for more than a datagram of an ordinary path carries.
   */
  sendRtp(now: Instant, bytes: Uint8Array, offset: number, length: number, cls: PacketClass): SendStatus {
    return this.#context.media.send(this.#context.clock.advance(now), bytes, offset, length, cls, false);
  }

  /** Queues one compound RTCP packet. `closed` before DTLS is up. */
  sendRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): SendStatus {
    return this.#context.media.send(this.#context.clock.advance(now), bytes, offset, length, PacketClass.control, true);
  }

  /** The next received RTP or RTCP packet, decrypted, each once. Borrowed until the next call. */
  pollRtp(out: ReceivedPacket): boolean {
    return this.#noteDelivered(this.#context.media.pollReceived(out));
  }

  /** Changes multipath settings while the session runs. Errors: `bad-config`, also for another `preventNomination`. */
  enableMultipath(config: Partial<MultipathConfig> = {}): void {
    const { preventNomination } = this.#context.multipath;
    if ((config.preventNomination ?? preventNomination) !== preventNomination) {
      throw new MultipathError('bad-config', 'preventNomination is decided when the session is made');
    }
    this.#context.multipath = resolveMultipath(this.#context.multipath, { enabled: true, ...config });
    this.#context.paths.configure(this.#context.multipath);
    applyReorderBudget(this.#context);
  }

  /** Moves a browser's sending to `path` (see `IceAgent.steer`); false when it cannot be asked. Errors: `no-such-path`. */
  steer(now: Instant, path: PathId): boolean {
    if (!this.#context.paths.snapshot(path, createPathSnapshot())) {
      throw new MultipathError('no-such-path', `path ${path} is not known`);
    }
    const asked = this.#context.ice.steer(this.#context.clock.advance(now), path);
    this.#pump.collect(now);
    return asked;
  }

  /**
   * Everything that is known and measured, of each path and of all. A copy.
   *
   * @param now for what is told as an age; default when the session last heard of time
   */
  getMultipathStats(now: Instant = this.#context.clock.now): MultipathStats {
    return reportOf(this.#context, now);
  }

  /**
   * Ends the session: SCTP is aborted and DTLS says close_notify in the packets that the next drain takes out; then the
   * `closed` event comes. A second call does nothing.
   */
  close(now: Instant): void {
    const at = this.#context.clock.advance(now);
    beginClose(this.#context, at, 'closed');
    this.#pump.collect(at);
  }

  /** Sockets and candidates that come after the end concern nobody. */
  get #isOver(): boolean {
    return this.#context.lifecycle === 'closed';
  }

  /** The application took a unit out, or there was none. */
  #noteDelivered(wasThere: boolean): boolean {
    const { clock, paths } = this.#context;
    if (wasThere) paths.meter.failovers.handleDelivered(clock.now);
    return wasThere;
  }

  #association(): SctpAssociation {
    const { sctp } = this.#context;
    if (sctp === undefined) {
      throw new MultipathError('invalid-state', 'no data channels were agreed with the peer (setRemote with sctp)');
    }
    return sctp;
  }
}
