/** What `ip -N -j` says of rules and routes, as far as the doctor looks at it. */
import { execFileSync } from 'node:child_process';
import { UnavailableError } from '../../../scripts/cli.ts';

/** A row of `ip -N -j rule`. */
export interface Rule {
  readonly priority: number;
  /** `all`, or an address; with `srclen` a whole prefix. */
  readonly src: string;
  readonly srclen?: number;
  readonly table?: string;
}

/** A row of `ip -N -j route show table all`. */
export interface Route {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly dev?: string;
  /** Left out for the main table. */
  readonly table?: string;
  readonly metric?: number;
  /** Equal-cost routes have their interfaces in here. */
  readonly nexthops?: readonly { readonly dev?: string; readonly gateway?: string }[];
}

/** The routing of one family. */
export interface Routing {
  readonly rules: readonly Rule[];
  readonly routes: readonly Route[];
}

export type Family = 4 | 6;

/** Runs `ip` and answers what it printed. */
export type RunIp = (...args: string[]) => string;

/** The `ip` of this machine. Errors: `UnavailableError` where there is none. */
export const runIp: RunIp = (...args) => {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UnavailableError('there is no `ip` (iproute2)');
    throw error;
  }
};

export function readRouting(ip: RunIp, family: Family): Routing {
  const version = `-${family}`;
  const routes = parse<Route>(ip('-N', '-j', version, 'route', 'show', 'table', 'all'));
  return {
    rules: parse<Rule>(ip('-N', '-j', version, 'rule')),
    routes: routes.map((route) => ({ ...route, type: TYPES[route.type ?? UNICAST] ?? route.type })),
  };
}

/** The interface by which a packet would leave; undefined when it would not. Nothing is sent. */
export function egressTo(ip: RunIp, family: Family, to: string, from: string): string | undefined {
  try {
    const [route] = parse<Route>(ip('-N', '-j', `-${family}`, 'route', 'get', to, 'from', from));
    return route?.dev;
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    // No route, or one that says so (unreachable, prohibit, blackhole): `ip` answers with an error and status 2.
    return undefined;
  }
}

function parse<T>(text: string): T[] {
  return text.trim() === '' ? [] : JSON.parse(text);
}

const UNICAST = '1';
/** `-N` prints types, too, as numbers (linux/rtnetlink.h). */
const TYPES: Readonly<Record<string, string>> = { [UNICAST]: 'unicast', 2: 'local', 7: 'unreachable' };
