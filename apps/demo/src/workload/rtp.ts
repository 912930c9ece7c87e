import type { RtpTransceiver } from '@hawser/node';
import { ArrivalLog, type ArrivalReport } from './arrivals.ts';

/** 50 packets a second, as audio has. */
export const RTP_INTERVAL_MS = 20;
const PAYLOAD_BYTES = 160;
const SAMPLES_PER_PACKET = 960;

/** An RTP stream of 50 packets a second with 160 bytes each, and a log of that of the other side. */
export class RtpFlow {
  readonly arrivals = new ArrivalLog(RTP_INTERVAL_MS);
  readonly #transceiver: RtpTransceiver;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;

  constructor(transceiver: RtpTransceiver) {
    this.#transceiver = transceiver;
    transceiver.receiver.onrtp = ({ bytes, offset, length }) => {
      // The timestamp numbers the packets too, and wraps after a day rather than 21 minutes.
      const timestamp = new DataView(bytes.buffer, bytes.byteOffset + offset, length).getUint32(4);
      this.arrivals.add(performance.now(), timestamp / SAMPLES_PER_PACKET);
    };
  }

  start(): void {
    const packet = new Uint8Array(12 + PAYLOAD_BYTES);
    const header = new DataView(packet.buffer);
    packet[0] = 0x80;
    packet[1] = this.#transceiver.sender.codecs[0]?.payloadType ?? 0;
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      // As many as the clock asks for: a late timer does not thin the stream.
      while (this.#sent * RTP_INTERVAL_MS <= performance.now() - startedAt) {
        header.setUint16(2, this.#sent);
        header.setUint32(4, this.#sent * SAMPLES_PER_PACKET);
        if (this.#transceiver.sender.send(packet) !== 0) return;
        this.#sent++;
      }
    }, RTP_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  report(): ArrivalReport & { sent: number } {
    return { sent: this.#sent, ...this.arrivals.report() };
  }
}
