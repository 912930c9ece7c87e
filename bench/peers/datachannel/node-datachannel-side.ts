/** libdatachannel's side, by `node-datachannel`, on 127.0.0.1. */
import { requirePeer } from '../../src/peers.ts';
import { type BenchChannel, onSignal, readTask, run, say } from './side.ts';

interface Connection {
  onLocalDescription(callback: (sdp: string, type: string) => void): void;
  onLocalCandidate(callback: (candidate: string, mid: string) => void): void;
  onDataChannel(callback: (channel: Channel) => void): void;
  setRemoteDescription(sdp: string, type: string): void;
  addRemoteCandidate(candidate: string, mid: string): void;
  createDataChannel(label: string): Channel;
}

interface Channel {
  isOpen(): boolean;
  onOpen(callback: () => void): void;
  onMessage(callback: (message: { readonly byteLength: number }) => void): void;
  sendMessageBinary(message: Buffer): boolean;
  bufferedAmount(): number;
  setBufferedAmountLowThreshold(bytes: number): void;
  onBufferedAmountLow(callback: () => void): void;
}

interface NodeDataChannel {
  readonly PeerConnection: new (name: string, config: Readonly<Record<string, unknown>>) => Connection;
}

type Signal = { readonly sdp: string; readonly type: string } | { readonly candidate: string; readonly mid: string };

/** It takes IPv6 and UDP headers of 48 bytes off, and DTLS of 48: datagrams of about 1 200 bytes. */
const MTU_BYTES = 1260;

const loaded = requirePeer<NodeDataChannel>('node-datachannel');
if ('unavailable' in loaded) throw new Error(loaded.unavailable);

const task = readTask();
const begunAt = performance.now();
const connection = new loaded.module.PeerConnection(task.role, {
  iceServers: [],
  bindAddress: '127.0.0.1',
  mtu: MTU_BYTES,
});
connection.onLocalDescription((sdp, type) => say({ signal: { sdp, type } }));
connection.onLocalCandidate((candidate, mid) => say({ signal: { candidate, mid } }));
/** What came before the description: its threads tell in any order. */
const early: { readonly candidate: string; readonly mid: string }[] = [];
let isDescribed = false;
onSignal((told) => {
  const signal = told as Signal;
  if ('sdp' in signal) {
    connection.setRemoteDescription(signal.sdp, signal.type);
    isDescribed = true;
    for (const { candidate, mid } of early) connection.addRemoteCandidate(candidate, mid);
  } else if (isDescribed) connection.addRemoteCandidate(signal.candidate, signal.mid);
  else early.push(signal);
});

function use(channel: Channel): void {
  const begin = () => {
    say({ open: performance.now() - begunAt });
    run(task, benchChannel(channel));
  };
  if (channel.isOpen()) begin();
  else channel.onOpen(begin);
}

function benchChannel(channel: Channel): BenchChannel {
  return {
    send: (message) => channel.sendMessageBinary(message),
    bufferedAmount: () => channel.bufferedAmount(),
    onLow: (bytes, callback) => {
      channel.setBufferedAmountLowThreshold(bytes);
      channel.onBufferedAmountLow(callback);
    },
    onMessage: (callback) => channel.onMessage((message) => callback(message.byteLength)),
  };
}

if (task.role === 'send') use(connection.createDataChannel('bench'));
else connection.onDataChannel(use);
