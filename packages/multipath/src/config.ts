import type { DtlsCertificate, DtlsCrypto } from '@hawser/dtls';
import type { IceConfig } from '@hawser/ice-multipath';
import type { SctpConfig } from '@hawser/sctp-dc';
import type { FlowTable, PacketClass } from '@hawser/wire';
import { MultipathError } from './errors.ts';

/** How packets are given to paths: by weight, or the same ciphertext twice. */
export type SchedulerName = 'dwrr' | 'redundant';

/** The multipath settings of a session; all but `preventNomination` can be changed while it runs, by `enableMultipath`. */
export interface MultipathConfig {
  /**
   * Use every active path, and steer a browser's sending away from one that dies. Off: the best path carries everything,
   * the others stand by, and the browser sends where it will. Default true.
   */
  enabled: boolean;
  /**
   * Never let ICE nominate away what works: nomination mode `auto`. Off: `regular`, as RFC 8445 has it. Default true; for
   * the whole life of the session.
   */
  preventNomination: boolean;
  /** Milliseconds between two updates of the weights, 10 to 10 000. Default 100. */
  weightUpdateInterval: number;
  /** Weight of a path not yet measured. Default 1. */
  initialWeight: number;
  /** Least weight, above 0. Default 0.1. */
  minWeight: number;
  /** Greatest weight. Default 10. */
  maxWeight: number;
  /** Default `dwrr`. */
  scheduler: SchedulerName;
  /** Classes of packets of which a second copy leaves by another active path, whatever the scheduler. Default none. */
  duplicateClasses: readonly PacketClass[];
  /** Milliseconds after which a copy that could not leave is dropped. Default 20. */
  copyDeadlineMs: number;
}

export const DEFAULT_MULTIPATH: Readonly<MultipathConfig> = {
  enabled: true,
  preventNomination: true,
  weightUpdateInterval: 100,
  initialWeight: 1,
  minWeight: 0.1,
  maxWeight: 10,
  scheduler: 'dwrr',
  duplicateClasses: [],
  copyDeadlineMs: 20,
};

/** What a session is made from. Only the certificate is required. */
export interface SessionConfig {
  certificate: DtlsCertificate;
  /** ICE role (RFC 8445 section 6.1.1): the offerer controls. Default `controlling`. */
  role?: 'controlling' | 'controlled';
  /** The table in which the runtime interns flows. Default: one of its own. */
  flows?: FlowTable;
  ice?: Partial<Omit<IceConfig, 'flows' | 'role'>>;
  sctp?: Partial<Omit<SctpConfig, 'chooser' | 'feedback' | 'dtlsRole' | 'mtuBytes'>>;
  multipath?: Partial<MultipathConfig>;
  /** Canonical name in RTCP (RFC 3550 6.5.1), as the description has it. Default: random, new for every session. */
  cname?: string;
  /** SRTP profiles offered in use_srtp, RFC 5764 section 4.1.2. Default [1] = SRTP_AES128_CM_HMAC_SHA1_80; [] = no media. */
  srtpProfiles?: readonly number[];
  /** Largest UDP payload that is sent, 576 to 1 472. Default 1 200, which every path is taken to carry. */
  mtuBytes?: number;
  /** For deterministic simulation. Default: `node:crypto` behind the packages that use it. */
  crypto?: { dtls?: DtlsCrypto };
}

/** The other side, as its description tells. */
export interface RemoteParameters {
  ufrag: string;
  pwd: string;
  /** `a=ice-lite`. */
  lite?: boolean;
  /** `a=hawser:1`: the peer runs this transport too. */
  hawser?: boolean;
  /** `renomination` and `renomination2` among its `a=ice-options`: see `RemoteParameters` of `@hawser/ice-multipath`. */
  renomination?: boolean;
  renomination2?: boolean;
  /** Certificate fingerprints, RFC 8122; at least one must match. */
  fingerprints: readonly { algorithm: string; value: string }[];
  /** OUR role in the DTLS handshake: `client` when our description says `active`. */
  dtlsRole: 'client' | 'server';
  /** Present when both descriptions have a data-channel section. */
  sctp?: { remotePort?: number; maxMessageSizeBytes?: number };
  /** Id of the transport-wide-cc header extension that both sides agreed on. */
  transportCcExtensionId?: number;
  /** Ticks per second of the negotiated payload types, for RTCP reports. */
  clockRates?: ReadonlyMap<number, number>;
}

/** Fills in defaults and checks ranges. Errors: `bad-config`. */
export function resolveMultipath(
  base: MultipathConfig,
  partial: Partial<MultipathConfig> | undefined,
): MultipathConfig {
  const config = { ...base, ...partial };
  inRange('weightUpdateInterval', config.weightUpdateInterval, 10, 10_000);
  inRange('minWeight', config.minWeight, Number.MIN_VALUE, config.maxWeight);
  inRange('initialWeight', config.initialWeight, config.minWeight, config.maxWeight);
  inRange('maxWeight', config.maxWeight, config.minWeight, Number.MAX_VALUE);
  inRange('copyDeadlineMs', config.copyDeadlineMs, 0, 1000);
  if (config.scheduler !== 'dwrr' && config.scheduler !== 'redundant') {
    throw new MultipathError('bad-config', `scheduler ${String(config.scheduler)} is neither dwrr nor redundant`);
  }
  return config;
}

function inRange(name: keyof MultipathConfig, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new MultipathError('bad-config', `${name} is ${value}, not between ${least} and ${most}`);
  }
}
