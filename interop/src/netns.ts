/**
 * Networks made of Linux network namespaces: hosts, veth links, routes, shaping and silent cuts, for tests and commands
 * that need real sockets. Needs root, `ip`, `tc` and `nft`.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** Where `ip netns` keeps the names. */
const NAMESPACES = '/run/netns';

/** One end of a link. */
export interface LinkEnd {
  readonly host: NetnsHost;
  /** Interface name, at most 15 characters, unique within the host. */
  readonly name: string;
  /** With prefix length, for example `10.1.0.1/24`. Several may be given. */
  readonly addresses: readonly string[];
}

/** Rate limit of one direction (a token bucket): bits per second, and how long a packet may wait. */
export interface Shape {
  readonly rateBps: number;
  /** Longest time in the queue before packets are dropped, ms. */
  readonly queueMs: number;
  /** Bucket size in bytes; 32 KiB when left out. */
  readonly burstBytes?: number;
}

let networks = 0;
let swept = false;

/** Why namespaces cannot be had here, or undefined when they can. */
export function netnsUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const network = new Netns();
  try {
    const probe = network.host('probe');
    probe.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
    probe.shape('eth0', { rateBps: 1_000_000, queueMs: 10 });
    probe.dropIncoming('eth0');
    return undefined;
  } catch (error) {
    return `network namespaces: ${reason(error)}`;
  } finally {
    network.close();
  }
}

/**
 * A set of hosts that is torn down as a whole. Namespaces are named after this process, so that runs do not meet; they are
 * also removed when the process exits without calling {@link close}.
 */
export class Netns {
  readonly #prefix: string;
  readonly #hosts: NetnsHost[] = [];
  readonly #onExit = () => this.close();
  #closed = false;

