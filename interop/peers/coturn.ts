/**
 * `npm run interop -- coturn`: our TURN client against Debian's coturn, two of our peers that only coturn joins, and coturn's
 * client against our TURN server, on loopback.
 */
import { timeLimitedCredentials } from '@hawser/turn';
import { TurnService } from '@hawser/turn-server';
import { UsageError } from '../../scripts/cli.ts';
import {
  type CoturnUsers,
  openWorkplace,
  STALE_NONCE_SECONDS,
  startCoturn,
  type Workplace,
} from '../coturn/coturn-process.ts';
import { moveThroughRelays } from '../coturn/peer-connections.ts';
import { openEcho, transfer, transportAddress } from '../coturn/transfer.ts';
import { type ClientTransport, TurnConnection } from '../coturn/turn-connection.ts';
import { runUclient } from '../coturn/uclient.ts';
import type { InteropCase, RunPeer } from '../src/index.ts';
import { debianVersion, installDebian } from '../stacks/debian.ts';

const USER = 'alice';
const PASSWORD = 'correct horse';
const SECRET = 'north wind';
const TRANSFER_BYTES = 10_000_000;

type Figures = InteropCase['figures'];
interface Case {
  readonly name: string;
  run(place: Workplace): Promise<Figures>;
}

/** Our client: allocate, 10 MB to a peer and back, a stale nonce in between, and give back. */
function clientCase(name: string, transport: ClientTransport, address: string, kind: 'long-term' | 'rest'): Case {
  const users: CoturnUsers = kind === 'rest' ? { secret: SECRET } : { user: USER, password: PASSWORD };
  return {
    name,
    run: async (place) => {
      const coturn = await startCoturn(place, address, users);
      const credentials =
        kind === 'rest'
          ? timeLimitedCredentials(SECRET, Date.now() / 1000 + 600, USER)
          : { username: USER, password: PASSWORD };
      const echo = await openEcho(address);
      const peer = transportAddress(address, echo.port);
      let connection: TurnConnection | undefined;
      try {
        connection = await TurnConnection.open(transport, address, transport === 'tls' ? coturn.tlsPort : coturn.port, {
          ...credentials,
          family: address.includes(':') ? 'ipv6' : 'ipv4',
          permissionRefreshMs: 1000 * STALE_NONCE_SECONDS,
        });
        return await useAllocation(connection, peer);
      } finally {
        await connection?.close();
        await echo.close();
        await coturn.stop();
      }
    },
  };
}

