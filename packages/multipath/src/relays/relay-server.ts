import { canonicalAddress } from '@hawser/wire';
import { MultipathError } from '../errors.ts';

/** How a TURN server is spoken to (RFC 8656 3.1). What it relays leaves and comes by UDP, whichever it is. */
export type RelayTransport = 'udp' | 'tcp' | 'tls';

/** A TURN server, its name resolved, and how to log in (RFC 8656). */
export interface RelayServer {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Which relayed addresses are asked for. Default `ipv4`. */
  readonly family?: 'ipv4' | 'ipv6' | 'dual';
  /** Default `udp`. For `tcp` and `tls` a connection is asked for by `need-base`. */
  readonly transport?: RelayTransport;
  /** The name that its certificate is for, with `tls`. Default the address. */
  readonly name?: string;
}

/** A server as relays keep it: its address in canonical text. */
export interface KnownServer extends RelayServer {
  readonly transport: RelayTransport;
}

/** Errors: `bad-config` for what is no address, port or transport. */
export function knownServer(server: RelayServer): KnownServer {
  const { port, transport = 'udp' } = server;
  const address = canonicalAddress(server.address);
  if (address === undefined || !(port > 0 && port <= 65_535)) {
    throw new MultipathError('bad-config', `no address and port of a server: ${server.address} ${port}`);
  }
  if (!(transport in LOCAL_PREFERENCE)) {
    throw new MultipathError('bad-config', `no transport to a server: ${transport}`);
  }
  return { ...server, address, transport };
}

/** Whether two are one server, spoken to in one way. */
export function isSameServer(a: KnownServer, b: KnownServer): boolean {
  return a.address === b.address && a.port === b.port && a.transport === b.transport;
}

/**
 * Local preferences start here and count down ("used to indicate a preference among different servers", RFC 8445 5.1.2.2).
 * Of one server's allocations one over UDP is better than one over TCP, whose losses hold up what is behind them, and that
 * better than one over TLS, which encrypts what is encrypted. UDP: the agent's own order, which starts at 65 535.
 */
export const LOCAL_PREFERENCE: Readonly<Record<RelayTransport, number | undefined>> = {
  udp: undefined,
  tcp: 0x7fff,
  tls: 0x3fff,
};
