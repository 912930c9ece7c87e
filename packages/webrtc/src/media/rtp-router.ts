import { RtcpReader, RtcpType, RtpReader, SourceDescriptionReader } from '@hawser/rtp';
import { Verdict } from '@hawser/wire';
import { MID_URI } from '../capabilities.ts';
import type { Transceiver } from './transceiver.ts';

/** Sources learnt from packets and kept; the oldest goes first. */
const MAX_LEARNT_SOURCES = 1024;
/** SDES item type of a mid, RFC 8843 15.1 (IANA: 15). */
const SDES_MID = 15;

/**
 * Finds the transceiver of an incoming packet in a bundle (RFC 8843 9.2): by the mid header extension, then by source, then
 * by a payload type that only one section has. Allocates nothing per packet.
 */
export class RtpRouter {
  readonly rtp = new RtpReader();
  readonly #rtcp = new RtcpReader();
  readonly #sdes = new SourceDescriptionReader();
  #targets: Target[] = [];
  #midId = 0;
  /** Keyed by the SSRC as a signed number: larger ones would be boxed in every look-up. */
  readonly #bySource = new Map<number, Target>();
  readonly #byPayloadType: (Target | undefined)[] = new Array(128).fill(undefined);

  /** Sources in the table, learnt and described. */
  get sources(): number {
    return this.#bySource.size;
  }

