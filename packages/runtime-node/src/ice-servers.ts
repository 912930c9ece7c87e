/** STUN and TURN servers by URI (RFC 7064, RFC 7065), and their names resolved. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { IceServer as MachineServer } from '@hawser/webrtc';
import { ConnectionError } from './errors.ts';

/** A server to ask, W3C `RTCIceServer`. */
export interface IceServer {
  /**
   * `stun:host`, `turn:host:port`, `turn:host?transport=tcp`, `turns:host` (TLS over TCP); several of them for several ways to
   * one server.
   */
  urls: string | readonly string[];
  /** Of `turn:` and `turns:`. */
  username?: string;
  credential?: string;
}

/** A server whose name is not resolved yet. */
export interface NamedServer {
  readonly type: 'stun' | 'turn';
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Finds the addresses of a name. Rejects with the system's error. */
export type ResolveName = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const resolveName: ResolveName = (name) => lookup(name, { all: true });

/**
 * Reads the URIs of a configuration.
 *
 * Errors: `invalid-config` for what is no URI of a server, for `turn:` without username and credential, and for what is not
 * spoken here: TURN over DTLS (`turns:…?transport=udp`) and STUN over TLS (`stuns:`).
 */
export function readServers(servers: readonly IceServer[]): NamedServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    (typeof urls === 'string' ? [urls] : urls).map((uri) => {
      const { type, transport, host, port } = readUri(uri);
      if (type === 'turn' && (username === undefined || credential === undefined)) {
        throw new ConnectionError('invalid-config', `${uri}: a TURN server wants username and credential`);
      }
      return { type, transport, host, port, username: username ?? '', password: credential ?? '' };
    }),
  );
}

/** The addresses of a server, one of each family at the most. Rejects with the system's error when its name has none. */
export async function resolveServer(server: NamedServer, resolve: ResolveName = resolveName): Promise<MachineServer[]> {
  const { type, transport, host, port, username, password } = server;
  // What the certificate has to name is what the configuration did, not what that resolved to (RFC 8489 6.2.3).
  const over = transport === 'udp' ? {} : { transport, name: host };
  const family = isIP(host);
  const found = family === 0 ? await resolve(host) : [{ address: host, family }];
  const firsts = [4, 6].flatMap((wanted) => found.filter((entry) => entry.family === wanted).slice(0, 1));
  return firsts.map(({ address }) =>
    type === 'stun' ? { type, address, port } : { type, address, port, username, password, ...over },
  );
}

function readUri(uri: string): Pick<NamedServer, 'type' | 'transport' | 'host' | 'port'> {
  const match = URI.exec(uri);
  if (match === null) throw new ConnectionError('invalid-config', `not the URI of a STUN or TURN server: ${uri}`);
  const [, scheme, bracketed, plain, digits, parameter] = match;
  const isSecure = scheme.toLowerCase().endsWith('s');
  const type = scheme.toLowerCase().startsWith('turn') ? 'turn' : 'stun';
  const port = digits === undefined ? (isSecure ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(digits);
  const isOdd = port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6);
  if (isOdd || (type === 'stun' && parameter !== undefined)) {
    throw new ConnectionError('invalid-config', `not the URI of a STUN or TURN server: ${uri}`);
  }
  return {
    type,
    transport: transportOf(uri, type, isSecure, parameter?.toLowerCase()),
    host: bracketed ?? plain,
    port,
  };
}

/** What the scheme and the parameter come to (RFC 7065 3.2, appendix A, table 1). */
function transportOf(
  uri: string,
  type: NamedServer['type'],
  isSecure: boolean,
  parameter: string | undefined,
): NamedServer['transport'] {
  const refuse = (why: string) => new ConnectionError('invalid-config', `${uri}: ${why}`);
  if (type === 'stun') {
    if (isSecure) throw refuse('STUN servers are asked over UDP only: an address seen over TLS is of no use');
    return 'udp';
  }
  if (parameter !== undefined && parameter !== 'udp' && parameter !== 'tcp') throw refuse(`no transport ${parameter}`);
  if (!isSecure) return parameter ?? 'udp';
  if (parameter === 'udp') throw refuse('TURN over DTLS is not spoken here: leave the transport out, for TLS over TCP');
  return 'tls';
}

/** RFC 7064 3.1, RFC 7065 3.1: scheme, host (in brackets when IPv6), port, transport. */
const URI = /^(stuns?|turns?):(?:\[([^\]]+)\]|([^:/?#[\]@\s]+))(?::(\d{1,5}))?(?:\?transport=(\w+))?$/i;
/** RFC 8489 8.2, RFC 7065 3.2. */
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
