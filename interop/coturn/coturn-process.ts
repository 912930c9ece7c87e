import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificate and key for loopback, and the folder that they and coturn's files are in. */
export interface Workplace {
  readonly folder: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
  dispose(): void;
}

export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-coturn-'));
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ],
    { stdio: 'ignore' },
  );
  return {
    folder,
    certFile,
    keyFile,
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** How coturn's users prove themselves. */
export type CoturnUsers = { readonly user: string; readonly password: string } | { readonly secret: string };

export interface Coturn {
  readonly port: number;
  readonly tlsPort: number;
  stop(): Promise<void>;
}

/** Seconds after which coturn calls its nonces stale. */
export const STALE_NONCE_SECONDS = 2;

/** Starts coturn on a loopback address; resolves when it takes connections. */
export async function startCoturn(place: Workplace, address: string, users: CoturnUsers): Promise<Coturn> {
  const [port, tlsPort] = [await freePort(address), await freePort(address)];
  const credentials =
    'secret' in users
      ? ['--use-auth-secret', `--static-auth-secret=${users.secret}`]
      : ['--lt-cred-mech', `--user=${users.user}:${users.password}`];
  const child = spawn(
    'turnserver',
    [
      '-n',
      ...[
        '--listening-ip',
        address,
        '--relay-ip',
        address,
        '-p',
        String(port),
        '--tls-listening-port',
        String(tlsPort),
      ],
      ...['--cert', place.certFile, '--pkey', place.keyFile, '--realm', 'example.org', ...credentials],
      ...[`--stale-nonce=${STALE_NONCE_SECONDS}`, '--allow-loopback-peers', '--no-cli', '--no-dtls'],
      ...[
        '--log-file',
        'stdout',
        '--pidfile',
        join(place.folder, `${port}.pid`),
        '-b',
        join(place.folder, `${port}.db`),
      ],
    ],
    { stdio: 'ignore', cwd: place.folder },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await listening(child, address, tlsPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, tlsPort, stop };
}

async function listening(child: ChildProcess, address: string, port: number): Promise<void> {
  const { connect } = await import('node:net');
  for (let tried = 0; tried < 100; tried++) {
    if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`);
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port });
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('turnserver does not listen');
}

/** A port that is free now, for TCP at least. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: address, port: 0 }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
