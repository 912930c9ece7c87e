/**
 * The floor: what any stack on node:dgram pays at least. Datagrams of 1 200 bytes, each sealed and opened by one AEAD call,
 * and for every second one an acknowledgement of 65 bytes, sealed and opened, too. No protocol, no messages, one key.
 *
 * A fifth argument `lowered` lowers it: sockets connected to each other, and ChaCha20-Poly1305 of our kernel in place of
 * AES-128-GCM of node:crypto.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { nodeCrypto } from '@hawser/dtls';
import { onSignal, readTask, run, say } from './side.ts';

/** User data of a full packet: 1 200 less 37 of DTLS, 12 of SCTP and 20 of an I-DATA chunk, in whole words. */
const USER_BYTES = 1128;
/** DTLS 1.2 AES-GCM: header and explicit nonce before the payload, tag behind. */
const BEFORE = 21;
const TAG = 16;
const DATAGRAM_BYTES = 1200;
const SACK_BYTES = 28 + BEFORE + TAG;
const WINDOW_PACKETS = 512;
const PACKETS_PER_SACK = 2;
const BUFFER_BYTES = 4 * 1024 * 1024;

const task = readTask();
const isLowered = process.argv[6] === 'lowered';
const key = Buffer.alloc(16, 7);
const kernel = nodeCrypto.createAead('chacha20-poly1305', Buffer.alloc(32, 7));
const nonce = Buffer.alloc(12);
const aad = Buffer.alloc(13);
const options = { authTagLength: TAG } as const;

function seal(datagram: Buffer): void {
  if (isLowered) {
    kernel.seal(nonce, aad, datagram, BEFORE, datagram.length - BEFORE - TAG);
    return;
  }
  const cipher = createCipheriv('aes-128-gcm', key, nonce, options);
  cipher.setAAD(aad);
  datagram.set(cipher.update(datagram.subarray(BEFORE, datagram.length - TAG)), BEFORE);
  cipher.final();
  datagram.set(cipher.getAuthTag(), datagram.length - TAG);
}

function open(datagram: Buffer): void {
  if (isLowered) {
    kernel.open(nonce, aad, datagram, BEFORE, datagram.length - BEFORE - TAG);
    return;
  }
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, options);
  decipher.setAAD(aad);
  decipher.setAuthTag(datagram.subarray(datagram.length - TAG));
  datagram.set(decipher.update(datagram.subarray(BEFORE, datagram.length - TAG)), BEFORE);
  decipher.final();
}

const socket = createSocket({ type: 'udp4', lookup: (host, _options, callback) => callback(null, host, 4) });
let otherPort = 0;
const post = (bytes: Buffer) => {
  if (isLowered) socket.send(bytes, () => {});
  else socket.send(bytes, 0, bytes.length, otherPort, '127.0.0.1', () => {});
};

socket.bind(0, '127.0.0.1', () => {
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  onSignal((port) => {
    otherPort = port as number;
    if (isLowered) socket.connect(otherPort, '127.0.0.1', begin);
    else begin();
  });
  say({ signal: socket.address().port });
});

function begin(): void {
  if (task.mode === 'ping') echo();
  else if (task.role === 'send') pour();
  else take();
}

/** Keeps a window of datagrams on the way; every acknowledgement lets two more out. */
function pour(): void {
  // As many buffers as may be in the socket's hands at once.
  const datagrams = Array.from({ length: WINDOW_PACKETS }, () => Buffer.alloc(DATAGRAM_BYTES, 1));
  let next = 0;
  const send = (count: number) => {
    for (let i = 0; i < count; i++) {
      const datagram = datagrams[next++ % WINDOW_PACKETS];
      seal(datagram);
      post(datagram);
    }
  };
  socket.on('message', (sack) => {
    open(sack);
    send(PACKETS_PER_SACK);
  });
  // The receiver's handler is there by then.
  setTimeout(send, 200, WINDOW_PACKETS);
}

function take(): void {
  let received = 0;
  run(task, {
    send: () => {},
    bufferedAmount: () => 0,
    onLow: () => {},
    onMessage: (callback) => {
      socket.on('message', (datagram) => {
        open(datagram);
        if (++received % PACKETS_PER_SACK === 0) {
          const sack = Buffer.alloc(SACK_BYTES);
          seal(sack);
          post(sack);
        }
        callback(USER_BYTES);
      });
    },
  });
}

/** Bare datagrams for the round trip: nothing but the sockets. */
function echo(): void {
  run(task, {
    send: (message) => post(message),
    bufferedAmount: () => 0,
    onLow: () => {},
    onMessage: (callback) => {
      socket.on('message', (message) => callback(message.length));
    },
  });
}
