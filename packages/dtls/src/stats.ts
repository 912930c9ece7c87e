import { Verdict, type VerdictName } from '@hawser/wire';

/** Counters of a {@link DtlsConnection} since it was made. */
export interface DtlsStats {
  /** Records of application data that `seal` made. */
  recordsSealed: number;
  /** Records of application data that `open` delivered. */
  recordsOpened: number;
  /** Datagrams that `pollTransmit` gave out. */
  datagramsSent: number;
  /** Flights sent for the first time. */
  flightsSent: number;
  /** Flights sent again, whole or in part: by timeout, because the peer repeated itself, or asked for by its ACK. */
  flightsRepeated: number;
  /** Alerts sent. */
  alertsSent: number;
  /** Alerts received, believed or not. */
  alertsReceived: number;
  /** Attempts of the peer to renegotiate, all refused. */
  renegotiationsRefused: number;
  /** Requests for a second hello (HelloVerifyRequest, HelloRetryRequest) sent by a server, received by a client. */
  helloVerifyRequests: number;
  /** KeyUpdates of DTLS 1.3 that were sent and acknowledged, and received. */
  keyUpdatesSent: number;
  keyUpdatesReceived: number;
  /** ACK records of DTLS 1.3. */
  acksSent: number;
  acksReceived: number;
  /** Bytes held for messages that are not whole yet. */
  reassemblyBytes: number;
  /** Calls with a `now` earlier than one before. */
  clockSteppedBack: number;
  /** Records by what became of them: those `handleDatagram` walked and those `open` was given. */
  verdicts: Record<VerdictName, number>;
}

/** Counts verdicts without allocating. */
export class VerdictCounts {
  /** Indexed by verdict - LOWEST. */
  readonly #counts = new Float64Array(NAMES.length);

  count(verdict: Verdict): void {
    this.#counts[verdict - LOWEST]++;
  }

  copyInto(out: Record<VerdictName, number>): void {
    for (let i = 0; i < NAMES.length; i++) out[NAMES[i]] = this.#counts[i];
  }
}

const LOWEST = Math.min(...Object.values(Verdict));
const NAMES: readonly VerdictName[] = Object.entries(Verdict)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => name as VerdictName);