  /** Builds the tables anew from transceivers with a section; sources already learnt for one of them are kept. */
  rebuild(transceivers: readonly Transceiver[]): void {
    const before = new Map(this.#bySource);
    this.#targets = transceivers.filter((t) => t.mid !== null && t.state !== 'stopped').map((t) => new Target(t));
    this.#bySource.clear();
    for (const [ssrc, target] of before) {
      const now = this.#targets.find(({ transceiver }) => transceiver === target.transceiver);
      if (now !== undefined) this.#bySource.set(ssrc, now);
    }
    this.#byPayloadType.fill(undefined);
    const ambiguous = new Set<number>();
    this.#midId = 0;
    for (const target of this.#targets) {
      this.#midId ||= target.transceiver.headerExtensions.get(MID_URI) ?? 0;
      for (const ssrc of target.transceiver.remoteSsrcs) this.#learn(ssrc | 0, target);
      for (const payloadType of target.payloadTypes) {
        if (this.#byPayloadType[payloadType] !== undefined) ambiguous.add(payloadType);
        this.#byPayloadType[payloadType] = target;
      }
    }
    for (const payloadType of ambiguous) this.#byPayloadType[payloadType] = undefined;
  }

  /**
   * The transceiver of an RTP packet, or undefined when it belongs to none; `malformed` when it is no RTP packet. After
   * the call `rtp` describes the packet.
   */
  routeRtp(bytes: Uint8Array, offset: number, length: number): Transceiver | 'malformed' | undefined {
    const { rtp } = this;
    if (rtp.parse(bytes, offset, length) !== Verdict.consumed) return 'malformed';
    const at = this.#midId === 0 ? -1 : rtp.findExtension(this.#midId);
    const source = rtp.ssrc | 0;
    let target = this.#bySource.get(source);
    if (at >= 0) {
      // A mid moves a source (RFC 8843 9.2). One that names no section discards the packet.
      if (target === undefined || !target.isMid(bytes, at, rtp.extensionLength)) {
        target = this.#targetOfMid(bytes, at, rtp.extensionLength);
        if (target === undefined) return undefined;
        this.#learn(source, target);
      }
    } else if (target === undefined) {
      target = this.#byPayloadType[rtp.payloadType];
      if (target === undefined) return undefined;
      this.#learn(source, target);
    }
    // RFC 8843 9.2: a source that uses a payload type its section does not have is not decoded.
    return target.hasPayloadType[rtp.payloadType] === 1 ? target.transceiver : undefined;
  }

  /**
   * Puts every transceiver that a compound RTCP packet concerns into `into`, each once: by the source that sends it, and by
   * ours that it reports on or asks something of (RFC 8843 9.2). SDES items that bind a source to a mid are taken in.
   */
  routeRtcp(bytes: Uint8Array, offset: number, length: number, into: Transceiver[]): Verdict {
    into.length = 0;
    const rtcp = this.#rtcp;
    // Source descriptions first: a compound may announce the source that its own report comes from.
    const verdict = rtcp.reset(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    while (rtcp.next()) if (rtcp.type === RtcpType.sourceDescription) this.#takeDescription(into);
    rtcp.reset(bytes, offset, length);
    while (rtcp.next()) this.#routePacket(bytes, rtcp, into);
    return Verdict.consumed;
  }

  #routePacket(bytes: Uint8Array, rtcp: RtcpReader, into: Transceiver[]): void {
    const { offset, length, type, count } = rtcp;
    if (length < 8) return;
    switch (type) {
      case RtcpType.senderReport:
      case RtcpType.receiverReport: {
        if (type === RtcpType.senderReport) this.#addIncoming(readU32(bytes, offset + 4), into);
        const blocks = offset + (type === RtcpType.senderReport ? 28 : 8);
        for (let i = 0; i < count && blocks + 24 * i + 24 <= offset + length; i++) {
          this.#addOutgoing(readU32(bytes, blocks + 24 * i), into);
        }
        return;
      }
      case RtcpType.goodbye:
        for (let i = 0; i < count && 8 + 4 * i <= length; i++)
          this.#addIncoming(readU32(bytes, offset + 4 + 4 * i), into);
        return;
      case RtcpType.transportFeedback:
      case RtcpType.payloadFeedback: {
        if (length < 12) return;
        this.#addOutgoing(readU32(bytes, offset + 8), into);
        // FIR names its targets in the FCI, eight octets each (RFC 5104 4.3.1.1).
        if (type !== RtcpType.payloadFeedback || count !== FIR) return;
        for (let at = offset + 12; at + 8 <= offset + length; at += 8) this.#addOutgoing(readU32(bytes, at), into);
        return;
      }
      default:
    }
  }

  #takeDescription(into: Transceiver[]): void {
    const sdes = this.#sdes;
    if (sdes.parse(this.#rtcp) !== Verdict.consumed) return;
    while (sdes.next()) {
      if (sdes.itemType === SDES_MID) {
        const target = this.#targetOfMid(this.#rtcp.bytes, sdes.textOffset, sdes.textLength);
        if (target !== undefined) this.#learn(sdes.ssrc | 0, target);
      }
      this.#addIncoming(sdes.ssrc, into);
    }
  }

  #addIncoming(ssrc: number, into: Transceiver[]): void {
    const target = this.#bySource.get(ssrc | 0);
    if (target !== undefined && !into.includes(target.transceiver)) into.push(target.transceiver);
  }

  #addOutgoing(ssrc: number, into: Transceiver[]): void {
    for (const { transceiver } of this.#targets) {
      const isOurs = transceiver.ssrc === ssrc || transceiver.rtxSsrc === ssrc;
      if (isOurs && !into.includes(transceiver)) into.push(transceiver);
    }
  }

  #targetOfMid(bytes: Uint8Array, at: number, length: number): Target | undefined {
    for (const target of this.#targets) if (target.isMid(bytes, at, length)) return target;
    return undefined;
  }

  /** `source`: the SSRC as a signed number. */
  #learn(source: number, target: Target): void {
    const map = this.#bySource;
    if (!map.has(source) && map.size >= MAX_LEARNT_SOURCES) {
      for (const oldest of map.keys()) {
        map.delete(oldest);
        break;
      }
    }
    map.set(source, target);
  }
}

/** A transceiver with its mid as octets and its payload types as a table. */
class Target {
  readonly transceiver: Transceiver;
  readonly payloadTypes: number[] = [];
  readonly hasPayloadType = new Uint8Array(128);
  readonly #mid: Uint8Array;

  constructor(transceiver: Transceiver) {
    this.transceiver = transceiver;
    // A mid is a token: ASCII.
    this.#mid = Uint8Array.from(transceiver.mid ?? '', (c) => c.charCodeAt(0));
    for (const { payloadType, rtxPayloadType } of transceiver.receiveCodecs) {
      this.payloadTypes.push(payloadType);
      if (rtxPayloadType !== undefined) this.payloadTypes.push(rtxPayloadType);
    }
    for (const payloadType of this.payloadTypes) this.hasPayloadType[payloadType] = 1;
  }

  isMid(bytes: Uint8Array, at: number, length: number): boolean {
    const mid = this.#mid;
    if (mid.length !== length) return false;
    for (let i = 0; i < length; i++) if (mid[i] !== bytes[at + i]) return false;
    return true;
  }
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

const FIR = 4;
