import { type BaseId, canonicalAddress, type FlowTable } from '@hawser/wire';
import { IceError } from './errors.ts';
import type { IceRole } from './events.ts';

/**
 * Who is nominated, and what a nomination does.
 *
 * - `auto`: towards a Hawser peer nothing is nominated; towards any other as `nominate-one-keep-all`
 * - `suppress`: nothing is ever nominated; received nominations change nothing
 * - `nominate-one-keep-all`: when controlling, exactly one pair is nominated; every pair is kept
 * - `renominate`: the best active path is nominated, again whenever it changes, by a rising value; every pair is kept
 * - `regular`: RFC 8445 8: one pair is nominated, by us or by the peer, and the others are closed
 */
export type NominationMode = 'auto' | 'suppress' | 'nominate-one-keep-all' | 'renominate' | 'regular';

/** Milliseconds between checks on a validated pair; each is spread by 0.8 to 1.2 (RFC 7675 5.1). */
export interface CheckIntervals {
  /** Pairs that may carry data to or from a browser. Default 200, 20 to 1 000 (rule R1). */
  readonly browser?: number;
  /** Pairs that stand by. Default 500, 20 to 25 000. */
  readonly standby?: number;
  /** Metered pairs that stand by. Default 25 000, at most that: Chromium forgets a pair after 30 s of silence (R1). */
  readonly metered?: number;
  /** Pairs to a Hawser peer on which data gives feedback already. Default 1 000, 20 to 5 000. */
  readonly hawser?: number;
}

/** Consent of the peer, RFC 7675. */
export interface ConsentConfig {
  /** Most milliseconds between checks on a pair that is not metered, before the spread. Default 5 000 (RFC 7675 5.1). */
  readonly intervalMs?: number;
  /** Consent ends this long after the last valid answer. Default 30 000 (RFC 7675 5.1). */
  readonly expiryMs?: number;
}

/** When a path is suspect by its checks. */
export interface SuspicionConfig {
  /** Unanswered checks that make a path suspect, and answered ones that end it. Default 3. */
  readonly checks?: number;
  /** Milliseconds between them. Default 20. */
  readonly spacingMs?: number;
  /** A check is overdue after `srttFactor`·SRTT + `varFactor`·RTTVar, at least `floorMs`. Defaults 1.5, 4, 30. */
  readonly srttFactor?: number;
  readonly varFactor?: number;
  readonly floorMs?: number;
  /** Milliseconds between checks of a suspect path. Default 200. */
  readonly probeIntervalMs?: number;
  /** Silence of every path, milliseconds, after which the agent is `disconnected`. Default 3 000. */
  readonly disconnectedMs?: number;
}

export interface IceConfig {
  /** The one table of flows, shared with the runtime. */
  readonly flows: FlowTable;
  /** Default `controlling`; RFC 8445 6.1.1 says who should be. */
  readonly role?: IceRole;
  /** Default `auto`. */
  readonly nomination?: NominationMode;
  /** `relay`: only relayed bases are told and paired, the others stay hidden. Default `all`. */
  readonly candidatePolicy?: 'all' | 'relay';
  /**
   * Addresses behind a NAT that maps each to one public address, ports unchanged: host candidates are told under the
   * public one. By local address, both in text.
   */
  readonly publicAddresses?: Readonly<Record<string, string>>;
  /** Answers a received USE-CANDIDATE with this error instead of success. No browser connects then (rule R6). */
  readonly rejectUseCandidate?: { readonly code: number };
  /** `disjoint` (default): a maximum matching of egress and remote address. `all`: every usable path. */
  readonly activePaths?: 'disjoint' | 'all';
  /** Most active paths, 1 to 64. Default 8. */
  readonly maxActivePaths?: number;
  /** Send the HAWSER attribute and heed the peer's. Default true. */
  readonly hawser?: boolean;
  /** Milliseconds between new checks, RFC 8445 14.2. Default 20; 5 at least. */
  readonly taMs?: number;
  readonly checkIntervalMs?: CheckIntervals;
  readonly consent?: ConsentConfig;
  readonly suspicion?: SuspicionConfig;
  /** Rule R4: a browser's checks are answered once its candidates are known, or this long after the first. Default 300. */
  readonly answerHoldMs?: number;
  /** Milliseconds from the first valid pair until one is nominated while others are still being checked. Default 200. */
  readonly nominationDelayMs?: number;
  /** Nothing is `failed` before this, RFC 8863 4. Default 39 500. */
  readonly patienceMs?: number;
  /** A path that failed or was abandoned is kept this long for its statistics. Default 3 000 (RFC 8445 8.3). */
  readonly lingerMs?: number;
  /** Most pairs in the checklist, RFC 8445 6.1.2.5. Default 100. */
  readonly maxPairs?: number;
  /** Default 64. */
  readonly maxRemoteCandidates?: number;
  /** Fresh ports kept ready per local address towards a browser, for steering. Default 3; 0 asks for none. */
  readonly spareBases?: number;
  /** A base of this network cost or more is metered. Default 250. */
  readonly meteredCost?: number;
  /** For tests: fixed credentials and tie-breaker (upper and lower 32 bits) instead of random ones. */
  readonly localUfrag?: string;
  readonly localPwd?: string;
  readonly tieBreaker?: readonly [number, number];
}

