import type { BaseId } from '@hawser/wire';
import type { CandidateTransport, CandidateType, IceCandidate } from './candidate.ts';
import type { BaseOptions } from './config.ts';
import type { Generation } from './generation.ts';
import { candidatePriority, typePreference } from './priority.ts';
import type { PathStatus } from './report.ts';

/** An address that a STUN server saw a base by (RFC 8445 5.1.1.2). Checks leave from the base, whatever it is called. */
export interface ReflexiveCandidate {
  readonly server: string;
  readonly address: string;
  readonly port: number;
  readonly foundation: string;
  readonly priority: number;
}

/**
 * A local socket, or an address lent by a relay, and the candidates made of it. A spare makes none: nobody knows its port
 * until a check leaves from it, and that is what steering needs (rule S1).
 */
export class LocalBase {
  readonly base: BaseId;
  /** The base whose socket, or network, it goes by: itself, unless it is relayed, or TCP beside a UDP socket. */
  readonly carrier: BaseId;
  readonly type: 'host' | 'relay';
  readonly transport: CandidateTransport;
  /** Of TCP: it opens connections, or takes them. */
  readonly tcpType: 'active' | 'passive' | undefined;
  readonly address: string;
  /** Of an active TCP base 9, which is what the peer is told: every connection has a port of its own (RFC 6544 4.5). */
  readonly port: number;
  readonly foundation: string;
  readonly networkCost: number;
  readonly networkId: number | undefined;
  readonly localPreference: number;
  /** Priority of the host or relayed candidate (RFC 8445 5.1.2.1). */
  readonly priority: number;
  /** PRIORITY of its checks: that of the peer-reflexive candidate the peer may learn from them (RFC 8445 7.1.1). */
  checkPriority: number;
  egress: string | undefined;
  /** What we want it for; our own peers are told. */
  status: PathStatus = 'available';
  /** Kept for steering, and not used yet. */
  spare: boolean;
  /** Opened for steering: only ever paired where it steers to, lest its high PRIORITY moves the peer elsewhere. */
  readonly steers: boolean;
  /** The policy keeps it to ourselves: it is told nobody, and neither sends nor answers checks. */
  readonly isHidden: boolean;
  /** Where it is told under another address. */
  readonly publicAddress: string | undefined;
  readonly reflexive: ReflexiveCandidate[] = [];
  readonly #related: { readonly address: string | undefined; readonly port: number | undefined };

  constructor(
    options: BaseOptions,
    foundation: string,
    localPreference: number,
    more: { readonly isHidden?: boolean; readonly publicAddress?: string | undefined } = {},
  ) {
    this.base = options.base;
    this.carrier = options.carriedBy ?? options.base;
    this.type = options.type ?? 'host';
    this.transport = options.transport ?? 'udp';
    this.tcpType = options.tcpType;
    this.address = options.address;
    this.port = options.tcpType === 'active' ? DISCARD_PORT : options.port;
    this.foundation = foundation;
    this.networkCost = options.networkCost ?? 0;
    this.networkId = options.networkId;
    this.localPreference = localPreference;
    this.priority = candidatePriority(
      options.typePreference ?? typePreference(this.type, this.transport),
      localPreference,
    );
    this.checkPriority = candidatePriority(typePreference('prflx', this.transport), localPreference);
    this.egress = options.egress;
    this.spare = options.spare ?? false;
    this.steers = this.spare;
    this.isHidden = more.isHidden ?? false;
    this.publicAddress = more.publicAddress;
    this.#related = { address: options.relatedAddress, port: options.relatedPort };
  }

  candidate(generation: Generation): IceCandidate {
    const { address, port } = this.#related;
    return {
      ...this.#common(generation, this.type),
      foundation: this.foundation,
      priority: this.priority,
      address: this.publicAddress ?? this.address,
      port: this.port,
      ...(address === undefined || port === undefined ? {} : { relatedAddress: address, relatedPort: port }),
    };
  }

  reflexiveCandidate(
    { foundation, priority, address, port }: ReflexiveCandidate,
    generation: Generation,
  ): IceCandidate {
    return {
      ...this.#common(generation, 'srflx'),
      foundation,
      priority,
      address,
      port,
      relatedAddress: this.address,
      relatedPort: this.port,
    };
  }

  #common({ ufrag, number }: Generation, type: CandidateType) {
    return {
      component: 1,
      transport: this.transport,
      type,
      ...(this.tcpType === undefined ? {} : { tcpType: this.tcpType }),
      usernameFragment: ufrag,
      generation: number,
      ...(this.networkId === undefined ? {} : { networkId: this.networkId }),
      ...(this.networkCost === 0 ? {} : { networkCost: this.networkCost }),
    } as const;
  }
}

/** RFC 863; what stands for the port of an active TCP candidate (RFC 6544 4.5). */
const DISCARD_PORT = 9;
