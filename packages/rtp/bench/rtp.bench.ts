import type { Bench } from '@hawser/bench';
import { Verdict, Writer } from '@hawser/wire';
import {
  RtcpReader,
  RtpReader,
  RtpWriter,
  TransportFeedbackCollector,
  TransportFeedbackSender,
  writeTransportSequence,
} from '../src/index.ts';

const packet = new Uint8Array(200);
const rtpWriter = new RtpWriter();
const rtpReader = new RtpReader();

/** One operation = one packet of 160 bytes of payload with a transport-wide sequence number, header written and read. */
function writeAndRead(iterations: number): void {
  for (let i = 0; i < iterations; i++) {
    rtpWriter.header(packet, 0, packet.length, 111, false, i & 0xffff, i, 0xcafebabe);
    writeTransportSequence(packet, rtpWriter.reserveExtension(5, 2), i);
    rtpWriter.reservePayload(160);
    if (rtpReader.parse(packet, 0, rtpWriter.finish()) !== Verdict.consumed) throw new Error('not read');
    if (rtpReader.findExtension(5) < 0) throw new Error('no extension');
  }
}

/** One operation = one packet sent, arrived and reported; a report is of 50 packets. */
function feedbackLoop(): (iterations: number) => void {
  const sender = new TransportFeedbackSender();
  const collector = new TransportFeedbackCollector();
  const writer = new Writer();
  const rtcp = new RtcpReader();
  const buffer = new Uint8Array(1200);
  let now = 0;
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      now++;
      collector.handlePacket(now, sender.handleSent(now, 1, 1200));
      if (collector.pending < 50) continue;
      collector.writeFeedback(writer.reset(buffer, 0, buffer.length), 1, 2);
      rtcp.reset(buffer, 0, writer.finish());
      rtcp.next();
      if (sender.handleFeedback(now, rtcp) !== Verdict.consumed) throw new Error('not taken');
    }
  };
}

export const benches: Bench[] = [
  {
    name: 'rtp',
    cases: [
      {
        name: 'write and read an RTP header with an extension',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: writeAndRead,
        allocation: { atMost: 0 },
      },
      {
        name: 'transport-wide feedback, both sides, per packet',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: feedbackLoop(),
        allocation: { atMost: 0 },
      },
    ],
  },
];
