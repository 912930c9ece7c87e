import type { Instant, Slot, Verdict } from '@hawser/wire';
import type { Failure } from './errors.ts';
import type { Handover } from './handshake/handover.ts';

/** Versions of DTLS: RFC 6347 and RFC 9147. */
export type DtlsVersion = '1.2' | '1.3';

/** Is told of the alerts that a protocol has read. `isAuthentic`: it came under the peer's keys. */
export interface AlertSink {
  handleAlert(now: Instant, isAuthentic: boolean, level: number, description: number): void;
}

/** Counters of a protocol, for `DtlsStats`. */
export interface ProtocolCounters {
  flightsSent: number;
  flightsRepeated: number;
  alertsSent: number;
  renegotiationsRefused: number;
  helloVerifyRequests: number;
  keyUpdatesSent: number;
  keyUpdatesReceived: number;
  acksSent: number;
  acksReceived: number;
}

/** {@link ProtocolCounters} at zero. */
export function noProtocolCounters(): ProtocolCounters {
  return {
    flightsSent: 0,
    flightsRepeated: 0,
    alertsSent: 0,
    renegotiationsRefused: 0,
    helloVerifyRequests: 0,
    keyUpdatesSent: 0,
    keyUpdatesReceived: 0,
    acksSent: 0,
    acksReceived: 0,
  };
}

/**
 * One version of DTLS as a connection drives it: its records, its handshake, its keys. `protocol12.ts` and `protocol13.ts`
 * are the two; what a peer's hello decides between them passes as a {@link Handover}.
 */
export interface Protocol {
  readonly version: DtlsVersion;
  readonly counters: ProtocolCounters;
  /** What is waited for, for error texts and traces. */
  readonly waitsFor: string;
  /** Whether a handshake is under way: a server's begins with the ClientHello that it follows. */
  readonly hasBegun: boolean;
  readonly isComplete: boolean;
  /** Whether what came shows that the peer gets what we send: a cookie, or a record under keys that take both sides' shares. */
  readonly isAddressProved: boolean;
  /** Whether the peer owes nothing more of the handshake: in DTLS 1.3 a client waits for one ACK. */
  readonly isSettled: boolean;
  /** Why the handshake or the connection cannot go on; set once. */
  readonly failure: Failure | undefined;
  /** Why it could not go on with what came in the clear, where anybody may have sent it; progress refutes it. */
  readonly doubt?: Failure | undefined;
  /** Set when the peer's hello asks for the other version: nothing goes on here, all of it goes there. */
  readonly handover: Handover | undefined;
  /** Messages of the peer that were whole and in turn: the sign that it is alive. */
  readonly messagesTaken: number;
  readonly reassemblyBytes: number;
  readonly srtpProfile: number | undefined;
  /** Name of the cipher suite; undefined before the hellos. */
  readonly cipherSuite: string | undefined;
  readonly remoteCertificate: Uint8Array | undefined;
  /** Bytes that `seal` adds before and behind a payload together. */
  readonly overheadBytes: number;
  /** Bytes of the connection id in the protected records that we receive. */
  readonly connectionIdLength: number;
  /** Whether there is something to be sent. */
  readonly isPending: boolean;

  start(now: Instant): void;
  /** Goes on with a handshake that the other version began. */
  adopt(now: Instant, handover: Handover): void;
  /** A whole record of any kind, but application data in the clear of DTLS 1.2. `bytes` are borrowed. */
  handleRecord(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict;
  /** One of `TIMER` that is the handshake's own is due. */
  handleTimer(now: Instant, timer: number): void;
  /** Acts on what `open` found that was not application data. */
  handleInbox(now: Instant): void;
  /** Writes what is to be sent into one datagram of at most `capacity` bytes at `at`. @returns bytes written */
  write(now: Instant, buffer: Uint8Array, at: number, capacity: number): number;
  seal(slot: Slot): Verdict;
  open(slot: Slot): Verdict;
  sendAlert(level: number, description: number): void;
  /** See `DtlsConnection.updateKeys`. */
  updateKeys(): boolean;
  /** See `DtlsConnection.requestConnectionIds`. */
  requestConnectionIds(count: number): boolean;
  /** See `DtlsConnection.changeConnectionId`. */
  changeConnectionId(): boolean;
  /** Nothing more of the handshake is sent; alerts still are. */
  abandonHandshake(): void;
  /** Forgets everything unfinished and all secrets. */
  stop(): void;
  /** Undefined before there is a secret. */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, lengthBytes: number): Uint8Array | undefined;
}
