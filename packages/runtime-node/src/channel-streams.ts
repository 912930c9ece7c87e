import type { DataChannel } from './data-channel.ts';
import { ConnectionError } from './errors.ts';
import type { MessageData } from './message-queue.ts';

/** What may be written to a channel as one message. */
export type WritableData = string | ArrayBuffer | ArrayBufferView;

/** What a stream of the parts of one message needs. */
export interface PartWriter {
  /** Queues a part; false when it must wait for `hasRoom`. Throws when it never will be taken. */
  write(bytes: Uint8Array, last: boolean): boolean;
  hasRoom(signal: AbortSignal): Promise<void>;
  /** Withdraws the message. */
  abandon(): void;
}

/** The messages of a channel as a stream: nothing is read ahead of who reads it. */
export function readableOf(channel: DataChannel): ReadableStream<MessageData> {
  const cancelled = new AbortController();
  const messages = channel.messages({ signal: cancelled.signal });
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await messages.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        cancelled.abort(reason);
        void messages.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A channel as a stream to write messages to: a write is done when the message is queued, and waits for room. */
export function writableOf(channel: DataChannel): WritableStream<WritableData> {
  return new WritableStream({
    start(controller) {
      channel.addEventListener('close', () => controller.error(new ConnectionError('closed', 'the channel closed')));
    },
    async write(data, controller) {
      do await channel.ready({ signal: aborted(controller) });
      while (!channel.trySend(data));
    },
    async close() {
      channel.close();
      await channel.closed();
    },
    abort() {
      channel.close();
    },
  });
}

/**
 * One message as a stream to write its parts to; it is whole when the stream is closed, and withdrawn when that fails, or is aborted.
 * `done` is called once, when the stream has no more to do with the channel.
 */
export function messageWritable(
  writer: PartWriter,
  done: () => void,
  signal?: AbortSignal,
): WritableStream<string | Uint8Array> {
  const encoder = new TextEncoder();
  const ended = new AbortController();
  const end = () => {
    signal?.removeEventListener('abort', handleSignal);
    done();
  };
  const withdraw = (reason: unknown) => {
    if (ended.signal.aborted) return;
    // First: a write that waits for room would begin another message.
    ended.abort(reason);
    writer.abandon();
    end();
  };
  let handleSignal = () => {};
  return new WritableStream({
    start(controller) {
      aborted(controller).addEventListener('abort', () => withdraw(aborted(controller).reason));
      handleSignal = () => {
        withdraw(signal?.reason);
        controller.error(signal?.reason);
      };
      if (signal?.aborted) handleSignal();
      else signal?.addEventListener('abort', handleSignal, { once: true });
    },
    async write(part) {
      const bytes = typeof part === 'string' ? encoder.encode(part) : part;
      try {
        for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
          const piece = bytes.subarray(at, at + PIECE_BYTES);
          do await writer.hasRoom(ended.signal);
          while (!writer.write(piece, false));
        }
      } catch (error) {
        withdraw(error);
        throw error;
      }
    },
    async close() {
      try {
        // Nothing is never too much: the end needs no room, unless there is no more than the end.
        while (!writer.write(EMPTY, true)) await writer.hasRoom(ended.signal);
      } catch (error) {
        withdraw(error);
        throw error;
      }
      end();
    },
  });
}

/** Says that the stream was aborted while a write waits (WHATWG Streams 5.4.2); the types of Node 20 do not know it. */
function aborted(controller: WritableStreamDefaultController): AbortSignal {
  return (controller as WritableStreamDefaultController & { readonly signal: AbortSignal }).signal;
}

/** A part is queued in pieces, and need not fit the send queue. */
const PIECE_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);
