import type { Codec, Direction } from '@hawser/sdp';
import type { MediaKind, SendStatus, Transceiver } from '@hawser/webrtc';
import { PacketClass } from '@hawser/wire';

/** A received packet as a handler sees it. Borrowed: `bytes` are valid during the call only. */
export interface ReceivedRtp {
  bytes: Uint8Array;
  offset: number;
  length: number;
  /** The path by which the first copy came. */
  path: number;
  /** Monotonic milliseconds. */
  arrivedAt: number;
}

/** What a transceiver asks of its connection. */
export interface TransceiverOwner {
  sendRtp(transceiver: Transceiver, bytes: Uint8Array, offset: number, length: number, cls: PacketClass): SendStatus;
  sendRtcp(bytes: Uint8Array, offset: number, length: number): SendStatus;
}

/** Sends RTP packets of an application that has its own encoder, or forwards somebody else's. */
export class RtpSender {
  readonly #transceiver: Transceiver;
  readonly #owner: TransceiverOwner;

  constructor(transceiver: Transceiver, owner: TransceiverOwner) {
    this.#transceiver = transceiver;
    this.#owner = owner;
  }

  /** The source of our packets. */
  get ssrc(): number {
    return this.#transceiver.ssrc;
  }

  /** Formats that were agreed, with the payload types to use; empty before the answer. */
  get codecs(): readonly Codec[] {
    return this.#transceiver.sendCodecs;
  }

  /**
   * Sends one RTP packet, copied once. Sequence number, timestamp, marker and payload are the application's; SSRC, payload
   * type and header extensions become what was agreed.
   *
   * @param cls what the packet is for; default audio, or videoDelta
   * @returns 0 queued, 1 full, 2 longer than a datagram carries, 3 closed (the agreed direction does not send, or DTLS is
   * not up). Errors: `type-error`.
   */
  send(packet: Uint8Array, cls: PacketClass = this.#defaultClass): SendStatus {
    return this.#owner.sendRtp(this.#transceiver, packet, 0, packet.length, cls);
  }

  /** Sends one compound RTCP packet as it is. */
  sendRtcp(packet: Uint8Array): SendStatus {
    return this.#owner.sendRtcp(packet, 0, packet.length);
  }

  get #defaultClass(): PacketClass {
    return this.#transceiver.kind === 'audio' ? PacketClass.audio : PacketClass.videoDelta;
  }
}

/** Receives the peer's packets. Set the handlers before packets come: without one they are dropped. */
export class RtpReceiver {
  readonly #transceiver: Transceiver;
  /** Called with each RTP packet, decrypted, once, in order of arrival. */
  onrtp: ((packet: Readonly<ReceivedRtp>) => void) | null = null;
  /** Called with each compound RTCP packet that concerns this transceiver. */
  onrtcp: ((packet: Readonly<ReceivedRtp>) => void) | null = null;

  constructor(transceiver: Transceiver) {
    this.#transceiver = transceiver;
  }

  /** Called by the connection with each packet. What a handler throws is the process's, as with events, not the driver's. */
  deliver(packet: Readonly<ReceivedRtp>, rtcp: boolean): void {
    try {
      if (rtcp) this.onrtcp?.(packet);
      else this.onrtp?.(packet);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** Formats that the peer may send.
  get codecs(): readonly Codec[] {
    return this.#transceiver.receiveCodecs;
  }

  /** Sources that the peer's description names. */
  get ssrcs(): readonly number[] {
    return this.#transceiver.remoteSsrcs;
  }
}

/** One media section, W3C `RTCRtpTransceiver`, with packets in place of tracks. */
export class RtpTransceiver {
  readonly #transceiver: Transceiver;
  readonly sender: RtpSender;
  readonly receiver: RtpReceiver;

  /** Made by `PeerConnection`. */
  constructor(transceiver: Transceiver, owner: TransceiverOwner) {
    this.#transceiver = transceiver;
    this.sender = new RtpSender(transceiver, owner);
    this.receiver = new RtpReceiver(transceiver);
  }

  get kind(): MediaKind {
    return this.#transceiver.kind;
  }

  get mid(): string | null {
    return this.#transceiver.mid;
  }

  get direction(): Direction {
    return this.#transceiver.direction;
  }

  /** Takes effect with the next negotiation. */
  set direction(direction: Direction) {
    this.#transceiver.direction = direction;
  }

  get currentDirection(): Direction | null {
    return this.#transceiver.currentDirection;
  }

  /** Ends it for good: the next offer refuses its section. */
  stop(): void {
    this.#transceiver.stop();
  }
}
