export { isRtcp, isRtp } from './demux.ts';
export { RtpError, type RtpErrorCode } from './errors.ts';
export {
  overwriteExtension,
  readAbsSendTime,
  readAudioLevel,
  readTransportSequence,
  readVoiceActivity,
  writeAbsSendTime,
  writeAudioLevel,
  writeTransportSequence,
} from './extension-values.ts';
export { ntpFraction, ntpMiddle, ntpSeconds, ntpShortSpan, roundTripMs } from './ntp.ts';
export { FeedbackReader, writePli } from './rtcp/feedback.ts';
export { FullIntraRequestReader, writeFullIntraRequest } from './rtcp/full-intra-request.ts';
export { GoodbyeReader, writeGoodbye } from './rtcp/goodbye.ts';
export { NackReader, writeNack } from './rtcp/nack.ts';
export { RembReader, writeRemb } from './rtcp/remb.ts';
export { ReportReader, type SenderInfo, writeReceiverReport, writeSenderReport } from './rtcp/report.ts';
export { createReportBlock, type ReportBlock } from './rtcp/report-block.ts';
export { RtcpReader } from './rtcp/rtcp-reader.ts';
export { PayloadFeedbackFormat, RtcpType, TransportFeedbackFormat } from './rtcp/rtcp-type.ts';
export { SDES_CNAME, SourceDescriptionReader, writeCname } from './rtcp/source-description.ts';
export { RtpReader } from './rtp-reader.ts';
export { RtpWriter } from './rtp-writer.ts';
export { type NackCounters, NackGenerator, type NackGeneratorConfig } from './statistics/nack-generator.ts';
export { fractionLost, ReceiverStatistics, type ReceiverStatisticsConfig } from './statistics/receiver-statistics.ts';
export {
  type CollectorConfig,
  type CollectorCounters,
  TransportFeedbackCollector,
} from './transport-cc/collector.ts';
export { TransportFeedbackBuilder } from './transport-cc/feedback-builder.ts';
export { TransportFeedbackReader } from './transport-cc/feedback-reader.ts';
export {
  type PacketFates,
  TransportFeedbackSender,
  type TransportSenderConfig,
  type TransportSenderCounters,
} from './transport-cc/sender.ts';
