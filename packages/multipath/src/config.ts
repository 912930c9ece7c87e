import type { DtlsCertificate, DtlsConfig, DtlsCrypto } from '@hawser/dtls';
import type { IceConfig, PathSnapshot } from '@hawser/ice-multipath';
import type { SctpConfig } from '@hawser/sctp-dc';
import type { FlowTable, PacketClass } from '@hawser/wire';
import { inRange, MultipathError } from './errors.ts';
import type { MediaRateConfig } from './media-rates.ts';
import type { PathRule } from './policy/path-rules.ts';
import type { RedundancyBudgetConfig } from './policy/redundancy-budget.ts';
import { type BuiltInScheduler, SCHEDULERS } from './schedulers/registry.ts';
import type { SchedulerFactory } from './schedulers/scheduler.ts';
import type { TraceConfig } from './trace/trace-config.ts';

/** How packets are given to paths: a scheduler that comes with the package. */
export type SchedulerName = BuiltInScheduler;

/** The paths of a session as its owner sees them, to say how much each is wanted. */
export type PathRuleOf = (path: Readonly<PathSnapshot>) => PathRule | undefined;

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
  /** One of the package's, or the owner's own. Default `auto`: by the class of each packet. */
  scheduler: SchedulerName | SchedulerFactory;
  /**
   * What weights are made from: `rtt-loss`, round trip and loss; `rate`, in proportion to what each path carries. Default
   * `rtt-loss`.
   */
  weightFormula: 'rtt-loss' | 'rate';
  /** How much each path is wanted: priority, cap, classes. Asked when a path is validated. Default: all alike. */
  pathRule: PathRuleOf | undefined;
  /** What copies may cost. They are free below 256 kbit/s; above, a tenth of the bytes. */
  redundancyBudget: Partial<RedundancyBudgetConfig>;
  /**
   * Packets by which one path may lag behind another. Default `peer`: as many as the peer's replay windows bear, by its
   * description.
   */
  reorderBudgetPackets: 'peer' | number;
  /**
   * Keep a path out of use while using it makes things worse than the best single path would be. For the scheduler `auto`:
   * others do what they are asked for. Default true.
   */
  doNoHarm: boolean;
  /**
   * Classes of packets of which a second copy leaves by another active path, whatever the scheduler and the budget. Default
   * none.
   */
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
  scheduler: 'auto',
  weightFormula: 'rtt-loss',
  pathRule: undefined,
  redundancyBudget: {},
  reorderBudgetPackets: 'peer',
  doNoHarm: true,
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
  /** Settings of the handshake and of records. `mtuBytes` there is that of the handshake's packets alone. */
  dtls?: Partial<Omit<DtlsConfig, 'role' | 'certificate' | 'remoteFingerprints' | 'srtpProfiles' | 'crypto'>>;
  multipath?: Partial<MultipathConfig>;
  /**
   * How fast media may leave: bounds of the rate control, which works where transport-wide feedback was agreed on; `false`: no
   * control, media leaves as it comes.
   */
  mediaRate?: Partial<MediaRateConfig> | false;
  /** Canonical name in RTCP (RFC 3550 6.5.1), as the description has it. Default: random, new for every session. */
  cname?: string;
  /**
   * SRTP profiles offered in use_srtp, best first (RFC 5764 section 4.1.2). Default `DTLS_SRTP_PROFILES` of `@hawser/srtp`: AES-GCM,
   * then AES-CM with HMAC-SHA1; [] = no media.
   */
  srtpProfiles?: readonly number[];
  /** Largest UDP payload that is sent, 576 to 1 472. Default 1 200, which every path is taken to carry. */
  mtuBytes?: number;
  /** What is told to `Env.trace`, and how often. */
  trace?: Partial<TraceConfig>;
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
  /**
   * Packets by which one path may lag behind another before the peer's replay windows refuse them, DTLS records and SRTP
   * packets. Default: endless for our own, 48 of each for others, the least that is known of any.
   */
  reorderBudget?: { readonly records: number; readonly srtpPackets: number };
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
  if (typeof config.scheduler !== 'function' && !Object.hasOwn(SCHEDULERS, config.scheduler)) {
    const names = Object.keys(SCHEDULERS).join(', ');
    throw new MultipathError('bad-config', `scheduler ${String(config.scheduler)} is none of ${names}`);
  }
  if (config.weightFormula !== 'rtt-loss' && config.weightFormula !== 'rate') {
    throw new MultipathError(
      'bad-config',
      `weightFormula ${String(config.weightFormula)} is neither rtt-loss nor rate`,
    );
  }
  const { burstBytes = 0, freeBps = 0, share = 0 } = config.redundancyBudget;
  inRange('redundancyBudget.burstBytes', burstBytes, 0, Number.MAX_VALUE);
  inRange('redundancyBudget.freeBps', freeBps, 0, Number.MAX_VALUE);
  inRange('redundancyBudget.share', share, 0, 1);
  if (config.reorderBudgetPackets !== 'peer') {
    inRange('reorderBudgetPackets', config.reorderBudgetPackets, 1, Number.POSITIVE_INFINITY);
  }
  return config;
}