  constructor() {
    if (!swept) removeLeftovers();
    swept = true;
    this.#prefix = `hawser-${process.pid}-${++networks}`;
    process.on('exit', this.#onExit);
  }

  /** A new host: a namespace with its loopback up. */
  host(name: string): NetnsHost {
    const host = new NetnsHost(`${this.#prefix}-${name}`);
    this.#hosts.push(host);
    return host;
  }

  /** A cable between two hosts. */
  link(a: LinkEnd, b: LinkEnd): void {
    const peer = ['peer', 'name', b.name, 'netns', b.host.namespace];
    run('ip', ['-n', a.host.namespace, 'link', 'add', a.name, 'type', 'veth', ...peer]);
    for (const { host, name, addresses } of [a, b]) {
      for (const address of addresses) host.ip('address', 'add', address, 'dev', name, ...noDad(address));
      host.ip('link', 'set', name, 'up');
    }
    for (const { host, name } of [a, b]) host.awaitCarrier(name);
  }

  /** Ends every process started in the hosts and removes the namespaces with all that is in them. Safe to call again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#onExit);
    for (const host of this.#hosts) host.remove();
  }
}

/** One host of a {@link Netns}. */
export class NetnsHost {
  /** Its name for `ip netns exec`. */
  readonly namespace: string;
  readonly #children = new Set<ChildProcess>();

  constructor(namespace: string) {
    this.namespace = namespace;
    run('ip', ['netns', 'add', namespace]);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs `ip` in the host: `host.ip('route', 'add', 'default', 'via', '10.0.0.1')`. */
  ip(...args: string[]): string {
    return run('ip', ['-n', this.namespace, ...args]);
  }

  /**
   * Waits until a link has its carrier. The kernel tells of it up to a second after both ends are up, and until then the
   * interface is not in anybody's list. Errors: after two seconds.
   */
  awaitCarrier(name: string): void {
    const end = performance.now() + 2000;
    while (!/\bstate UP\b/.test(this.ip('-o', 'link', 'show', 'dev', name))) {
      if (performance.now() > end) throw new Error(`${name} has no carrier`);
    }
  }

  /** Runs a program in the host and waits; its standard output. */
  exec(program: string, ...args: string[]): string {
    return run('ip', ['netns', 'exec', this.namespace, program, ...args]);
  }

  /** Starts a program in the host. It is killed when the network is closed. */
  spawn(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespace, program, ...args], options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Takes in packets only by the interface by which it would answer them: no path leads in by one and out by another. */
  refuseDetours(): void {
    this.exec('sysctl', '-q', '-w', 'net.ipv4.conf.all.rp_filter=1');
  }

  /** Lets the host pass on packets between its links. */
  forward(): void {
    this.exec('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  }

  /**
   * Packets from `address` leave by `name` through `gateway`, and by nothing else: a rule and a table of its own, with an
   * `unreachable` behind it, so that a lost link is an error at once and not a silent detour.
   *
   * @param table - unique within the host, 1 to 252
   */
  routeBySource(address: string, name: string, gateway: string, table: number): void {
    this.ip('rule', 'add', 'from', address, 'lookup', String(table));
    this.ip('route', 'add', 'default', 'via', gateway, 'dev', name, 'table', String(table));
    this.ip('route', 'add', 'unreachable', 'default', 'metric', '1000', 'table', String(table));
  }

  /** Limits what leaves by an interface; replaces an earlier limit. */
  shape(name: string, { rateBps, queueMs, burstBytes = 32 * 1024 }: Shape): void {
    const bucket = ['rate', `${rateBps}bit`, 'burst', String(burstBytes), 'latency', `${queueMs}ms`];
    run('tc', ['-n', this.namespace, 'qdisc', 'replace', 'dev', name, 'root', 'tbf', ...bucket]);
  }

  /** Removes the limit of {@link shape}. */
  unshape(name: string): void {
    run('tc', ['-n', this.namespace, 'qdisc', 'del', 'dev', name, 'root']);
  }

  /**
   * Drops every packet that comes in by an interface, until {@link restore}. A link is cut at its two ends so: what is
   * dropped on the way out its sender is told of (`EPERM`), and a cut is to be silent.
   */
  dropIncoming(name: string): void {
    const table = `inet ${tableOf(name)}`;
    this.#nft(
      `add table ${table}\n` +
        `add chain ${table} prerouting { type filter hook prerouting priority -300; }\n` +
        `add rule ${table} prerouting iifname "${name}" counter drop\n`,
    );
  }

  /**
   * Drops some of the datagrams of DTLS that come in by an interface (first octet 20 to 63, RFC 7983 7), until {@link restore}.
   *
   * @param percent how many of 100, by chance
   * @param mtuBytes UDP payload beyond which all are dropped
   */
  loseDtls(name: string, percent: number, mtuBytes = 65_535): void {
    const table = `inet ${tableOf(name)}`;
    const dtls = `iifname "${name}" meta l4proto udp @th,64,8 >= 20 @th,64,8 <= 63`;
    // The length of UDP counts its own header of 8 bytes.
    const rules = [`numgen random mod 100 < ${percent}`, `udp length > ${Math.min(65_535, mtuBytes + 8)}`];
    this.#nft(
      `add table ${table}\n` +
        `add chain ${table} prerouting { type filter hook prerouting priority -300; }\n` +
        rules.map((rule) => `add rule ${table} prerouting ${dtls} ${rule} counter drop\n`).join(''),
    );
  }

  /** Ends {@link dropIncoming} and {@link loseDtls}. */
  restore(name: string): void {
    this.#nft(`delete table inet ${tableOf(name)}\n`);
  }

  /** Ends the host's processes and removes it; called by {@link Netns.close}. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    try {
      run('ip', ['netns', 'del', this.namespace]);
    } catch {
      // Removed already, or never made: nothing is left behind either way.
    }
  }

  #nft(script: string): void {
    execFileSync('ip', ['netns', 'exec', this.namespace, 'nft', '-f', '-'], {
      input: script,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }
}

/** Removes the hosts of processes that were killed: nothing of theirs could run then. */
function removeLeftovers(): void {
  for (const name of existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : []) {
    const pid = /^hawser-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      run('ip', ['netns', 'del', name]);
    } catch {
      // Somebody else has just removed it.
    }
  }
}

function tableOf(name: string): string {
  return `cut_${name.replace(/\W/g, '_')}`;
}

/** IPv6 addresses are usable at once, without asking whether somebody else has them. */
function noDad(address: string): string[] {
  return address.includes(':') ? ['nodad'] : [];
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function reason(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: Buffer | string };
  return stderr?.toString().trim().split('\n').at(-1) || message;
}
