import { type DatagramSocket, openUdpSocket } from '@hawser/node';
import { TransportAddress } from '@hawser/stun';
import type { TurnConnection } from './turn-connection.ts';

/** Payload of one packet, and how many may be under way: small enough for every buffer on the way. */
const PACKET_BYTES = 1000;
const WINDOW = 48;

/** A peer that sends everything back to where it came from. */
export async function openEcho(address: string): Promise<DatagramSocket> {
  const socket: DatagramSocket = await openUdpSocket(address, 0, {
    onDatagram: (bytes, from, port) => socket.send(bytes.slice(), 0, bytes.length, port, from, () => {}),
    onError: () => {},
  });
  return socket;
}

/** What a transfer took. */
export interface Transferred {
  readonly seconds: number;
  /** Packets that had to be sent again. */
  readonly lost: number;
}

/** Sends `totalBytes` to an echoing peer and takes every one of them back, each checked. */
export function transfer(connection: TurnConnection, peer: TransportAddress, totalBytes: number): Promise<Transferred> {
  const packets = Math.ceil(totalBytes / PACKET_BYTES);
  const returned = new Uint8Array(packets);
  const payload = new Uint8Array(PACKET_BYTES);
  const startedAt = performance.now();
  let sent = 0;
  let done = 0;
  let lost = 0;
  const send = (n: number): void => {
    new DataView(payload.buffer).setUint32(0, n);
    payload.fill(n & 0xff, 4);
    if (!connection.send(peer, payload)) throw new Error('the client may not send');
  };
  return new Promise((resolve, reject) => {
    let lastDone = -1;
    const fill = (): void => {
      while (sent < packets && sent - done < WINDOW) send(sent++);
    };
    const watch = setInterval(() => {
      if (performance.now() - startedAt > 60_000) {
        clearInterval(watch);
        reject(new Error(`${done} of ${packets} packets came back`));
      } else if (done === lastDone) {
        for (let n = 0; n < sent; n++) {
          if (returned[n] !== 0) continue;
          lost++;
          send(n);
        }
      }
      lastDone = done;
    }, 250);
    connection.onPacket = (bytes) => {
      const n = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      const intact =
        bytes.length === PACKET_BYTES && n < packets && bytes.subarray(4).every((byte) => byte === (n & 0xff));
      if (!intact) {
        clearInterval(watch);
        reject(new Error(`packet ${n} came back changed`));
        return;
      }
      if (returned[n] !== 0) return;
      returned[n] = 1;
      done++;
      if (done === packets) {
        clearInterval(watch);
        resolve({ seconds: (performance.now() - startedAt) / 1000, lost });
      } else fill();
    };
    fill();
  });
}

export function transportAddress(address: string, port: number): TransportAddress {
  const result = new TransportAddress();
  result.set(address, port);
  return result;
}
