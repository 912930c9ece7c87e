/** STUN and TURN servers by URI (RFC 7064, RFC 7065), and their names resolved. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { IceServer as MachineServer } from '@hawser/webrtc';
import { ConnectionError } from './errors.ts';

/** A server to ask, W3C `RTCIceServer`. */
export interface IceServer {
  /** `stun:host`, `turn:host:port`, `turn:host?transport=udp`; several of them for several ways to one server. */
  urls: string | readonly string[];
  /** Of `turn:`. */
  username?: string;
  credential?: string;
}

/** A server whose name is not resolved yet. */
export interface NamedServer {
  readonly type: 'stun' | 'turn';
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
 * Errors: `invalid-config` for what is no URI of a server, for `turn:` without username and credential, and for what there is
 * no socket for: `stuns:`, `turns:` and `transport=tcp`.
 */
export function readServers(servers: readonly IceServer[]): NamedServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    (typeof urls === 'string' ? [urls] : urls).map((uri) => {
      const { type, host, port } = readUri(uri);
      if (type === 'turn' && (username === undefined || credential === undefined)) {
        throw new ConnectionError('invalid-config', `${uri}: a TURN server wants username and credential`);
      }
      return { type, host, port, username: username ?? '', password: credential ?? '' };
    }),
  );
}

/** The addresses of a server, one of each family at the most. Rejects with the system's error when its name has none. */
export async function resolveServer(server: NamedServer, resolve: ResolveName = resolveName): Promise<MachineServer[]> {
  const { type, host, port, username, password } = server;
  const family = isIP(host);
  const found = family === 0 ? await resolve(host) : [{ address: host, family }];
  const firsts = [4, 6].flatMap((wanted) => found.filter((entry) => entry.family === wanted).slice(0, 1));
  return firsts.map(({ address }) =>
    type === 'stun' ? { type, address, port } : { type, address, port, username, password },
  );
}

function readUri(uri: string): Pick<NamedServer, 'type' | 'host' | 'port'> {
  const match = URI.exec(uri);
  if (match === null) throw new ConnectionError('invalid-config', `not the URI of a STUN or TURN server: ${uri}`);
  const [, scheme, bracketed, plain, digits, transport] = match;
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  const type = scheme.toLowerCase();
  const isOdd = port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6);
  if (isOdd) throw new ConnectionError('invalid-config', `not the URI of a STUN or TURN server: ${uri}`);
  const isPlain = (type === 'stun' && transport === undefined) || type === 'turn';
  if (!isPlain || (transport ?? 'udp').toLowerCase() !== 'udp') {
    throw new ConnectionError('invalid-config', `${uri}: servers are asked over UDP only`);
  }
  return { type: type as 'stun' | 'turn', host: bracketed ?? plain, port };
}

/** RFC 7064 3.1, RFC 7065 3.1: scheme, host (in brackets when IPv6), port, transport. */
const URI = /^(stuns?|turns?):(?:\[([^\]]+)\]|([^:/?#[\]@\s]+))(?::(\d{1,5}))?(?:\?transport=(\w+))?$/i;
/** RFC 8489 8.2, RFC 8656 5. */
const DEFAULT_PORT = 3478;
