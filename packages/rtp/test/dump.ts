import { hexText, utf8Text, Verdict } from '@hawser/wire';
import {
  createReportBlock,
  FeedbackReader,
  FullIntraRequestReader,
  GoodbyeReader,
  NackReader,
  RembReader,
  ReportReader,
  type RtcpReader,
  SourceDescriptionReader,
  TransportFeedbackReader,
} from '../src/index.ts';

const report = new ReportReader();
const sdes = new SourceDescriptionReader();
const goodbye = new GoodbyeReader();
const nack = new NackReader();
const fir = new FullIntraRequestReader();
const remb = new RembReader();
const twcc = new TransportFeedbackReader();
const feedback = new FeedbackReader();

/** The packet that `packet` stands on as one plain object; a verdict when its reader refuses it; undefined when none reads it. */
export function dump(packet: RtcpReader): Record<string, unknown> | Verdict | undefined {
  for (const read of [dumpReport, dumpSdes, dumpGoodbye, dumpNack, dumpFir, dumpRemb, dumpTwcc, dumpPli]) {
    const result = read(packet);
    if (result !== Verdict.notMine) return result;
  }
  return undefined;
}

function dumpReport(packet: RtcpReader) {
  const verdict = report.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const reports = Array.from({ length: report.reportCount }, (_, i) => {
    const block = createReportBlock();
    report.report(i, block);
    return {
      ssrc: block.ssrc,
      fractionLost: block.fractionLost,
      totalLost: block.cumulativeLost,
      highestSeq: block.highestSequence,
      jitter: block.jitter,
      lsr: block.lastSr,
      dlsr: block.delaySinceLastSr,
    };
  });
  if (!report.isSender) return { type: 'RR', ssrc: report.ssrc, reports };
  return {
    type: 'SR',
    ssrc: report.ssrc,
    ntpMsw: report.ntpSeconds,
    ntpLsw: report.ntpFraction,
    rtpTs: report.rtpTimestamp,
    packets: report.packetCount,
    octets: report.octetCount,
    reports,
  };
}

function dumpSdes(packet: RtcpReader) {
  const verdict = sdes.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const items: { ssrc: number; type: number; text: string }[] = [];
  while (sdes.next()) {
    const text = utf8Text(packet.bytes, sdes.textOffset, sdes.textLength);
    items.push({ ssrc: sdes.ssrc, type: sdes.itemType, text });
  }
  return { type: 'SDES', items };
}

function dumpGoodbye(packet: RtcpReader) {
  const verdict = goodbye.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const ssrcs = Array.from({ length: goodbye.ssrcCount }, (_, i) => goodbye.ssrc(i));
  const reason = utf8Text(packet.bytes, goodbye.reasonOffset, goodbye.reasonLength);
  return { type: 'BYE', ssrcs, ...(goodbye.reasonLength > 0 ? { reason } : {}) };
}

function dumpNack(packet: RtcpReader) {
  const verdict = nack.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const lost: number[] = [];
  while (nack.next()) lost.push(nack.sequence);
  return { type: 'NACK', senderSsrc: nack.senderSsrc, mediaSsrc: nack.mediaSsrc, lost };
}

function dumpFir(packet: RtcpReader) {
  const verdict = fir.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const entries = Array.from({ length: fir.requestCount }, (_, i) => ({ ssrc: fir.ssrc(i), seqNr: fir.sequence(i) }));
  return { type: 'FIR', senderSsrc: fir.senderSsrc, entries };
}

function dumpRemb(packet: RtcpReader) {
  const verdict = remb.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const ssrcs = Array.from({ length: remb.ssrcCount }, (_, i) => remb.ssrc(i));
  return { type: 'REMB', senderSsrc: remb.senderSsrc, bitrateBps: remb.bitrateBps, ssrcs };
}

function dumpTwcc(packet: RtcpReader) {
  const verdict = twcc.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const received: { seq: number; deltaUs: number; arrivalUs: number }[] = [];
  const arrivals: boolean[] = [];
  while (twcc.next()) {
    arrivals.push(twcc.received);
    if (twcc.hasDelta) received.push({ seq: twcc.sequence, deltaUs: twcc.deltaUs, arrivalUs: twcc.arrivalUs });
  }
  return {
    type: 'TWCC',
    senderSsrc: twcc.senderSsrc,
    mediaSsrc: twcc.mediaSsrc,
    baseSeq: twcc.baseSequence,
    statusCount: twcc.statusCount,
    referenceTime: twcc.referenceTime,
    fbPktCount: twcc.feedbackCount,
    arrivals,
    received,
  };
}

function dumpPli(packet: RtcpReader) {
  if (packet.type !== 206 || packet.count !== 1) return Verdict.notMine;
  const verdict = feedback.parse(packet);
  if (verdict !== Verdict.consumed) return verdict;
  const fci = hexText(packet.bytes, feedback.fciOffset, feedback.fciLength);
  return { type: 'PLI', senderSsrc: feedback.senderSsrc, mediaSsrc: feedback.mediaSsrc, ...(fci ? { fci } : {}) };
}
