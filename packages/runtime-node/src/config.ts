import type { PeerConnectionConfig as MachineConfig } from '@hawser/webrtc';
import type { SocketFactory } from './sockets.ts';

/** A local address to use, and what is known of it. */
export interface AddressConfig {
  address: string;
  /** Default 0: any free port. */
  port?: number;
  /** The interface by which its packets leave, where that is certain. Paths of different egress are disjoint. */
  egress?: string;
  /** 0 = free (default) to 999; 250 and more counts as metered. */
  networkCost?: number;
}

/** Configuration of a {@link PeerConnection}. Everything has a default. */
export interface PeerConnectionConfig extends Partial<Omit<MachineConfig, 'flows' | 'createSession'>> {
  /** Addresses to send from. Default: every address of every interface that is up. No server is asked, ever. */
  addresses?: readonly (string | AddressConfig)[];
  /** Use loopback addresses too, when `addresses` is not given. Default false. */
  includeLoopback?: boolean;
  /** Opens the sockets. Default {@link openUdpSocket}. */
  sockets?: SocketFactory;
}
