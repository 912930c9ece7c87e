/** Finds local addresses whose packets would leave by another interface, and the lines that mend it. Reads nothing itself. */
import type { LocalAddress } from '@hawser/node';
import type { Family, Route, Routing, Rule } from './routing.ts';

export type Problem =
  /** Packets leave by another interface than the one that has the address. */
  | 'wrong-interface'
  /** Packets leave by the right interface, but when its link is lost they silently leave by another. */
  | 'detour-on-loss'
  /** Packets cannot leave at all. */
  | 'no-route';

/** One local address. */
export interface PathRow {
  /** In the order in which a connection opens its sockets. */
  readonly base: number;
  readonly local: string;
  /** The interface by which its packets leave to a peer that is not on-link; null: they do not. */
  readonly egress: string | null;
  readonly problem: Problem | null;
  /** The commands that mend it, in order; none where there is no problem, or no gateway is known. */
  readonly mend: readonly string[];
}

export interface Facts {
  readonly addresses: readonly LocalAddress[];
  readonly routing: Readonly<Record<Family, Routing>>;
  /** By which interface a packet from an address leaves to a peer that is not on-link. */
  egress(address: LocalAddress): string | undefined;
}

/** A row for every address. */
export function diagnose(facts: Facts): PathRow[] {
  const tables = new Tables(facts.routing);
  return facts.addresses.map((entry, base) => {
    const routing = facts.routing[entry.family];
    const egress = facts.egress(entry);
    const problem = problemOf(entry, egress, routing);
    const mend = problem === null ? [] : mendOf(entry, routing, tables);
    return { base, local: entry.address, egress: egress ?? null, problem, mend };
  });
}

function problemOf(entry: LocalAddress, egress: string | undefined, routing: Routing): Problem | null {
  if (egress === undefined) return 'no-route';
  if (egress !== entry.interface) return 'wrong-interface';
  const elsewhere = defaultRoutes(routing).some((route) => !isBy(route, entry.interface) && isMain(route));
  return elsewhere && !isFenced(entry, routing) ? 'detour-on-loss' : null;
}

/** A table of the address's own ends in `unreachable`: no packet goes on to the next rule. */
function isFenced(entry: LocalAddress, routing: Routing): boolean {
  const rule = ruleOf(entry, routing);
  return rule !== undefined && hasFence(rule, routing);
}

function hasFence(rule: Rule, { routes }: Routing): boolean {
  return routes.some((route) => route.table === rule.table && route.dst === 'default' && route.type === 'unreachable');
}

/** One rule, one table with its default route, and `unreachable` behind it; what is there already is left out. */
function mendOf(entry: LocalAddress, routing: Routing, tables: Tables): string[] {
  const ip = entry.family === 6 ? 'ip -6' : 'ip';
  const rule = ruleOf(entry, routing);
  const way = defaultRoutes(routing).find((route) => isBy(route, entry.interface));
  if (way === undefined) return [];
  const table = rule?.table ?? tables.take();
  const inTable = routing.routes.filter((route) => route.table === table && route.dst === 'default');
  const lines: string[] = [];
  // The table comes before the rule that leads to it: no packet finds it half made.
  if (!inTable.some((route) => isBy(route, entry.interface))) {
    const via = gatewayBy(way, entry.interface);
    const hop = via === undefined ? '' : ` via ${via}`;
    lines.push(`${ip} route replace default${hop} dev ${entry.interface} table ${table}`);
  }
  if (!inTable.some((route) => route.type === 'unreachable')) {
    lines.push(`${ip} route add unreachable default metric ${BEHIND} table ${table}`);
  }
  if (rule === undefined) lines.push(`${ip} rule add from ${entry.address} lookup ${table}`);
  return lines;
}

function ruleOf({ address, family }: LocalAddress, { rules }: Routing): Rule | undefined {
  const whole = family === 6 ? 128 : 32;
  return rules.find(
    ({ src, srclen = whole, table }) => src === address && srclen === whole && table !== undefined && !isShared(table),
  );
}

function defaultRoutes({ routes }: Routing): Route[] {
  return routes.filter((route) => route.dst === 'default' && route.type === 'unicast');
}

function isBy(route: Route, name: string): boolean {
  return route.dev === name || (route.nexthops?.some((hop) => hop.dev === name) ?? false);
}

function gatewayBy(route: Route, name: string): string | undefined {
  return route.dev === name ? route.gateway : route.nexthops?.find((hop) => hop.dev === name)?.gateway;
}

function isMain({ table }: Route): boolean {
  return table === undefined || table === 'main' || table === MAIN_TABLE;
}

/** The tables that every machine has: local, main, default. */
function isShared(table: string): boolean {
  return ['255', '254', '253', 'local', 'main', 'default'].includes(table);
}

/** Numbers of tables that nobody uses. */
class Tables {
  readonly #used: Set<string>;
  #next = FIRST_TABLE;

  constructor(routing: Facts['routing']) {
    const all = [routing[4], routing[6]].flatMap(({ rules, routes }) => [...rules, ...routes]);
    this.#used = new Set(all.map(({ table }) => table ?? MAIN_TABLE));
  }

  take(): string {
    while (this.#used.has(String(this.#next))) this.#next++;
    return String(this.#next++);
  }
}

const MAIN_TABLE = '254';
/** Small numbers are often somebody's (VPNs, network managers). */
const FIRST_TABLE = 700;
/** Behind every default route that has no metric of its own: that is 0 for IPv4 and 1024 for IPv6. */
const BEHIND = 4096;
