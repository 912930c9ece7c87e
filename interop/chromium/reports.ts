import type { MultipathStats } from '@hawser/node';
import type { FeedbackReport, StreamReport } from './hawser/media-echo.ts';
import type { ProbeReport } from './hawser/probe.ts';
import type { Side } from './side.ts';

/** One candidate pair of the page's `getStats()`. */
export interface PagePair {
  local: string;
  remote: string;
  state: string;
  nominated: boolean;
  writable: boolean;
  packetsSent: number;
  packetsReceived: number;
  bytesReceived: number;
  responsesReceived: number;
}

interface PageStream {
  packetsReceived: number;
  packetsLost: number;
  packetsDiscarded: number;
}

/** What the page's `stats` picks out of `getStats()`; the media parts are there once media flows. */
export interface PageStats {
  /** Milliseconds on the page's clock. */
  at: number;
  pairs: PagePair[];
  selectedPairChanges: number;
  transport: { packetsReceived: number; packetsSent: number };
  audio: PageStream;
  video: PageStream & { framesDecoded: number; nackCount: number; pliCount: number };
  audioOut: { packetsSent: number };
  videoOut: { packetsSent: number; framesEncoded: number };
}

/** What the Hawser side saw of the browser's media. */
export interface HawserMedia {
  streams: { audio: StreamReport; video: StreamReport };
  feedback: FeedbackReport;
}

export const pageStats = (browser: Side) => browser.peer<PageStats>('stats');
export const hawserMedia = (hawser: Side) => hawser.peer<HawserMedia>('media');
export const hawserStats = (hawser: Side) => hawser.peer<MultipathStats>('stats');
export const probeReport = (side: Side, label: string) => side.peer<ProbeReport>('probeReport', label);

/** Ends a numbered stream of both sides and waits until what is on its way has come. */
export async function settleProbe(browser: Side, hawser: Side, label: string): Promise<ProbeTotals> {
  await Promise.all([browser.peer('stopProbe', label), hawser.peer('stopProbe', label)]);
  let last = -1;
  for (let round = 0; round < 80; round++) {
    const [page, ours] = await Promise.all([probeReport(browser, label), probeReport(hawser, label)]);
    const lost = page.sent - ours.received + (ours.sent - page.received);
    // Something still comes as long as the number falls; and what waits for a timer comes within seconds.
    if (lost === 0 || (round >= 30 && lost === last)) {
      return { sent: page.sent + ours.sent, lost, duplicated: page.duplicated + ours.duplicated };
    }
    last = lost;
    await sleep(100);
  }
  throw new Error(`the probe ${label} never came to rest`);
}

/** A probe at its end, both directions together. */
export interface ProbeTotals {
  sent: number;
  lost: number;
  duplicated: number;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
