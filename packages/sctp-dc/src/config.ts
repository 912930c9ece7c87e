import type { PathChooser, PathFeedback, WindowControllerFactory } from '@hawser/wire';
import { type CookieMac, hmacSha256 } from './crypto.ts';
import { SctpError } from './errors.ts';
import { newReno } from './tx/new-reno.ts';
import type { SchedulerName } from './tx/scheduler.ts';

/** Bounds of the retransmission timeout (RFC 9260 6.3.1). */
export interface RtoConfig {
  /** Before the first sample. Default 500 ms: ICE and DTLS have crossed the path by then, so RFC 9260's 1 s is slow. */
  initialMs?: number;
  /** Least. Default 120 ms; RFC 9260 16 says 1 s, which is 20 round trips of a call. */
  minMs?: number;
  /** Most, with back-off. Default 60 s (RFC 9260 16). */
  maxMs?: number;
  /**
   * Least value of the term 4 * RTTVAR. Default `sackDelayMs` + 20: a peer holds a SACK as long as we do, and a timer
   * that fires during that wait finds no loss.
   */
  varianceFloorMs?: number;
}

/** Configuration of an {@link SctpAssociation}. Every field but `dtlsRole` is optional. */
export interface SctpConfig {
  /** Decides which stream ids are ours to choose: client even, server odd (RFC 8832 6). */
  dtlsRole: 'client' | 'server';
  /** SCTP port, 1 to 65 535; default 5000 (RFC 8841). */
  localPort?: number;
  remotePort?: number;
  /**
   * Largest SCTP packet, common header of 12 included, 512 to 65 535 bytes. Default 1 163: UDP payload 1 200 minus 37 of
   * DTLS 1.2 AES-GCM (13 record header, 8 nonce, 16 tag).
   */
  mtuBytes?: number;
  /**
   * What larger SCTP packets are probed for, path by path, `mtuBytes` to 65 535 bytes (RFC 8899). Slots must have room for
   * it. Default `mtuBytes`: no probing. Inside DTLS over UDP on Ethernet it would be 1 500 - 48 - 37 = 1 415 over IPv6.
   */
  maxMtuBytes?: number;
  /**
   * What below us detects damaged packets at least as well as CRC-32C: `dtls`, or nothing (default). With `dtls` zero checksums
   * are accepted, and sent to a peer that accepts them, too (RFC 9653 8). Only for packets that do travel inside DTLS.
   */
  lowerLayerChecksums?: 'dtls';
  /**
   * Offer I-DATA (RFC 8260): a long message does not hold up other channels. Used when the peer offers it, too; browsers do
   * not by default. Default true.
   */
  interleaving?: boolean;
  /** Whose turn it is to send. Default `weighted`, by the channels' priorities (RFC 8831 6.4, RFC 8260 3.6). */
  scheduler?: SchedulerName;
  /** Largest message we accept; default 262 144, 0 = no limit. A longer one ends the association (RFC 8841 6). */
  maxMessageSizeBytes?: number;
  /**
   * What is gathered of one message, at most; a longer one is read in parts while it arrives (RFC 9260 6.9). Default
   * `maxMessageSizeBytes`, or 262 144 where that is 0.
   */
  messageBufferBytes?: number;
  /** Largest message the peer accepts (its `a=max-message-size`); 0 = no limit. Default 65 536 (RFC 8841 6.1). */
  remoteMaxMessageSizeBytes?: number;
  /** Streams announced each way, 1 to 65 535; default 65 535 (RFC 8831 6.2). */
  streams?: number;
  /** Streams that there may be each way after some were added (RFC 6525 5.2.5), `streams` to 65 535; default 65 535. */
  maxStreams?: number;
  /** Channels alive at once, whoever opened them; default 1 024. */
  maxChannels?: number;
  /** Bytes of messages held until acknowledged; default 16 MiB. */
  sendQueueLimitBytes?: number;
  /** Receive buffer announced as a_rwnd at first; at least `messageBufferBytes`. Default 4 MiB. */
  receiveWindowBytes?: number;
  /**
   * What the receive buffer may grow to, to four times bandwidth × delay. Default 32 MiB, 1 Gbit/s at 64 ms, or
   * `receiveWindowBytes` when only that is given: then it is fixed.
   */
  maxReceiveWindowBytes?: number;
  /** Chooses the path of every packet. Default: the first active path with room. */
  chooser?: PathChooser;
  /** Makes the congestion controller of a path. Default NewReno (RFC 9260 7.2). */
  windowController?: WindowControllerFactory;
  /** Is told the fate of packets, path by path. */
  feedback?: PathFeedback;
  rto?: RtoConfig;
  /** Longest time a SACK is held, 0 to 500 ms; default 200 (RFC 9260 16). Our own peers use 20. */
  sackDelayMs?: number;
  /**
   * Whether the peer finds losses by counting SACKs, with nothing but T3-rtx besides (RFC 9260 7.2.4), as all stacks but ours:
   * packets that are read in one go are then answered as if they had come one by one. Default true.
   */
  peerCountsSacks?: boolean;
  /** Consecutive retransmissions, for each active path, until the peer counts as gone; default 10 (RFC 9260 8.1). */
  maxRetransmissions?: number;
  /** Repetitions of INIT and of COOKIE ECHO; default 8 (RFC 9260 16). */
  maxInitRetransmissions?: number;
  /** Interval of HEARTBEATs on an idle path; 0 = none. Default 30 s (RFC 9260 16). */
  heartbeatIntervalMs?: number;
  /** Life of a State Cookie; default 60 s (RFC 9260 16). */
  cookieLifeMs?: number;
  /** Authenticates State Cookies; default HMAC-SHA-256. */
  cookieMac?: CookieMac;
}

