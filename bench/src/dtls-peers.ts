/** Other stacks' DTLS 1.2 handshakes: client and server of one stack in one process, both certificates shown, P-256. */
import { join } from 'node:path';
import type { BenchPeer, Unavailable } from './contract.ts';
import { peersFolder, requirePeer } from './peers.ts';
import { programPeer } from './pion.ts';

/** The program that `bench/peers/setup` builds from `bench/peers/pion-dtls`. */
export const pionDtlsProgram = join(peersFolder, 'pion', 'build', 'pion-dtls');

/** Nanoseconds of processor time per handshake, both sides, in a Go child. */
export function pionHandshakes(): Promise<BenchPeer | Unavailable> {
  return programPeer(pionDtlsProgram, 'dtls-handshake', []);
}

/** As many at once: werift waits for messages by timers of 100 ms, and only its work is to count. */
const WERIFT_AT_ONCE = 10;
const WERIFT_LIMIT_MS = 20_000;

interface WeriftTransport {
  readonly type: 'udp';
  onData: (data: Buffer, from: unknown) => void;
  send(data: Buffer): Promise<void>;
  close(): Promise<void>;
}

interface WeriftSocket {
  readonly onConnect: { subscribe(handler: () => void): void };
  readonly onError: { subscribe(handler: (error: Error) => void): void };
  close(): void;
}

interface WeriftDtls {
  readonly DtlsClient: new (options: object) => WeriftSocket & { connect(): Promise<void> };
  readonly DtlsServer: new (options: object) => WeriftSocket;
}

/** @param pem certificate and key of both sides */
export function weriftHandshakes(pem: { readonly cert: string; readonly key: string }): BenchPeer | Unavailable {
  const loaded = requirePeer<WeriftDtls>('werift', 'lib/dtls/src/index.js');
  if ('unavailable' in loaded) return loaded;
  const { module, version } = loaded;
  return {
    version,
    measure: async () => {
      const begun = process.cpuUsage();
      await Promise.all(Array.from({ length: WERIFT_AT_ONCE }, () => weriftHandshake(module, pem)));
      const { user, system } = process.cpuUsage(begun);
      return ((user + system) * 1000) / WERIFT_AT_ONCE;
    },
  };
}

async function weriftHandshake({ DtlsClient, DtlsServer }: WeriftDtls, pem: object): Promise<void> {
  const [left, right] = weriftPipe();
  const options = {
    ...pem,
    signatureHash: { hash: 4, signature: 3 }, // sha256, ecdsa
    srtpProfiles: [1],
    extendedMasterSecret: true,
    certificateRequest: true,
  };
  const server = new DtlsServer({ ...options, transport: right });
  const client = new DtlsClient({ ...options, transport: left });
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      Promise.all([connected(server), connected(client), client.connect()]),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('werift is not connected')), WERIFT_LIMIT_MS);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    client.close();
    server.close();
  }
}

function connected(socket: WeriftSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onConnect.subscribe(resolve);
    socket.onError.subscribe(reject);
  });
}

function weriftPipe(): [WeriftTransport, WeriftTransport] {
  const end = (other: () => WeriftTransport): WeriftTransport => ({
    type: 'udp',
    onData: () => {},
    send: async (data) => {
      const copy = Buffer.from(data);
      setImmediate(() => other().onData(copy, ['127.0.0.1', 1]));
    },
    close: async () => {},
  });
  const left: WeriftTransport = end(() => right);
  const right: WeriftTransport = end(() => left);
  return [left, right];
}
