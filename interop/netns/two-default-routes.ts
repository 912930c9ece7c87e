import { Netns, type NetnsHost } from '../src/netns.ts';

/** A host with two access networks, each with a default route, and a peer that is on neither of them. */
export interface TwoDefaultRoutes {
  readonly host: NetnsHost;
  readonly peer: NetnsHost;
  /** The host's addresses on eth0 and eth1, and the gateways there. */
  readonly addresses: readonly [string, string];
  readonly gateways: readonly [string, string];
  close(): void;
}

/**
 * ```
 *   host eth0 10.79.0.2 ───── 10.79.0.254 router 10.79.9.254 ───── 10.79.9.2, .3 eth0 peer
 *        eth1 10.79.1.2 ───── 10.79.1.254
 * ```
 *
 * Both of the host's networks have a default route, eth0's the better metric: as DHCP on two interfaces leaves a machine.
 */
export function twoDefaultRoutes(): TwoDefaultRoutes {
  const network = new Netns();
  try {
    const host = network.host('host');
    const router = network.host('router');
    const peer = network.host('peer');
    router.forward();
    for (const i of [0, 1]) {
      network.link(
        { host, name: `eth${i}`, addresses: [`10.79.${i}.2/24`] },
        { host: router, name: `wan${i}`, addresses: [`10.79.${i}.254/24`] },
      );
      addDefaultRoute(host, i);
    }
    network.link(
      { host: peer, name: 'eth0', addresses: ['10.79.9.2/24', '10.79.9.3/24'] },
      { host: router, name: 'lan', addresses: ['10.79.9.254/24'] },
    );
    peer.ip('route', 'add', 'default', 'via', '10.79.9.254');
    return {
      host,
      peer,
      addresses: ['10.79.0.2', '10.79.1.2'],
      gateways: ['10.79.0.254', '10.79.1.254'],
      close: () => network.close(),
    };
  } catch (error) {
    network.close();
    throw error;
  }
}

function addDefaultRoute(host: NetnsHost, i: number): void {
  host.ip('route', 'add', 'default', 'via', `10.79.${i}.254`, 'dev', `eth${i}`, 'metric', String(100 + i));
}
