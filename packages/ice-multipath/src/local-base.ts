import type { BaseId } from '@hawser/wire';
import type { IceCandidate } from './candidate.ts';
import type { BaseOptions } from './config.ts';
import type { Generation } from './generation.ts';
import { candidatePriority, TYPE_PREFERENCE } from './priority.ts';

/**
 * A local socket and the host candidate made of it. A spare makes none: nobody knows its port until a check leaves from
 * it, and that is what steering needs (rule S1).
 */
export class LocalBase {
  readonly base: BaseId;
  readonly address: string;
  readonly port: number;
  readonly foundation: string;
  readonly networkCost: number;
  readonly networkId: number | undefined;
  /** Priority of the host candidate (RFC 8445 5.1.2.1). */
  readonly priority: number;
  /** PRIORITY of its checks: that of the peer-reflexive candidate the peer may learn from them (RFC 8445 7.1.1). */
  checkPriority: number;
  egress: string | undefined;
  /** Kept for steering, and not used yet. */
  spare: boolean;
  /** Opened for steering: only ever paired where it steers to, lest its high PRIORITY moves the peer elsewhere. */
  readonly steers: boolean;

  constructor(options: BaseOptions, foundation: string, localPreference: number) {
    this.base = options.base;
    this.address = options.address;
    this.port = options.port;
    this.foundation = foundation;
    this.networkCost = options.networkCost ?? 0;
    this.networkId = options.networkId;
    this.priority = candidatePriority(options.typePreference ?? TYPE_PREFERENCE.host, localPreference);
    this.checkPriority = candidatePriority(TYPE_PREFERENCE.prflx, localPreference);
    this.egress = options.egress;
    this.spare = options.spare ?? false;
    this.steers = this.spare;
  }

  candidate({ ufrag, number }: Generation): IceCandidate {
    return {
      foundation: this.foundation,
      component: 1,
      transport: 'udp',
      priority: this.priority,
      address: this.address,
      port: this.port,
      type: 'host',
      usernameFragment: ufrag,
      generation: number,
      ...(this.networkId === undefined ? {} : { networkId: this.networkId }),
      ...(this.networkCost === 0 ? {} : { networkCost: this.networkCost }),
    };
  }
}
