import { type DtlsCertificate, generateCertificate } from '@hawser/dtls';
import { MultipathSession, type SessionConfig, type SessionEvent } from '@hawser/multipath';
import { FlowDriver, type Network, type SeededRandom, simEnv } from '@hawser/netsim';
import { nullCrypto } from './null-crypto.ts';

/** One end: its session, and who hears of its events. */
export interface End {
  readonly session: MultipathSession;
  readonly driver: FlowDriver<MultipathSession>;
  readonly certificate: DtlsCertificate;
  /** All are told every event. They may give the session commands. */
  readonly listeners: ((event: SessionEvent) => void)[];
}

/** The two ends of a session: `a` sends, and offers. */
export interface Ends {
  readonly network: Network;
  readonly a: End;
  readonly b: End;
}

/**
 * Makes both ends, on hosts with one interface for each path. The links are still to be laid, then they are introduced.
 *
 * @param subnets the second number of the addresses of each
 */
export function createEnds(
  network: Network,
  random: SeededRandom,
  subnets: readonly [number, number],
  interfaces: number,
  config: Partial<SessionConfig>,
): Ends {
  const [a, b] = (['controlling', 'controlled'] as const).map((role, i): End => {
    const name = `${'ab'[i]}${subnets[i]}`;
    const host = network.addHost(name, {
      interfaces: Array.from({ length: interfaces }, (_, n) => ({
        name: `eth${n}`,
        addresses: [`10.${subnets[i]}.${n}.1`],
      })),
    });
    const secure = random.fork(`certificate ${name}`);
    const certificate = generateCertificate({ unixMs: 1.8e12, secure }, nullCrypto);
    const session = new MultipathSession(
      { certificate, role, crypto: { dtls: nullCrypto }, ...config },
      simEnv(network.clock, random.fork(name)),
    );
    const listeners: End['listeners'] = [];
    const driver: FlowDriver<MultipathSession> = new FlowDriver(host, session, session.flows, {
      onEvent: (event) => {
        // With listeners nobody reads the list: a long run must not keep every event.
        if (listeners.length > 0) driver.events.length = 0;
        for (const listener of listeners) listener(event);
      },
      onSendError: (flow, status) => session.handleSendError(network.clock.now, flow, status),
    });
    return { session, driver, certificate, listeners };
  });
  return { network, a, b };
}

/** Gives each end the other's description and candidates, those of the interfaces that are to be used. */
export function introduce({ a, b }: Ends, used: readonly number[]): void {
  describe(a, b, 'client');
  describe(b, a, 'server');
  gather(a, b, used);
  gather(b, a, used);
}

/** DTLS is up at both. */
export function areConnected({ a, b }: Ends): boolean {
  return a.session.isConnected && b.session.isConnected;
}

function describe(end: End, other: End, dtlsRole: 'client' | 'server'): void {
  end.driver.act((session, now) =>
    session.setRemote(now, {
      ...other.session.iceParameters,
      hawser: true,
      fingerprints: [{ algorithm: 'sha-256', value: other.certificate.fingerprint('sha-256') }],
      dtlsRole,
      sctp: { remotePort: 5000, maxMessageSizeBytes: 262_144 },
      transportCcExtensionId: 5,
    }),
  );
}

function gather(end: End, other: End, used: readonly number[]): void {
  for (const i of used) {
    const { name, addresses } = end.driver.host.interfaces[i];
    const { address, port } = end.driver.openBase(i, addresses[0]);
    end.driver.act((session, now) => session.addBase(now, { base: i, address, port, egress: name }));
  }
  end.driver.act((session, now) => session.endOfLocalCandidates(now));
  for (const event of end.driver.events) {
    if (event.type !== 'candidate') continue;
    other.driver.act((session, now) => session.addRemoteCandidate(now, event.candidate));
  }
  other.driver.act((session, now) => session.endOfRemoteCandidates(now));
}
