import { Netns, type NetnsHost } from './netns.ts';

/** Two hosts with several paths between them, for a browser (or any program) and its peer. */
export interface Topology {
  readonly network: Netns;
  readonly browser: NetnsHost;
  readonly peer: NetnsHost;
  /** The browser's address on each path; all the same where it has one interface. */
  readonly browserAddresses: readonly string[];
  /** The peer's address on each path, in order. */
  readonly peerAddresses: readonly string[];
  /** Silences a path both ways, without a word to either host. Paths count from 0. */
  cut(path: number): void;
  /** Ends {@link cut}. */
  restore(path: number): void;
  close(): void;
}

/** One end of a link that a path crosses. */
interface End {
  readonly host: NetnsHost;
  readonly name: string;
}

/** What a topology is made of: the addresses, and for each path the two ends of the link at which it is cut. */
interface Wired extends Pick<Topology, 'browserAddresses' | 'peerAddresses'> {
  readonly links: readonly (readonly [End, End])[];
}

/**
 * T1: each host has an interface per path, joined by a cable of its own.
 *
 * ```
 *   browser eth0 10.77.0.1 ───── 10.77.0.2 eth0 peer
 *           eth1 10.77.1.1 ───── 10.77.1.2 eth1
 * ```
 *
 * Only these two: neither host takes in by one cable what belongs to the other.
 */
export function twoLinks(paths = 2): Topology {
  return build(paths, (network, browser, peer, numbers) => {
    for (const path of numbers) {
      network.link(
        { host: browser, name: `eth${path}`, addresses: [`10.77.${path}.1/24`] },
        { host: peer, name: `eth${path}`, addresses: [`10.77.${path}.2/24`] },
      );
    }
    browser.refuseDetours();
    peer.refuseDetours();
    // A browser gathers nothing on a machine without a default route.
    browser.ip('route', 'add', 'default', 'via', '10.77.0.2');
    return {
      browserAddresses: numbers.map((path) => `10.77.${path}.1`),
      peerAddresses: numbers.map((path) => `10.77.${path}.2`),
      links: numbers.map((path) => [
        { host: browser, name: `eth${path}` },
        { host: peer, name: `eth${path}` },
      ]),
    };
  });
}

/**
 * T2: the browser has one interface, the peer one per path; a router is between them, so that nothing is on-link. The
 * peer routes by source address.
 *
 * ```
 *   browser eth0 10.78.9.1 ───── 10.78.9.254 router 10.78.0.254 ───── 10.78.0.2 eth0 peer
 *                                                   10.78.1.254 ───── 10.78.1.2 eth1
 * ```
 */
export function oneToTwo(paths = 2): Topology {
  return build(paths, (network, browser, peer, numbers) => {
    const router = network.host('router');
    router.forward();
    network.link(
      { host: browser, name: 'eth0', addresses: ['10.78.9.1/24'] },
      { host: router, name: 'lan', addresses: ['10.78.9.254/24'] },
    );
    browser.ip('route', 'add', 'default', 'via', '10.78.9.254');
    for (const path of numbers) {
      const gateway = `10.78.${path}.254`;
      network.link(
        { host: router, name: `wan${path}`, addresses: [`${gateway}/24`] },
        { host: peer, name: `eth${path}`, addresses: [`10.78.${path}.2/24`] },
      );
      peer.routeBySource(`10.78.${path}.2`, `eth${path}`, gateway, 100 + path);
    }
    peer.ip('route', 'add', 'default', 'via', '10.78.0.254');
    return {
      browserAddresses: numbers.map(() => '10.78.9.1'),
      peerAddresses: numbers.map((path) => `10.78.${path}.2`),
      links: numbers.map((path) => [
        { host: router, name: `wan${path}` },
        { host: peer, name: `eth${path}` },
      ]),
    };
  });
}

/** Makes the two hosts, lets `wire` connect them, and takes all down again if that fails half-way. */
function build(
  paths: number,
  wire: (network: Netns, browser: NetnsHost, peer: NetnsHost, numbers: readonly number[]) => Wired,
): Topology {
  const network = new Netns();
  try {
    const browser = network.host('browser');
    const peer = network.host('peer');
    const { links, ...addresses } = wire(
      network,
      browser,
      peer,
      Array.from({ length: paths }, (_, path) => path),
    );
    const endsOf = (path: number): readonly [End, End] => {
      const ends = links[path];
      if (ends === undefined) throw new RangeError(`no path ${path}: there are ${paths}`);
      return ends;
    };
    return {
      network,
      browser,
      peer,
      ...addresses,
      cut: (path) => {
        for (const { host, name } of endsOf(path)) host.dropIncoming(name);
      },
      restore: (path) => {
        for (const { host, name } of endsOf(path)) host.restore(name);
      },
      close: () => network.close(),
    };
  } catch (error) {
    network.close();
    throw error;
  }
}