/** A base: a local socket. */
export interface BaseOptions {
  readonly base: BaseId;
  /** Address in text. */
  readonly address: string;
  /** 1 to 65 535; of an active TCP base nobody is told. */
  readonly port: number;
  /** Default `udp`. */
  readonly transport?: 'udp' | 'tcp';
  /**
   * Of a TCP base. `active`: a connection is opened by what is sent to an address first. `passive`: connections come.
   * Whoever owns the base frames both (RFC 4571), and tells of connections that end by `handleSendError`.
   */
  readonly tcpType?: 'active' | 'passive';
  /** Interface by which its packets leave, where declared or measured. */
  readonly egress?: string;
  /** A fresh port kept for steering: no candidate is made of it and nothing is sent from it before it is used. */
  readonly spare?: boolean;
  /** The `id` of the `need-base` event that this answers. */
  readonly needId?: number;
  /** 0 = free, up to 999 = dearest. Default 0. */
  readonly networkCost?: number;
  readonly networkId?: number;
  /**
   * `relay`: an address that a relay lends us. Whoever owns the base wraps what leaves by it; here it is a base like any
   * other. Default `host`.
   */
  readonly type?: 'host' | 'relay';
  /** Of a relayed base: the address that the relay sees us by, and the relay's own. */
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  readonly server?: string;
  /** Of a relayed base: the base whose socket carries it. The two share queue and fate. */
  readonly carriedBy?: BaseId;
  /** 0 to 126; default 126 (host, UDP), 90 (host, TCP) or 0 (relay). */
  readonly typePreference?: number;
  /** 0 to 65 535; default counts down from 65 535 in the order of adding, IPv6 and IPv4 in turn (RFC 8421 4). TCP: RFC 6544 4.2. */
  readonly localPreference?: number;
}

/** What the peer's description says. */
export interface RemoteParameters {
  readonly ufrag: string;
  readonly pwd: string;
  /** The peer is an ICE lite agent: it makes no checks, and we control (RFC 8445 6.1.1). */
  readonly lite?: boolean;
  /** `a=hawser:1` is in its description. */
  readonly hawser?: boolean;
  /** `renomination` is among its ICE options: it heeds 0xC001, as libwebrtc does. */
  readonly renomination?: boolean;
  /**
   * `renomination2` is among its ICE options (draft-thatcher-tsvwg-renomination, "ICE Option"): where our mode is `renominate`,
   * too, and our description said so, every nomination carries the attribute 0x0030.
   */
  readonly renomination2?: boolean;
  /** Which browser it is, where known. Chromium is recognised by its checks, too. */
  readonly browser?: 'chromium' | 'firefox' | undefined;
}

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The configuration with every default filled in. */
export interface ResolvedConfig
  extends Omit<
    Complete<IceConfig>,
    'checkIntervalMs' | 'consent' | 'suspicion' | 'rejectUseCandidate' | 'localUfrag' | 'localPwd' | 'tieBreaker'
  > {
  readonly checkIntervalMs: Complete<CheckIntervals>;
  readonly consent: Complete<ConsentConfig>;
  readonly suspicion: Complete<SuspicionConfig>;
  /** Error code that answers USE-CANDIDATE; 0 = success. */
  readonly rejectCode: number;
}

