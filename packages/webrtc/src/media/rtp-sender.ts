import { RtpReader, RtpWriter, writeAbsSendTime } from '@hawser/rtp';
import { type Instant, Verdict } from '@hawser/wire';
import { ABS_SEND_TIME_URI, MID_URI, TRANSPORT_CC_URI } from '../capabilities.ts';
import type { Transceiver } from './transceiver.ts';

/** Largest packet that is rewritten, header extensions included. */
const MAX_PACKET_BYTES = 65_535;

/**
 * Rewrites the application's RTP packets for the wire: our SSRC, the peer's payload type, and the header extensions that
 * were agreed. One writer serves all transceivers; nothing is allocated per packet.
 */
export class RtpSender {
  readonly bytes = new Uint8Array(MAX_PACKET_BYTES);
  readonly #reader = new RtpReader();
  readonly #writer = new RtpWriter();
  /** Wall time minus monotonic time, for abs-send-time. */
  readonly #unixOffsetMs: number;
  readonly #mids = new Map<string, Uint8Array>();

  constructor(now: Instant, unixMs: number) {
    this.#unixOffsetMs = unixMs - now;
  }

  /**
   * Writes the packet into `bytes` and answers its length; -1 when the input is no RTP packet or does not fit.
   *
   * Sequence number, timestamp, marker, CSRCs, payload and padding stay. A payload type that was agreed stays, and a
   * retransmission format goes out on the retransmission SSRC (RFC 4588 4); any other becomes the first agreed one.
   * Extension elements in one-byte form whose number we do not write ourselves stay.
   */
  rewrite(now: Instant, transceiver: Transceiver, bytes: Uint8Array, offset: number, length: number): number {
    const reader = this.#reader;
    if (reader.parse(bytes, offset, length) !== Verdict.consumed) return -1;
    const isRtx = isRtxPayloadType(transceiver, reader.payloadType);
    const payloadType = isRtx ? reader.payloadType : sendPayloadType(transceiver, reader.payloadType);
    // As a signed number: the same 32 bits on the wire, and never boxed on the way.
    const ssrc = isRtx && transceiver.rtxSsrc !== undefined ? transceiver.rtxSsrc | 0 : transceiver.ssrc | 0;
    const writer = this.#writer.header(
      this.bytes,
      0,
      this.bytes.length,
      payloadType,
      reader.marker,
      reader.sequence,
      reader.timestamp,
      ssrc,
    );
    for (let i = 0; i < reader.csrcCount; i++) writer.csrc(reader.csrc(i));
    this.#writeExtensions(now, transceiver, bytes);
    writer.payload(bytes, reader.payloadOffset, reader.payloadLength);
    if (reader.paddingBytes > 0) writer.padding(reader.paddingBytes);
    return writer.finish();
  }

  #writeExtensions(now: Instant, transceiver: Transceiver, bytes: Uint8Array): void {
    const writer = this.#writer;
    const ids = transceiver.headerExtensions;
    const midId = ids.get(MID_URI) ?? 0;
    const timeId = ids.get(ABS_SEND_TIME_URI) ?? 0;
    const transportId = ids.get(TRANSPORT_CC_URI) ?? 0;
    // Elements above 14 would need the two-byte form (RFC 8285 4.3); what we offer and accept lies below.
    if (isOneByte(midId)) writer.extension(midId, this.#midBytes(transceiver.mid ?? ''));
    if (isOneByte(timeId)) {
      const at = writer.reserveExtension(timeId, 3);
      // Whole milliseconds are not boxed on the way, and this is not yet the moment of departure anyway.
      if (at >= 0) writeAbsSendTime(this.bytes, at, Math.trunc(now + this.#unixOffsetMs) % 64_000);
    }
    // The session writes the number when the packet leaves; here is its place.
    if (isOneByte(transportId)) {
      const at = writer.reserveExtension(transportId, 2);
      if (at >= 0) this.bytes.fill(0, at, at + 2);
    }
    const reader = this.#reader;
    if (reader.extensionProfile !== ONE_BYTE_PROFILE) return;
    reader.rewindExtensions();
    while (reader.nextExtension()) {
      const id = reader.extensionId;
      if (id !== midId && id !== timeId && id !== transportId) {
        writer.extension(id, bytes, reader.extensionOffset, reader.extensionLength);
      }
    }
  }

  /** At most 16 octets: what one-byte elements hold, and far more than the mids we make. */
  #midBytes(mid: string): Uint8Array {
    let bytes = this.#mids.get(mid);
    if (bytes === undefined) {
      bytes = Uint8Array.from(mid.slice(0, 16), (c) => c.charCodeAt(0));
      this.#mids.set(mid, bytes);
    }
    return bytes;
  }
}

function sendPayloadType(transceiver: Transceiver, payloadType: number): number {
  const { sendCodecs } = transceiver;
  for (let i = 0; i < sendCodecs.length; i++) if (sendCodecs[i].payloadType === payloadType) return payloadType;
  return sendCodecs[0].payloadType;
}

function isRtxPayloadType(transceiver: Transceiver, payloadType: number): boolean {
  const { sendCodecs } = transceiver;
  for (let i = 0; i < sendCodecs.length; i++) if (sendCodecs[i].rtxPayloadType === payloadType) return true;
  return false;
}

function isOneByte(id: number): boolean {
  return id >= 1 && id <= 14;
}

const ONE_BYTE_PROFILE = 0xbede;
