import { generateCertificate } from '@hawser/dtls';
import type { MultipathConfig, MultipathStats, SessionFault } from '@hawser/multipath';
import { createMessage } from '@hawser/sctp-dc';
import {
  type ConnectionState,
  createRoutedPacket,
  type IceCandidateInit,
  type IceGatheringState,
  type IceState,
  type MediaKind,
  type PeerConnectionEvent,
  PeerConnectionMachine,
  type SessionDescription,
  type SignalingState,
  type StatsReport,
  type Transceiver,
  type TransceiverOptions,
} from '@hawser/webrtc';
import type { PathId } from '@hawser/wire';
import { ChannelRegistry } from './channel-registry.ts';
import { monotonicNow, unixNow } from './clock.ts';
import type { AddressConfig, PeerConnectionConfig } from './config.ts';
import type { DataChannel } from './data-channel.ts';
import { Driver } from './driver.ts';
import { ConnectionError } from './errors.ts';
import { DataChannelEvent, FaultEvent, IceCandidateEvent, TrackEvent, transportEvent } from './events.ts';
import { Gathering, machineConfigOf } from './gathering.ts';
import { KeepAlive } from './keep-alive.ts';
import { PeerConnectionEvents } from './peer-connection-events.ts';
import { NodeSecureRandom, nodeJitter } from './random.ts';
import { RtpTransceiver } from './rtp-transceiver.ts';
import { openUdpSocket } from './sockets.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** Options of a data channel, W3C `RTCDataChannelInit`. */
export interface DataChannelInit {
  ordered?: boolean;
  maxPacketLifeTime?: number;
  maxRetransmits?: number;
  protocol?: string;
  negotiated?: boolean;
  id?: number;
  /** Relative weight among channels with something to send; default 256. */
  priority?: number;
  /** What waits may be given up for a message of a channel of higher priority when the send queue is full (RFC 7496 3.2). */
  limitedByPriority?: boolean;
}

/**
 * A WebRTC peer connection over all of this machine's network paths, W3C `RTCPeerConnection`, with packets in place of
 * media tracks, and what is ours besides: `enableMultipath`, `getMultipathStats`, `steer`, `connected`.
 *
 * Events: `negotiationneeded`, `icecandidate`, `icegatheringstatechange`, `iceconnectionstatechange`,
 * `connectionstatechange`, `signalingstatechange`, `datachannel`, `track`, and ours: `path`, `steered`,
 * `targetbitrate`, `fault`.
 *
 * An idle connection never keeps the process alive; connecting, and every promise of it that is pending, does.
 */
export class PeerConnection extends PeerConnectionEvents {
  readonly #machine: PeerConnectionMachine;
  readonly #driver: Driver<PeerConnectionEvent>;
  readonly #gathering: Gathering<PeerConnectionEvent>;
  readonly #keepAlive = new KeepAlive();
  readonly #waiters = new Waiters(this.#keepAlive);
  readonly #channels: ChannelRegistry;
  readonly #transceivers = new Map<Transceiver, RtpTransceiver>();
  readonly #message = createMessage();
  readonly #packet = createRoutedPacket();
  #lastFault: SessionFault | undefined;
  #releaseConnecting: (() => void) | undefined;
  /** ICE is to be restarted: where it has failed, that is not the end. */
  #isRestarting = false;
  #closing: Promise<void> | undefined;
  #isClosing = false;
  #released: Promise<void> | undefined;

