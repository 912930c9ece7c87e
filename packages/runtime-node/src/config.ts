import type { PeerConnectionConfig as MachineConfig } from '@hawser/webrtc';
import type { TraceSink } from '@hawser/wire';
import type { IceServer } from './ice-servers.ts';
import type { ListAddresses, LocalAddress } from './interfaces.ts';
import type { MulticastNetwork } from './mdns/multicast.ts';
import type { SocketFactory } from './sockets.ts';
import type { IceTcp } from './streams/tcp-bases.ts';
import type { TlsConfig } from './streams/turn-connection.ts';
import type { ReadCounters } from './transmit-counters.ts';

/** A local address to use, and what is known of it. */
export interface AddressConfig {
  /** A link-local IPv6 address with its zone: `fe80::1%eth0`. */
  address: string;
  /** Default 0: any free port, of `portRange` where given. */
  port?: number;
  /**
   * The interface by which its packets leave, where that is certain. Paths of different egress are disjoint. Default: learned
   * from the transmit counters of the interfaces (Linux), else unknown.
   */
  egress?: string;
  /** 0 = free (default) to 999; 250 and more counts as metered. */
  networkCost?: number;
}

/** How sockets are had. */
export interface GatheringConfig {
  /**
   * Addresses to send from. Default: every address of every interface that is up, and of those that come up while connected.
   */
  addresses?: readonly (string | AddressConfig)[];
  /** Use loopback addresses too, when `addresses` is not given. Default false. */
  includeLoopback?: boolean;
  /** Which of the addresses to use, when `addresses` is not given: `({ interface: name }) => name !== 'docker0'`. Default all. */
  filter?: (address: LocalAddress) => boolean;
  /** Lowest and highest local port, 1 to 65535, both included. Default: whatever the system gives. */
  portRange?: readonly [min: number, max: number];
  /**
   * TCP candidates beside those for datagrams, for networks that let nothing else pass (RFC 6544). `active`: connections are
   * opened to a peer that listens, each from a port that the system chooses. `passive`: a listener on every address, on its
   * `port` or one of `portRange`. `both`, or `none`. Default `active`: nothing is opened unless the peer listens.
   */
  iceTcp?: IceTcp;
  /** STUN and TURN servers to ask. Default none: no server is asked that is not named here. */
  iceServers?: readonly IceServer[];
  /** Whom we trust to vouch for TURN servers over TLS (`turns:`). Default: the authorities that Node comes with. */
  tls?: TlsConfig;
  /**
   * Tell the peer random names in place of the addresses of our hosts, as browsers do: only who is on a network of ours finds
   * them by multicast DNS (draft-ietf-mmusic-mdns-ice-candidates). Names of the peer are looked up either way. Default false.
   */
  mdnsCandidates?: boolean;
  /** Where multicast DNS is spoken. Default {@link systemMulticast}: port 5353 of every interface, opened at the first name. */
  multicast?: MulticastNetwork;
  /** Where the local addresses are asked for. Default {@link localAddresses}. */
  listAddresses?: ListAddresses;
  /** Where the transmit counters are read. Default: `/sys/class/net`; a function that answers undefined leaves egress unknown. */
  readCounters?: ReadCounters;
}

/** Configuration of a {@link PeerConnection}. Everything has a default. */
export interface PeerConnectionConfig
  extends Partial<Omit<MachineConfig, 'flows' | 'createSession' | 'hostName'>>,
    GatheringConfig {
  /**
   * Hears what every layer traces, in qlog's words: `new QlogTrace(write)` makes a qlog file of it. Times are the monotonic clock's
   * (`performance.now()`). Default nobody; then nothing is traced.
   */
  traceTo?: TraceSink;
  /** Opens the sockets. Default {@link openUdpSocket}. */
  sockets?: SocketFactory;
}
