/**
 * Against the `openssl` command, both roles, on the loopback interface: an implementation that is not ours agrees on the
 * keys and on what is said under them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSlot, resetSlot, type Slot, Verdict } from '@hawser/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ContentType, DtlsConnection, type DtlsEvent, generateCertificate } from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { hex } from '../support/hex.ts';

let folder: string;
let fingerprint: string;
const children: ChildProcess[] = [];
const sockets: Socket[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtls-openssl-'));
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(folder, 'key.pem'),
  ];
  const args = ['req', '-x509', ...key, '-out', join(folder, 'cert.pem'), '-subj', '/CN=openssl', '-days', '2'];
  execFileSync('openssl', args, { stdio: 'ignore' });
  fingerprint = new X509Certificate(readFileSync(join(folder, 'cert.pem'))).fingerprint256;
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A connection of ours on a real socket. */
class Peer {
  readonly connection: DtlsConnection;
  readonly received: string[] = [];
  readonly socket: Socket;
  #port: number;
  #timer: NodeJS.Timeout | undefined;
  #waiting: { is: (event: DtlsEvent | string) => boolean; resolve: () => void }[] = [];
  readonly #slot: Slot = createSlot(1500);

  constructor(role: 'client' | 'server', port: number, more: { requireCookie?: boolean } = {}) {
    const env = seededEnv(Math.trunc(process.pid) + port);
    const certificate = generateCertificate({ ...env, unixMs: Date.now() });
    const remoteFingerprints = [{ algorithm: 'SHA-256', value: fingerprint }];
    this.connection = new DtlsConnection({ role, certificate, remoteFingerprints, ...more }, env);
    this.#port = port;
    this.socket = createSocket('udp4', (message, from) => {
      this.#port = from.port;
      this.#handle(message);
    });
    sockets.push(this.socket);
  }

  until(is: (event: DtlsEvent | string) => boolean): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ is, resolve }));
  }

  start(): void {
    this.connection.start(performance.now());
    this.#drain();
  }

  say(text: string): void {
    resetSlot(this.#slot);
    this.#slot.length = new TextEncoder().encodeInto(text, this.#slot.buffer.subarray(this.#slot.offset)).written;
    expect(this.connection.seal(this.#slot)).toBe(Verdict.consumed);
    this.#send();
  }

  close(): void {
    this.connection.close(performance.now());
    this.#drain();
  }

  #handle(message: Buffer): void {
    if (message[0] === ContentType.applicationData) {
      const slot = { ...createSlot(message.length), offset: 0, length: message.length };
      slot.buffer.set(message);
      if (this.connection.open(slot) === Verdict.consumed) {
        this.#tell(new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length)));
      }
    } else this.connection.handleDatagram(performance.now(), 0, message, 0, message.length);
    this.#drain();
  }

  #drain(): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    for (resetSlot(this.#slot); this.connection.pollTransmit(now, this.#slot); resetSlot(this.#slot)) this.#send();
    for (let event = this.connection.pollEvent(); event !== undefined; event = this.connection.pollEvent())
      this.#tell(event);
    const at = this.connection.pollTimeout();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.connection.handleTimeout(performance.now());
        this.#drain();
      },
      Math.max(0, at - now) + 1,
    );
  }

  #send(): void {
    const { buffer, offset, length } = this.#slot;
    this.socket.send(buffer.slice(offset, offset + length), this.#port, '127.0.0.1');
  }

  #tell(what: DtlsEvent | string): void {
    if (typeof what === 'string') this.received.push(what);
    for (const { is, resolve } of this.#waiting) if (is(what)) resolve();
  }
}

function openssl(args: string[]): { child: ChildProcess; printed: (text: RegExp) => Promise<string> } {
  const pem = [
    '-cert',
    join(folder, 'cert.pem'),
    '-key',
    join(folder, 'key.pem'),
    '-cipher',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
  ];
  const srtp = [
    '-use_srtp',
    'SRTP_AES128_CM_SHA1_80',
    '-keymatexport',
    'EXTRACTOR-dtls_srtp',
    '-keymatexportlen',
    '60',
  ];
  const child = spawn('openssl', [...args, '-dtls1_2', ...pem, ...srtp], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  const waiting: { text: RegExp; resolve: (found: string) => void }[] = [];
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const { text, resolve } of waiting) if (text.test(output)) resolve(text.exec(output)?.[1] ?? '');
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const printed = (text: RegExp): Promise<string> =>
    new Promise((resolve) => {
      waiting.push({ text, resolve });
      take(Buffer.alloc(0));
    });
  return { child, printed };
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const isConnected = (event: DtlsEvent | string) => typeof event !== 'string' && event.type === 'connected';
const isClosed = (event: DtlsEvent | string) => typeof event !== 'string' && event.type === 'closed';

describe('openssl', () => {
  it.each([[[]], [['-listen']], [['-mtu', '300']]])(
    's_server %s: our client connects, exports the same keys, talks, closes',
    async (more) => {
      const port = await freePort();
      const server = openssl(['s_server', '-accept', String(port), '-Verify', '1', ...more]);
      await server.printed(/ACCEPT/);
      const client = new Peer('client', port);
      const connected = client.until(isConnected);
      client.start();
      await connected;
      expect(client.connection.srtpProfile).toBe(1);
      expect(client.connection.stats().helloVerifyRequests).toBe(1); // it always asks
      const keys = hex(client.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)).toUpperCase();
      expect(await server.printed(/Keying material: ([0-9A-F]+)/)).toBe(keys);
      client.say('hello from ours\n');
      await server.printed(/hello from ours/);
      const heard = client.until((what) => typeof what === 'string' && what.includes('hello from openssl'));
      server.child.stdin?.write('hello from openssl\n');
      await heard;
      client.close();
      expect(client.connection.state).toBe('closed');
    },
  );

  it.each([{ requireCookie: false }, { requireCookie: true }])('s_client: our server %o', async (more) => {
    const server = new Peer('server', 0, more);
    server.socket.bind(0, '127.0.0.1');
    await once(server.socket, 'listening');
    const connected = server.until(isConnected);
    server.start();
    const client = openssl(['s_client', '-connect', `127.0.0.1:${server.socket.address().port}`]);
    await connected;
    expect(server.connection.srtpProfile).toBe(1);
    expect(server.connection.stats().helloVerifyRequests).toBe(more.requireCookie ? 1 : 0);
    const keys = hex(server.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)).toUpperCase();
    expect(await client.printed(/Keying material: ([0-9A-F]+)/)).toBe(keys);
    server.say('hello from ours\n');
    await client.printed(/hello from ours/);
    const closed = server.until(isClosed);
    client.child.stdin?.end('hello from openssl\n');
    await closed;
    expect(server.received.join('')).toContain('hello from openssl');
    expect(server.connection.state).toBe('closed');
  });
});