  /** Errors: those of the layers for a configuration out of range. Nothing is opened before `setLocalDescription`. */
  constructor(config: PeerConnectionConfig = {}) {
    super();
    const { sockets = openUdpSocket, traceTo: trace, ...rest } = config;
    const secure = new NodeSecureRandom();
    const now = monotonicNow();
    const unixMs = unixNow();
    const certificate = config.certificate ?? generateCertificate({ unixMs, secure });
    const hostName = config.mdnsCandidates ? (address: string) => this.#gathering.hostName(address) : undefined;
    this.#machine = new PeerConnectionMachine(
      { ...machineConfigOf(rest), mdnsNames: config.mdnsNames ?? 'any', hostName, certificate },
      { now, unixMs, secure, jitter: nodeJitter, trace },
    );
    this.#driver = new Driver(this.#machine, sockets, {
      onEvent: (event) => this.#handleEvent(event),
      onBeforeSend: () => this.#gathering.beforeSend(),
      onDrained: () => this.#channels.check(),
    });
    this.#gathering = new Gathering(this.#machine, this.#driver, config, (fault) => {
      this.dispatchEvent(new FaultEvent({ layer: 'session', ...fault }));
    });
    this.#channels = new ChannelRegistry(this.#machine, this.#keepAlive, config.sctp ?? {}, {
      poke: () => this.#driver.poke(),
      resumeReading: () => this.#readMessages(),
      report: (code, message) => this.dispatchEvent(new FaultEvent({ layer: 'sctp', code, message })),
    });
  }

  get #isOver(): boolean {
    return this.#closing !== undefined || this.#released !== undefined;
  }

  get signalingState(): SignalingState {
    return this.#machine.signalingState;
  }

  get iceGatheringState(): IceGatheringState {
    return this.#machine.iceGatheringState;
  }

  get iceConnectionState(): IceState {
    return this.#machine.iceConnectionState;
  }

  get connectionState(): ConnectionState {
    return this.#machine.connectionState;
  }

  get localDescription(): SessionDescription | null {
    return this.#machine.localDescription;
  }

  get remoteDescription(): SessionDescription | null {
    return this.#machine.remoteDescription;
  }

  /** The peer runs Hawser too. */
  get isHawserPeer(): boolean {
    return this.#machine.isHawserPeer;
  }

  /** Errors: W3C's, by `code`. */
  async createOffer(options?: { iceRestart?: boolean }): Promise<SessionDescription> {
    this.#isRestarting ||= options?.iceRestart === true;
    return this.#machine.createOffer(monotonicNow(), options);
  }

  /** The next offer has new ICE credentials; `negotiationneeded` asks for it. Paths carry on until new ones are found. */
  restartIce(): void {
    this.#isRestarting = true;
    this.#machine.restartIce(monotonicNow());
    this.#driver.poke();
  }

  async createAnswer(): Promise<SessionDescription> {
    return this.#machine.createAnswer(monotonicNow());
  }

  /** Applies the last offer or answer, or a new one, and begins to gather. */
  async setLocalDescription(description?: Partial<SessionDescription>): Promise<void> {
    this.#machine.setLocalDescription(monotonicNow(), description);
    this.#noteDescriptions();
  }

  /** Rejects with the machine's error; `sdpLineNumber` and `reason` say what is wrong with a text. */
  async setRemoteDescription(description: SessionDescription): Promise<void> {
    const error = this.#machine.setRemoteDescription(monotonicNow(), description);
    this.#noteDescriptions();
    if (error !== undefined) throw error;
  }

  /** Takes the peer's candidate; null ends them. */
  async addIceCandidate(candidate: IceCandidateInit | null): Promise<void> {
    const error = this.#machine.addIceCandidate(monotonicNow(), candidate);
    this.#driver.poke();
    if (error !== undefined) throw error;
  }

  createDataChannel(label: string, init: DataChannelInit = {}): DataChannel {
    const { maxPacketLifeTime: maxPacketLifeTimeMs, ...same } = init;
    const handle = this.#machine.createDataChannel(monotonicNow(), { label, ...same, maxPacketLifeTimeMs });
    this.#driver.poke();
    return this.#channels.of(handle);
  }

  addTransceiver(kind: MediaKind, options?: TransceiverOptions): RtpTransceiver {
    const transceiver = this.#machine.addTransceiver(monotonicNow(), kind, options);
    this.#driver.poke();
    return this.#transceiver(transceiver);
  }

  /** Adds something to send: an offer of the peer may take its transceiver over, as with W3C `addTrack`. */
  addTrack(kind: MediaKind, streams?: readonly string[]): RtpTransceiver {
    const transceiver = this.#machine.addTrack(monotonicNow(), kind, streams);
    this.#driver.poke();
    return this.#transceiver(transceiver);
  }

  getTransceivers(): RtpTransceiver[] {
    return this.#machine.transceivers.map((transceiver) => this.#transceiver(transceiver));
  }

  /** Opens a socket on one more address. Rejects with the system's error. */
  addAddress(address: string | AddressConfig): Promise<void> {
    return this.#keepAlive.during(this.#gathering.add(typeof address === 'string' ? { address } : address));
  }

  /** Closes the sockets of an address; its paths are abandoned and their traffic moves in the same tick. */
  removeAddress(address: string): Promise<void> {
    return this.#keepAlive.during(this.#gathering.remove(address));
  }

  /** Changes multipath settings while the connection runs. */
  enableMultipath(config?: Partial<MultipathConfig>): void {
    this.#machine.enableMultipath(config);
    this.#driver.poke();
  }

  /** Everything that is known of each path and measured of all. A copy. */
  getMultipathStats(): MultipathStats {
    return this.#machine.getMultipathStats(monotonicNow());
  }

  /** W3C `getStats`: candidates, pairs, transport, channels; and ours as `hawser-path` and `hawser-session`. A copy. */
  async getStats(): Promise<StatsReport> {
    return this.#machine.getStats(monotonicNow());
  }

  /** Moves a browser's sending to `path`; false when it cannot be asked. `steered` tells when it has moved. */
  steer(path: PathId): boolean {
    const asked = this.#machine.steer(monotonicNow(), path);
    this.#driver.poke();
    return asked;
  }

  /**
   * Resolves when ICE and DTLS are up. Rejects with `connection-failed` and its cause; after `restartIce` it waits again. Holds
   * the process meanwhile.
   */
  async connected(options?: WaitOptions): Promise<void> {
    if (this.#isOver || (this.#machine.connectionState === 'failed' && !this.#isRestarting)) throw this.#endError();
    return this.#waiters.until(() => this.connectionState === 'connected', options);
  }

  /** Says goodbye to the peer and closes every socket; resolves when nothing is left open. A second call is the same. */
  close(): Promise<void> {
    this.#closing ??= this.#keepAlive.during(this.#close());
    return this.#closing;
  }

  #noteDescriptions(): void {
    // Connecting is a wait of its own: it ends in connected, failed or closed.
    const isConnecting = this.connectionState !== 'connected' && this.connectionState !== 'failed';
    if (this.localDescription !== null && this.remoteDescription !== null && isConnecting)
      this.#releaseConnecting ??= this.#keepAlive.hold();
    this.#driver.poke();
  }

  #handleEvent(event: PeerConnectionEvent): void {
    switch (event.type) {
      case 'icecandidate':
        this.dispatchEvent(new IceCandidateEvent(event.candidate));
        break;
      case 'icegatheringstatechange':
        if (event.state === 'gathering') void this.#gather();
        this.dispatchEvent(new Event(event.type));
        break;
      case 'connectionstatechange':
        this.#handleConnectionState(event.state);
        this.dispatchEvent(new Event(event.type));
        break;
      case 'negotiationneeded':
      case 'iceconnectionstatechange':
      case 'signalingstatechange':
        this.dispatchEvent(new Event(event.type));
        break;
      case 'datachannel':
        this.dispatchEvent(new DataChannelEvent(this.#channels.of(event.channel)));
        break;
      case 'channel-closed':
      case 'channel-open':
      case 'channel-closing':
      case 'buffered-amount-low':
        if (event.type === 'channel-closed' && event.isEnd && !this.#isClosing) this.#readMessages(true);
        this.#channels.handleEvent(event);
        break;
      case 'writable':
        this.#channels.handleWritable();
        break;
      case 'readable':
        this.#readMessages();
        break;
      case 'rtp':
        this.#readPackets();
        break;
      case 'track':
        this.dispatchEvent(new TrackEvent(this.#transceiver(event.transceiver), event.streams));
        break;
      case 'path':
      case 'steered':
      case 'target-bitrate':
        this.dispatchEvent(transportEvent(event));
        break;
      case 'need-base':
        void this.#gathering.provide(event);
        break;
      case 'release-base':
        void this.#gathering.release(event.base);
        break;
      case 'need-name':
        this.#gathering.resolve(event);
        break;
      case 'error':
        this.#lastFault = event.error;
        this.dispatchEvent(new FaultEvent(event.error));
        break;
      case 'closed':
        // Lost, or closed by the peer: nothing can be said any more, and nothing needs to stay open.
        void this.#release();
        break;
      case 'hawser-peer':
      case 'trackended':
    }
  }

  #handleConnectionState(state: ConnectionState): void {
    if (state !== 'connecting' && state !== 'new') {
      this.#releaseConnecting?.();
      this.#releaseConnecting = undefined;
      this.#isRestarting = false;
    }
    this.#gathering.handleConnectionState(state);
    if (state === 'connected') this.#lastFault = undefined;
    if (state === 'failed') this.#waiters.fail(this.#endError());
    this.#waiters.check();
  }

  async #gather(): Promise<void> {
    const isPossible = await this.#keepAlive.during(this.#gathering.start());
    if (isPossible || this.#isOver) return;
    this.#lastFault = { layer: 'session', code: 'no-addresses', message: 'no address that was named could be bound' };
    this.dispatchEvent(new FaultEvent(this.#lastFault));
    void this.close();
  }

  /** Hands messages to their channels until there are none, or a reader is behind: then the rest stays with the sender. */
  #readMessages(all = false): void {
    let goesOn = all || !this.#channels.isBehind;
    while (goesOn && this.#machine.pollMessage(this.#message)) goesOn = this.#channels.deliver(this.#message) || all;
    this.#driver.poke();
  }

  #readPackets(): void {
    while (this.#machine.pollRtp(this.#packet)) {
      for (const transceiver of this.#packet.transceivers) {
        this.#transceiver(transceiver).receiver.deliver(this.#packet, this.#packet.rtcp);
      }
    }
  }

  #transceiver(transceiver: Transceiver): RtpTransceiver {
    let known = this.#transceivers.get(transceiver);
    if (known === undefined) {
      known = new RtpTransceiver(transceiver, {
        sendRtp: (which, bytes, offset, length, cls) => {
          this.#driver.poke();
          return this.#machine.sendRtp(monotonicNow(), which, bytes, offset, length, cls);
        },
        sendRtcp: (bytes, offset, length) => {
          this.#driver.poke();
          return this.#machine.sendRtcp(monotonicNow(), bytes, offset, length);
        },
      });
      this.#transceivers.set(transceiver, known);
    }
    return known;
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    this.#machine.close(monotonicNow());
    this.#driver.flush();
    // The last packets leave in the callbacks of their sends.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#release();
  }

  /** Closes every socket and ends every wait. */
  #release(): Promise<void> {
    this.#released ??= (async () => {
      await Promise.all([this.#gathering.close(), this.#driver.close()]);
      this.#releaseConnecting?.();
      this.#waiters.fail(this.#endError());
      this.#channels.closeAll();
    })();
    return this.#released;
  }

  #endError(): ConnectionError {
    const fault = this.#lastFault;
    if (fault === undefined) return new ConnectionError('closed', 'the connection is closed');
    return new ConnectionError('connection-failed', `${fault.layer}: ${fault.message}`, { cause: fault });
  }
}
