/** `node … apps/turn-server/src/main.ts`: a TURN server on real sockets. It listens on this machine only unless told otherwise. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import { TurnService, type TurnServiceConfig } from './turn-service.ts';

const USAGE = `usage: node --conditions=@hawser/source --import tsx apps/turn-server/src/main.ts [options]
  --listen ADDRESS       local address for clients and relays; may be repeated; default 127.0.0.1
  --port N               UDP and TCP; default 3478 (0: any)
  --tls-port N --cert FILE --key FILE
  --realm TEXT           default hawser
  --user NAME:PASSWORD   may be repeated
  --secret TEXT          time-limited credentials: name expiry:user, password base64(HMAC-SHA1(secret, name))
  --external ADDRESS     public IPv4 address of the relays, behind a 1:1 NAT
  --allow-peer PREFIX    peers allowed though private, local or our own; may be repeated
  --deny-peer PREFIX     peers refused besides; may be repeated
  --max-rate BYTES       payload per second and allocation
  --advance BYTES        by how much answers to strangers may exceed what came from them, bytes a second; default 0
  --json                 one line of JSON when listening, every ten seconds, and at the end`;

const many = { type: 'string', multiple: true } as const;
const one = { type: 'string' } as const;
const OPTIONS = {
  listen: many,
  port: one,
  'tls-port': one,
  cert: one,
  key: one,
  realm: one,
  user: many,
  secret: one,
  external: one,
  'allow-peer': many,
  'deny-peer': many,
  'max-rate': one,
  advance: one,
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const STATUS_MS = 10_000;

async function main(): Promise<number> {
  let values: ReturnType<typeof parse>;
  let service: TurnService;
  let port: number;
  let tlsPort: number;
  const addresses: string[] = [];
  try {
    values = parse();
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    if (values.user === undefined && values.secret === undefined) throw new Error('name a --user or a --secret');
    if ((values['tls-port'] !== undefined) !== (values.cert !== undefined && values.key !== undefined)) {
      throw new Error('--tls-port, --cert and --key go together');
    }
    port = portOf(values.port ?? '3478');
    tlsPort = portOf(values['tls-port'] ?? '0');
    addresses.push(...(values.listen ?? ['127.0.0.1']));
    service = new TurnService(configOf(values, addresses));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  try {
    for (const address of addresses) {
      const bound = await service.listenUdp(address, port);
      await service.listenStream(address, bound);
      if (values['tls-port'] !== undefined && values.cert !== undefined && values.key !== undefined) {
        const tls = { cert: readFileSync(values.cert, 'utf8'), key: readFileSync(values.key, 'utf8') };
        await service.listenStream(address, tlsPort, tls);
      }
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    await service.close();
    return 1;
  }
  const show = (): void => {
    const status = service.status();
    const { allocations, counters } = status;
    const { bytesToPeers, bytesToClients } = counters;
    const text = `${allocations} allocations, ${bytesToPeers} bytes to peers, ${bytesToClients} to clients`;
    process.stdout.write(values.json ? `${JSON.stringify(status)}\n` : `${text}\n`);
  };
  if (!values.json) process.stdout.write(`listening on ${service.status().listening.join(', ')}\n`);
  else show();
  const timer = setInterval(show, STATUS_MS);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
  show();
  await service.close();
  return 0;
}

function parse() {
  return parseArgs({ options: OPTIONS }).values;
}

function configOf(values: ReturnType<typeof parse>, addresses: readonly string[]): TurnServiceConfig {
  const ipv4 = addresses.find((address) => !address.includes(':'));
  const ipv6 = addresses.find((address) => address.includes(':'));
  const users = Object.fromEntries(
    (values.user ?? []).map((pair) => {
      const colon = pair.indexOf(':');
      if (colon < 1 || colon === pair.length - 1) throw new Error('--user is NAME:PASSWORD');
      return [pair.slice(0, colon), pair.slice(colon + 1)];
    }),
  );
  if (values.external !== undefined && !isIPv4(values.external)) throw new Error('--external is an IPv4 address');
  return {
    realm: values.realm ?? 'hawser',
    users,
    relayAddresses: { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) },
    peers: { allow: values['allow-peer'] ?? [], deny: values['deny-peer'] ?? [] },
    ...(values.secret === undefined ? {} : { sharedSecret: values.secret }),
    ...(values.external === undefined ? {} : { externalIpv4: values.external }),
    ...(values.advance === undefined ? {} : { unauthenticatedAdvanceBytesPerSecond: Number(values.advance) }),
    ...(values['max-rate'] === undefined ? {} : { allocationBytesPerSecond: Number(values['max-rate']) }),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new Error(`${text} is no port`);
  return port;
}

process.exitCode = await main();
