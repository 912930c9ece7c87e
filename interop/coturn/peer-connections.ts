import { createHash } from 'node:crypto';
import { type DataChannel, PeerConnection, type PeerConnectionConfig } from '@hawser/node';

/** What two connections that only a relay joins have moved. */
export interface Moved {
  readonly connectMs: number;
  readonly seconds: number;
}

const MESSAGE_BYTES = 16_384;

/** Connects two peers of this process by relays alone, and moves `bytes` each way at once, compared by hash. */
export async function moveThroughRelays(
  iceServers: PeerConnectionConfig['iceServers'],
  ca: string,
  address: string,
  bytes: number,
): Promise<Moved> {
  const config: PeerConnectionConfig = {
    addresses: [address],
    iceServers,
    tls: { ca },
    ice: { candidatePolicy: 'relay' },
  };
  const offerer = new PeerConnection(config);
  const answerer = new PeerConnection(config);
  const types = new Set<string>();
  for (const [from, to] of [
    [offerer, answerer],
    [answerer, offerer],
  ]) {
    from.onicecandidate = ({ candidate }) => {
      const type = /typ (\w+)/.exec(candidate?.candidate ?? '')?.[1];
      if (type !== undefined) types.add(type);
      void to.addIceCandidate(candidate);
    };
  }
  try {
    const startedAt = performance.now();
    const incoming = new Promise<DataChannel>((resolve) => {
      answerer.ondatachannel = ({ channel }) => resolve(channel);
    });
    const channel = offerer.createDataChannel('transfer');
    await offerer.setLocalDescription();
    await answerer.setRemoteDescription(described(offerer));
    await answerer.setLocalDescription();
    await offerer.setRemoteDescription(described(answerer));
    const signal = AbortSignal.timeout(60_000);
    await channel.opened({ signal });
    const other = await incoming;
    const connectMs = performance.now() - startedAt;
    if ([...types].join() !== 'relay') throw new Error(`candidates of type ${[...types].join()}, not relay alone`);
    const hashes = await Promise.all([
      send(channel, bytes, 7, signal),
      send(other, bytes, 11, signal),
      receive(other, bytes),
      receive(channel, bytes),
    ]);
    if (hashes[0] !== hashes[2] || hashes[1] !== hashes[3]) throw new Error('what came is not what was sent');
    return { connectMs, seconds: (performance.now() - startedAt - connectMs) / 1000 };
  } finally {
    await Promise.all([offerer.close(), answerer.close()]);
  }
}

function described(connection: PeerConnection) {
  if (connection.localDescription === null) throw new Error('no description');
  return connection.localDescription;
}

async function send(channel: DataChannel, bytes: number, seed: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const message = new Uint8Array(MESSAGE_BYTES);
  for (let sent = 0; sent < bytes; sent += MESSAGE_BYTES) {
    const part = message.subarray(0, Math.min(MESSAGE_BYTES, bytes - sent));
    for (let i = 0; i < part.length; i++) part[i] = ((sent + i) * seed) >>> 5;
    hash.update(part);
    await channel.ready({ signal });
    channel.send(part);
  }
  return hash.digest('hex');
}

async function receive(channel: DataChannel, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  let received = 0;
  for await (const message of channel.messages()) {
    if (typeof message === 'string') continue;
    hash.update(new Uint8Array(message));
    received += message.byteLength;
    if (received >= bytes) break;
  }
  return hash.digest('hex');
}