/** @throws IceError `bad-config` naming the field that is out of range */
export function resolveConfig(config: IceConfig): ResolvedConfig {
  const intervals = config.checkIntervalMs ?? {};
  const consent = config.consent ?? {};
  const suspicion = config.suspicion ?? {};
  return {
    flows: config.flows,
    role: config.role ?? 'controlling',
    nomination: config.nomination ?? 'auto',
    candidatePolicy: config.candidatePolicy ?? 'all',
    publicAddresses: canonicalMap(config.publicAddresses ?? {}),
    rejectCode:
      config.rejectUseCandidate === undefined
        ? 0
        : within('rejectUseCandidate', config.rejectUseCandidate.code, 300, 699),
    activePaths: config.activePaths ?? 'disjoint',
    maxActivePaths: within('maxActivePaths', config.maxActivePaths ?? 8, 1, 64),
    hawser: config.hawser ?? true,
    taMs: within('taMs', config.taMs ?? 20, 5, 1_000),
    checkIntervalMs: {
      browser: within('checkIntervalMs.browser', intervals.browser ?? 200, 20, 1_000),
      standby: within('checkIntervalMs.standby', intervals.standby ?? 500, 20, 25_000),
      metered: within('checkIntervalMs.metered', intervals.metered ?? 25_000, 20, 25_000),
      hawser: within('checkIntervalMs.hawser', intervals.hawser ?? 1_000, 20, 5_000),
    },
    consent: {
      intervalMs: within('consent.intervalMs', consent.intervalMs ?? 5_000, 100, 30_000),
      expiryMs: within('consent.expiryMs', consent.expiryMs ?? 30_000, 1_000, 120_000),
    },
    suspicion: {
      checks: within('suspicion.checks', suspicion.checks ?? 3, 1, 16),
      spacingMs: within('suspicion.spacingMs', suspicion.spacingMs ?? 20, 1, 1_000),
      srttFactor: within('suspicion.srttFactor', suspicion.srttFactor ?? 1.5, 1, 10),
      varFactor: within('suspicion.varFactor', suspicion.varFactor ?? 4, 0, 16),
      floorMs: within('suspicion.floorMs', suspicion.floorMs ?? 30, 1, 10_000),
      probeIntervalMs: within('suspicion.probeIntervalMs', suspicion.probeIntervalMs ?? 200, 20, 10_000),
      disconnectedMs: within('suspicion.disconnectedMs', suspicion.disconnectedMs ?? 3_000, 100, 60_000),
    },
    answerHoldMs: within('answerHoldMs', config.answerHoldMs ?? 300, 0, 10_000),
    nominationDelayMs: within('nominationDelayMs', config.nominationDelayMs ?? 200, 0, 60_000),
    patienceMs: within('patienceMs', config.patienceMs ?? 39_500, 0, 600_000),
    lingerMs: within('lingerMs', config.lingerMs ?? 3_000, 0, 60_000),
    maxPairs: within('maxPairs', config.maxPairs ?? 100, 1, 4_096),
    maxRemoteCandidates: within('maxRemoteCandidates', config.maxRemoteCandidates ?? 64, 1, 4_096),
    spareBases: within('spareBases', config.spareBases ?? 3, 0, 64),
    meteredCost: within('meteredCost', config.meteredCost ?? 250, 0, 1_000),
  };
}

function canonicalMap(addresses: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const canonical: Record<string, string> = {};
  for (const [from, to] of Object.entries(addresses)) {
    const [local, known] = [canonicalAddress(from), canonicalAddress(to)];
    if (local === undefined || known === undefined) {
      throw new IceError('bad-config', `publicAddresses: not an address: ${from} or ${to}`);
    }
    canonical[local] = known;
  }
  return canonical;
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new IceError('bad-config', `${name} is ${value}, must be ${least} to ${most}`);
}
