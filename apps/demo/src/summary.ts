import type { PathStats } from '@hawser/node';
import type { HalfReport } from './peer.ts';
import { TRANSFER_BYTES, type TransferReport } from './workload/transfer.ts';

/** A path as `demo --json` prints it. */
export interface PathRow {
  id: number;
  local: string;
  remote: string;
  egress: string | null;
  state: string;
  weight: number;
  rttMs: number;
  loss: number;
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  nominationsPrevented: number;
}

/** What `demo --json` prints: the offerer's view. */
export interface Summary {
  ok: boolean;
  seconds: number;
  paths: PathRow[];
  answerer: { paths: PathRow[] };
  messages: { sent: number; delivered: number; lost: number; duplicated: number; reordered: number };
  transfer: { bytes: number; ok: boolean };
  rtp: { sent: number; received: number; lost: number; duplicatesDropped: number };
  cut: { path: number; gapMs: number; messageGapMs: number };
  aggregateBps: number;
  /** Share of the sent bytes by path id. */
  shares: Record<string, number>;
}

/** What the offerer measured itself. */
export interface Measured {
  seconds: number;
  cutPath: number;
  sentTransfer: TransferReport & { seconds: number };
  /** Bytes sent by each path while the transfer ran. */
  transferBytes: ReadonlyMap<number, number>;
}

/** Puts both halves' reports together. Nothing reliable lost, nothing delivered twice: only then it is ok. */
export function summarise(offerer: HalfReport, answerer: HalfReport, measured: Measured): Summary {
  const messages = {
    sent: offerer.messages.sent + answerer.messages.sent,
    delivered: offerer.messages.delivered + answerer.messages.delivered,
    lost: 0,
    duplicated: offerer.messages.duplicated + answerer.messages.duplicated,
    reordered: offerer.messages.reordered + answerer.messages.reordered,
  };
  messages.lost = messages.sent - messages.delivered;
  const received = offerer.rtp.delivered + answerer.rtp.delivered;
  const sent = offerer.rtp.sent + answerer.rtp.sent;
  const { sentTransfer } = measured;
  const transfer = {
    bytes: answerer.transfer.bytes,
    ok: answerer.transfer.bytes === TRANSFER_BYTES && answerer.transfer.sha256 === sentTransfer.sha256,
  };
  const rtpDuplicated = offerer.rtp.duplicated + answerer.rtp.duplicated;
  const total = [...measured.transferBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    ok:
      messages.lost === 0 &&
      messages.duplicated === 0 &&
      messages.reordered === 0 &&
      rtpDuplicated === 0 &&
      transfer.ok,
    seconds: round(measured.seconds, 1),
    paths: offerer.stats.paths.map(row),
    answerer: { paths: answerer.stats.paths.map(row) },
    messages,
    transfer,
    rtp: {
      sent,
      received,
      lost: sent - received,
      duplicatesDropped: offerer.stats.counters.duplicates + answerer.stats.counters.duplicates,
    },
    cut: {
      path: measured.cutPath,
      gapMs: Math.max(offerer.rtp.gapMs, answerer.rtp.gapMs),
      messageGapMs: Math.max(offerer.messages.gapMs, answerer.messages.gapMs),
    },
    aggregateBps: Math.round((sentTransfer.bytes * 8) / sentTransfer.seconds),
    shares: Object.fromEntries([...measured.transferBytes].map(([path, bytes]) => [path, round(bytes / total, 3)])),
  };
}

function row(path: PathStats): PathRow {
  return {
    id: path.id,
    local: path.local,
    remote: path.remote,
    egress: path.egress ?? null,
    state: path.state,
    weight: round(path.weight, 2),
    rttMs: round(path.srttMs, 1),
    loss: round(path.loss, 4),
    packetsSent: path.packetsSent,
    packetsReceived: path.packetsReceived,
    bytesSent: path.bytesSent,
    bytesReceived: path.bytesReceived,
    nominationsPrevented: path.nominationsPrevented,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const { messages, rtp, transfer, cut } = summary;
  const shares = Object.entries(summary.shares).map(([path, share]) => `path ${path} ${(share * 100).toFixed(0)} %`);
  return [
    `messages   ${messages.sent} sent, ${messages.delivered} delivered, ${messages.lost} lost, ${messages.duplicated} duplicated, ${messages.reordered} out of order`,
    `transfer   ${(transfer.bytes / 1e6).toFixed(0)} MB, ${transfer.ok ? 'hash equal' : 'BROKEN'}, ${(summary.aggregateBps / 1e6).toFixed(0)} Mbit/s over all paths: ${shares.join(', ')}`,
    `media      ${rtp.sent} packets sent, ${rtp.received} received, ${rtp.lost} lost, ${rtp.duplicatesDropped} second copies dropped`,
    `the cut    path ${cut.path} went silent: ${cut.gapMs} ms without media, ${cut.messageGapMs} ms without messages, beyond their intervals`,
    summary.ok ? 'ok: nothing reliable was lost, nothing was delivered twice' : 'NOT OK',
  ].join('\n');
}