/** A validated {@link SctpConfig}: nothing optional. */
export interface Settings {
  readonly dtlsRole: 'client' | 'server';
  readonly localPort: number;
  readonly remotePort: number;
  readonly mtuBytes: number;
  readonly maxMtuBytes: number;
  readonly lowerLayerChecksums: 'dtls' | undefined;
  readonly interleaving: boolean;
  readonly scheduler: SchedulerName;
  readonly maxMessageSizeBytes: number;
  readonly messageBufferBytes: number;
  readonly remoteMaxMessageSizeBytes: number;
  readonly streams: number;
  readonly maxStreams: number;
  readonly maxChannels: number;
  readonly sendQueueLimitBytes: number;
  readonly receiveWindowBytes: number;
  readonly maxReceiveWindowBytes: number;
  readonly chooser: PathChooser | undefined;
  readonly windowController: WindowControllerFactory;
  readonly feedback: PathFeedback | undefined;
  readonly rto: Required<RtoConfig>;
  readonly sackDelayMs: number;
  readonly peerCountsSacks: boolean;
  readonly maxRetransmissions: number;
  readonly maxInitRetransmissions: number;
  readonly heartbeatIntervalMs: number;
  readonly cookieLifeMs: number;
  readonly cookieMac: CookieMac;
}

/** Fills in defaults and checks every range. Errors: `bad-config`. */
export function settingsOf(config: SctpConfig): Settings {
  if (config.dtlsRole !== 'client' && config.dtlsRole !== 'server') {
    throw new SctpError('bad-config', 'dtlsRole must be client or server');
  }
  const sackDelayMs = within('sackDelayMs', config.sackDelayMs ?? 200, 0, 500);
  const maxMessageSizeBytes = within('maxMessageSizeBytes', config.maxMessageSizeBytes ?? DEFAULT_MESSAGE, 0, 2 ** 53);
  const messageBufferBytes = within(
    'messageBufferBytes',
    config.messageBufferBytes ?? (maxMessageSizeBytes || DEFAULT_MESSAGE),
    1,
    MAX_BUFFER,
  );
  const streams = within('streams', config.streams ?? 0xffff, 1, 0xffff);
  const mtuBytes = within('mtuBytes', config.mtuBytes ?? 1163, 512, 0xffff);
  const receiveWindowBytes = within(
    'receiveWindowBytes',
    config.receiveWindowBytes ?? Math.max(4 * MIB, 2 * messageBufferBytes),
    Math.max(messageBufferBytes, LEAST_WINDOW),
    MAX_BUFFER,
  );
  const initialMs = within('rto.initialMs', config.rto?.initialMs ?? 500, 1, 60_000);
  const minMs = within('rto.minMs', config.rto?.minMs ?? 120, 1, 60_000);
  return {
    dtlsRole: config.dtlsRole,
    localPort: within('localPort', config.localPort ?? 5000, 1, 0xffff),
    remotePort: within('remotePort', config.remotePort ?? 5000, 1, 0xffff),
    mtuBytes,
    maxMtuBytes: within('maxMtuBytes', config.maxMtuBytes ?? mtuBytes, mtuBytes, 0xffff),
    lowerLayerChecksums: config.lowerLayerChecksums,
    interleaving: config.interleaving ?? true,
    scheduler: config.scheduler ?? 'weighted',
    maxMessageSizeBytes,
    messageBufferBytes,
    remoteMaxMessageSizeBytes: within(
      'remoteMaxMessageSizeBytes',
      config.remoteMaxMessageSizeBytes ?? 65_536,
      0,
      2 ** 53,
    ),
    streams,
    maxStreams: within('maxStreams', config.maxStreams ?? 0xffff, streams, 0xffff),
    maxChannels: within('maxChannels', config.maxChannels ?? 1024, 1, 0xffff),
    sendQueueLimitBytes: within('sendQueueLimitBytes', config.sendQueueLimitBytes ?? 16 * MIB, 1, MAX_BUFFER),
    receiveWindowBytes,
    maxReceiveWindowBytes: within(
      'maxReceiveWindowBytes',
      config.maxReceiveWindowBytes ?? config.receiveWindowBytes ?? Math.max(32 * MIB, receiveWindowBytes),
      receiveWindowBytes,
      MAX_BUFFER,
    ),
    chooser: config.chooser,
    windowController: config.windowController ?? newReno,
    feedback: config.feedback,
    rto: {
      initialMs,
      minMs,
      maxMs: within('rto.maxMs', config.rto?.maxMs ?? 60_000, Math.max(initialMs, minMs), 3_600_000),
      varianceFloorMs: within('rto.varianceFloorMs', config.rto?.varianceFloorMs ?? sackDelayMs + 20, 0, 60_000),
    },
    sackDelayMs,
    peerCountsSacks: config.peerCountsSacks ?? true,
    maxRetransmissions: within('maxRetransmissions', config.maxRetransmissions ?? 10, 0, 1000),
    maxInitRetransmissions: within('maxInitRetransmissions', config.maxInitRetransmissions ?? 8, 0, 1000),
    heartbeatIntervalMs: within('heartbeatIntervalMs', config.heartbeatIntervalMs ?? 30_000, 0, 3_600_000),
    cookieLifeMs: within('cookieLifeMs', config.cookieLifeMs ?? 60_000, 1, 3_600_000),
    cookieMac: config.cookieMac ?? hmacSha256,
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) {
    throw new SctpError('bad-config', `${name} must be from ${least} to ${most}`);
  }
  return value;
}

const DEFAULT_MESSAGE = 262_144;
const MIB = 1024 * 1024;
const MAX_BUFFER = 1024 * MIB;
/** RFC 9260 3.3.2: an a_rwnd below 1 500 ends the association. */
const LEAST_WINDOW = 1500;
