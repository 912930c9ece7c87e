/** A side of any stack with W3C's `RTCPeerConnection`. */
import { type BenchChannel, onSignal, readTask, run, say } from './side.ts';

interface Description {
  readonly type: string;
  readonly sdp: string;
}

/** As much of W3C's `RTCDataChannel` as is used here; stacks differ in what an event is. */
export interface W3cChannel {
  readonly readyState: string;
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  binaryType?: string;
  send(message: Buffer): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/** As much of W3C's `RTCPeerConnection` as is used here. */
export interface W3cConnection {
  readonly localDescription: Description | null | undefined;
  createDataChannel(label: string): W3cChannel;
  createOffer(): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<unknown>;
  setRemoteDescription(description: Description): Promise<unknown>;
  ondatachannel: ((event: { channel: W3cChannel }) => void) | null;
}

/** Where a stack differs. */
export interface Manners {
  /** Resolves when the local description names every candidate. */
  gathered(connection: W3cConnection): Promise<void>;
  /** Calls back when `bufferedamountlow` is told. */
  onLow(channel: W3cChannel, callback: () => void): void;
  /** Takes out of a description what the comparison must not use: another family or transport. */
  filter?(sdp: string): string;
}

/** Connects to the other side by its signals and runs the task. */
export async function runW3cSide(connection: W3cConnection, manners: Manners): Promise<void> {
  const task = readTask();
  const begunAt = performance.now();
  const use = (channel: W3cChannel) => {
    if (channel.binaryType === 'blob') channel.binaryType = 'arraybuffer';
    const begin = () => {
      say({ open: performance.now() - begunAt });
      run(task, benchChannel(channel, manners));
    };
    if (channel.readyState === 'open') begin();
    else channel.onopen = begin;
  };
  const describe = async (description: Description) => {
    await connection.setLocalDescription(description);
    await manners.gathered(connection);
    const { type, sdp } = connection.localDescription as Description;
    say({ signal: { type, sdp: manners.filter?.(sdp) ?? sdp } });
  };
  onSignal(async (signal) => {
    const description = signal as Description;
    await connection.setRemoteDescription(description);
    if (description.type === 'offer') await describe(await connection.createAnswer());
  });
  if (task.role === 'receive') connection.ondatachannel = ({ channel }) => use(channel);
  else {
    use(connection.createDataChannel('bench'));
    await describe(await connection.createOffer());
  }
}

function benchChannel(channel: W3cChannel, manners: Manners): BenchChannel {
  return {
    send: (message) => channel.send(message),
    bufferedAmount: () => channel.bufferedAmount,
    onLow: (bytes, callback) => {
      channel.bufferedAmountLowThreshold = bytes;
      manners.onLow(channel, callback);
    },
    onMessage: (callback) => {
      channel.onmessage = ({ data }) => callback((data as ArrayBuffer).byteLength);
    },
  };
}