async function useAllocation(connection: TurnConnection, peer: ReturnType<typeof transportAddress>): Promise<Figures> {
  const startedAt = performance.now();
  connection.act((client, now) => client.allocate(now));
  await connection.event('allocated');
  const allocateMs = performance.now() - startedAt;
  // First by indications, then by a channel. Over TCP and TLS coturn drops some of a burst of Data indications: in one run
  // the bytes of 574 of 576 reached the connection, and all 576 had reached the peer.
  connection.act((client, now) => void client.permit(now, peer));
  await connection.event('permitted');
  const indications = await transfer(connection, peer, TRANSFER_BYTES / 10);
  connection.act((client, now) => void client.bind(now, peer));
  await connection.event('bound');
  const channel = await transfer(connection, peer, TRANSFER_BYTES);
  // The permission is refreshed every two seconds, which is as long as a nonce lasts.
  const until = performance.now() + 3000 * STALE_NONCE_SECONDS;
  while (connection.client.stats().staleNonces === 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { staleNonces, verdicts } = connection.client.stats();
  if (staleNonces === 0) throw new Error('no nonce grew stale');
  await transfer(connection, peer, 100_000);
  connection.act((client, now) => client.release(now));
  await connection.event('released');
  return {
    allocateMs: Number(allocateMs.toFixed(1)),
    relayedBytesEachWay: TRANSFER_BYTES,
    channelSeconds: Number(channel.seconds.toFixed(2)),
    sentAgainByIndications: indications.lost,
    sentAgainByChannel: channel.lost,
    staleNonces,
    refusedByOurClient: verdicts.malformed + verdicts.unexpected + verdicts.unauthenticated + verdicts.unsupported,
  };
}

/** Two peers that may use nothing but relays, each over a connection of its own. */
function peersCase(name: string, transport: ClientTransport): Case {
  const address = '127.0.0.1';
  return {
    name,
    run: async (place) => {
      const coturn = await startCoturn(place, address, { user: USER, password: PASSWORD });
      const urls = {
        udp: `turn:${address}:${coturn.port}`,
        tcp: `turn:${address}:${coturn.port}?transport=tcp`,
        tls: `turns:localhost:${coturn.tlsPort}`,
      }[transport];
      try {
        const servers = [{ urls, username: USER, credential: PASSWORD }];
        const moved = await moveThroughRelays(servers, place.cert, address, TRANSFER_BYTES);
        return {
          connectMs: Number(moved.connectMs.toFixed(1)),
          relayedBytesEachWay: TRANSFER_BYTES,
          seconds: Number(moved.seconds.toFixed(2)),
        };
      } finally {
        await coturn.stop();
      }
    },
  };
}

/** Coturn's client against our server. */
function serverCase(name: string, address: string, flags: readonly string[], kind: 'long-term' | 'rest'): Case {
  return {
    name,
    run: async (place) => {
      const service = new TurnService({
        realm: 'example.org',
        users: { [USER]: 'pass' },
        sharedSecret: SECRET,
        relayAddresses: address.includes(':') ? { ipv6: address } : { ipv4: address },
        // It relays between allocations of its own, on loopback.
        peers: { allow: ['127.0.0.0/8', '::1'] },
      });
      try {
        const port = await service.listenUdp(address, 0);
        await service.listenStream(address, port);
        const tlsPort = await service.listenStream(address, 0, place);
        const credentials = kind === 'rest' ? ['-u', USER, '-W', SECRET] : ['-u', USER, '-w', 'pass'];
        const to = String(flags.includes('-S') ? tlsPort : port);
        // Send indications: its channels are RFC 5766's, of which RFC 8656 left a quarter.
        const result = await runUclient([
          ...flags,
          '-y',
          '-s',
          '-c',
          '-n',
          '200',
          '-m',
          '4',
          '-l',
          '900',
          ...credentials,
          '-p',
          to,
          address,
        ]);
        const { counters, sendDrops } = service.status();
        const { packetsToPeers, packetsToClients } = counters;
        if (Math.min(packetsToPeers, packetsToClients) < result.messagesSent || sendDrops > 0) {
          throw new Error(
            `${packetsToPeers} and ${packetsToClients} relayed of ${result.messagesSent}, ${sendDrops} dropped`,
          );
        }
        // Over TLS the client does not read all that it got, also from coturn itself (0.5 and 3.3 % in two runs).
        if (result.lostPercent > 0 && !flags.includes('-S')) throw new Error(`${result.lostPercent} % lost`);
        return {
          messagesSent: result.messagesSent,
          messagesReceived: result.messagesReceived,
          relayedBytes: counters.bytesToPeers,
        };
      } finally {
        await service.close();
      }
    },
  };
}

const CASES: readonly Case[] = [
  clientCase('client-udp', 'udp', '127.0.0.1', 'long-term'),
  clientCase('client-tcp', 'tcp', '127.0.0.1', 'long-term'),
  clientCase('client-tls', 'tls', '127.0.0.1', 'long-term'),
  clientCase('client-udp-ipv6', 'udp', '::1', 'long-term'),
  clientCase('client-udp-rest', 'udp', '127.0.0.1', 'rest'),
  peersCase('peers-udp', 'udp'),
  peersCase('peers-tcp', 'tcp'),
  peersCase('peers-tls', 'tls'),
  serverCase('server-udp', '127.0.0.1', [], 'long-term'),
  serverCase('server-tcp', '127.0.0.1', ['-t'], 'long-term'),
  serverCase('server-tls', '127.0.0.1', ['-t', '-S'], 'long-term'),
  serverCase('server-udp-ipv6', '::1', ['-x'], 'long-term'),
  serverCase('server-udp-rest', '127.0.0.1', [], 'rest'),
];

export const run: RunPeer = async ({ cases, say }) => {
  for (const name of cases) {
    if (!CASES.some((one) => one.name === name)) {
      throw new UsageError(`no case ${name}; there are: ${CASES.map((one) => one.name).join(', ')}`);
    }
  }
  const missing = installDebian(['coturn', 'openssl'], say);
  if (missing !== undefined) return { unavailable: missing };
  const place = openWorkplace();
  const results: InteropCase[] = [];
  try {
    for (const one of CASES) {
      if (cases.length > 0 && !cases.includes(one.name)) continue;
      const result = await one.run(place).then(
        (figures) => ({ name: one.name, ok: true, figures, note: '' }),
        (error: Error) => ({ name: one.name, ok: false, figures: {}, note: error.message }),
      );
      say(`${result.ok ? 'ok    ' : 'FAILED'} ${one.name} ${result.note}`);
      results.push(result);
    }
  } finally {
    place.dispose();
  }
  return {
    peer: 'coturn',
    version: debianVersion('coturn') ?? 'unknown',
    ok: results.every(({ ok }) => ok),
    cases: results,
  };
};
