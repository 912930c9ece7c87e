import { formatAddress, type Instant, isMulticast, isUnspecified, parseAddress } from '@hawser/wire';

/** Candidate types (RFC 8445 4). */
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

export type CandidateTransport = 'udp' | 'tcp';

/** Who opens the connection of a TCP candidate (RFC 6544 4.5). */
export type TcpType = 'active' | 'passive' | 'so';

/**
 * A candidate as two agents tell it each other (RFC 8445 5.3). Its text form, the `candidate` attribute of RFC 8839 5.1,
 * is not this package's concern.
 */
export interface IceCandidate {
  /** 1 to 32 ice-chars; equal foundations are likely to share their fate (RFC 8445 5.1.1.3). */
  readonly foundation: string;
  /** 1 (RTP and everything multiplexed with it) to 256. */
  readonly component: number;
  readonly transport: CandidateTransport;
  /** 1 to 2^31 - 1. */
  readonly priority: number;
  /** IPv4 or IPv6 in text; a peer may also name a host. */
  readonly address: string;
  /** 0 to 65 535. */
  readonly port: number;
  readonly type: CandidateType;
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  readonly tcpType?: TcpType;
  /** `ufrag` extension (RFC 8838 4.4): the session that the candidate belongs to. */
  readonly usernameFragment?: string;
  readonly generation?: number;
  readonly networkId?: number;
  readonly networkCost?: number;
  /**
   * The peer told a name of multicast DNS and not this address: no relay is to learn it by being asked to send there
   * (draft-ietf-mmusic-mdns-ice-candidates 4.2), so relayed bases are not paired with it.
   */
  readonly isNamed?: boolean;
}

/** What became of a remote candidate. */
export type RemoteCandidateStatus =
  /** Taken, and paired with every local candidate of its address family. */
  | 'added'
  /** Known already, from the description or from a check of the peer. */
  | 'known'
  /** An active TCP candidate: the peer opens the connection, and its checks show what to pair (RFC 6544 6.2). */
  | 'awaited'
  /** Not usable here: another component, transport, address kind or session. */
  | 'ignored'
  /** The bound on remote candidates is reached. */
  | 'full';

/** What is kept of a remote candidate. */
export type RemoteCandidateInit = Pick<
  IceCandidate,
  'address' | 'port' | 'transport' | 'tcpType' | 'type' | 'priority' | 'foundation' | 'isNamed'
>;

/** A remote candidate that is paired. Its address is in canonical text, so that it can be compared. */
export class RemoteCandidate {
  readonly address: string;
  readonly port: number;
  readonly transport: CandidateTransport;
  readonly tcpType: TcpType | undefined;
  type: CandidateType;
  priority: number;
  foundation: string;
  /** Told by a name (see {@link IceCandidate}). */
  isNamed: boolean;
  #reopened = 0;
  #reopenedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(candidate: RemoteCandidateInit) {
    this.address = candidate.address;
    this.port = candidate.port;
    this.transport = candidate.transport;
    this.tcpType = candidate.tcpType;
    this.type = candidate.type;
    this.priority = candidate.priority;
    this.foundation = candidate.foundation;
    this.isNamed = candidate.isNamed === true;
  }

  /** A lost connection is opened anew this often in a row: a peer that takes each and drops it is left alone then. */
  mayReopen(now: Instant): boolean {
    if (now - this.#reopenedAt > REOPEN_ROW_MS) this.#reopened = 0;
    this.#reopenedAt = now;
    return ++this.#reopened <= MOST_REOPENED;
  }

  /** The description tells what a check had only shown (RFC 8445 7.3.1.3): the type, foundation and priority are as told. */
  describe(candidate: IceCandidate): void {
    this.type = candidate.type;
    this.priority = candidate.priority;
    this.foundation = candidate.foundation;
    this.isNamed = candidate.isNamed === true;
  }
}

/**
 * The canonical address of a remote candidate that an agent with one component can pair, or `undefined`.
 *
 * Component 2 is never paired (rule R3): Firefox offers RTCP candidates even where rtcp-mux is chosen, and what is sent
 * to one is lost. Names (`.local`) and simultaneous-open TCP candidates are left out, and so is what is not the address of
 * one host: a peer must not make us send to a multicast group or to every host of our network, and 0.0.0.0 would be this one.
 */
export function usableAddress(candidate: IceCandidate, remoteUfrag: string | undefined): string | undefined {
  if (candidate.component !== 1) return undefined;
  // Simultaneous open needs a NAT that plays along, and pairs with its like alone (RFC 6544 6.2): none is ever offered.
  if (candidate.transport === 'tcp' && candidate.tcpType !== 'active' && candidate.tcpType !== 'passive')
    return undefined;
  if (!(candidate.port > 0 && candidate.port <= 65_535)) return undefined;
  if (candidate.tcpType === 'passive' && candidate.port < FIRST_FREE_PORT && !WEB_PORTS.includes(candidate.port))
    return undefined;
  if (!(candidate.priority > 0 && candidate.priority <= MAX_PRIORITY)) return undefined;
  if (candidate.usernameFragment !== undefined && remoteUfrag !== undefined) {
    if (candidate.usernameFragment !== remoteUfrag) return undefined;
  }
  const address = parseAddress(candidate.address);
  if (address === undefined || isUnspecified(address) || isMulticast(address)) return undefined;
  const text = formatAddress(address);
  return text === BROADCAST ? undefined : text;
}

/**
 * Below are the ports of well-known services (RFC 6335 6), of which only those of the web are ever given to ICE-TCP: a peer
 * must not make us connect to the others. Chromium has such a rule, too.
 */
const FIRST_FREE_PORT = 1_024;
const WEB_PORTS: readonly number[] = [80, 443];

/** Limited broadcast, RFC 919 7. */
const BROADCAST = '255.255.255.255';

/** Whether two addresses in text are of one family (RFC 8445 6.1.2.2). */
export function sameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':');
}

/** IPv6 link-local addresses (fe80::/10) are only paired with each other (RFC 8445 6.1.2.2). */
export function isPairable(local: string, remote: string): boolean {
  return sameFamily(local, remote) && isLinkLocalText(local) === isLinkLocalText(remote);
}

function isLinkLocalText(address: string): boolean {
  return /^fe[89ab]/.test(address) && address.includes(':');
}

/** The largest priority (RFC 8445 5.1.2). */
export const MAX_PRIORITY = 2 ** 31 - 1;

const MOST_REOPENED = 4;
const REOPEN_ROW_MS = 10_000;
