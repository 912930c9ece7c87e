import type { Instant } from '@hawser/wire';
import type { Context } from '../context.ts';
import { WebrtcError } from '../errors.ts';
import {
  ABANDONED,
  type ChannelId,
  type ChannelInfo,
  type ChannelOptions,
  CLOSED,
  QUEUED,
  type SendStatus,
} from '../session.ts';
import { DataChannel } from './data-channel.ts';

/** Makes a channel and opens it, now or when there is an association. Errors: `type-error`. */
export function createChannel(context: Context, now: Instant, options: ChannelOptions): DataChannel {
  checkOptions(options);
  const channel = new DataChannel(options, false);
  context.isDataWanted = true;
  if (context.remote?.sctp === undefined && !context.isTransportOver) context.waitingChannels.push(channel);
  else openChannel(context, now, channel);
  return channel;
}

/** Begins to close a channel; one that still waits is closed at once. */
export function closeChannel(context: Context, now: Instant, channel: DataChannel): void {
  const waiting = context.waitingChannels.indexOf(channel);
  if (waiting >= 0) {
    context.waitingChannels.splice(waiting, 1);
    channel.state = 'closed';
    context.events.push({ type: 'channel-closed', channel });
  } else if (channel.id !== undefined && (channel.state === 'connecting' || channel.state === 'open')) {
    channel.state = 'closing';
    context.session.closeChannel(now, channel.id);
  }
}

/** Opens the channels that were created before there was an association. */
export function openWaitingChannels(context: Context, now: Instant): void {
  for (const channel of context.waitingChannels.splice(0)) openChannel(context, now, channel);
}

/** The peer refused data channels: those that wait will never open. */
export function loseWaitingChannels(context: Context): void {
  for (const channel of context.waitingChannels.splice(0)) {
    channel.state = 'closed';
    context.events.push({ type: 'channel-closed', channel });
  }
}

/**
 * Opens a channel on the association. One that was refused there while it waited is closed; its creator reads why in the
 * `error` event.
 */
function openChannel(context: Context, now: Instant, channel: DataChannel): void {
  try {
    const id = context.session.openChannel(now, channel.options);
    channel.id = id;
    context.channels.set(id, channel);
    if (channel.bufferedAmountLowThreshold > 0) {
      context.session.setBufferedAmountLowThreshold(id, channel.bufferedAmountLowThreshold);
    }
  } catch (cause) {
    channel.state = 'closed';
    const { code, message } = cause as { code?: string; message?: string };
    context.events.push({
      type: 'error',
      error: { code: code ?? 'invalid-state', message: message ?? 'the channel cannot be opened', layer: 'sctp' },
    });
    context.events.push({ type: 'channel-closed', channel });
  }
}

/** Queues a message. Errors: `invalid-state` while the channel is connecting, or sends a message in parts. */
export function sendMessage(
  context: Context,
  now: Instant,
  channel: DataChannel,
  bytes: Uint8Array,
  offset: number,
  length: number,
  binary: boolean,
): SendStatus {
  const id = sendingId(channel);
  if (id === undefined) return CLOSED;
  if (channel.sendsParts) throw new WebrtcError('invalid-state', 'a message of this channel is being sent in parts');
  return context.session.send(now, id, bytes, offset, length, binary);
}

/** Queues a part of a message. Errors: `invalid-state` while connecting, `type-error` for text and binary in one message. */
export function sendPart(
  context: Context,
  now: Instant,
  channel: DataChannel,
  bytes: Uint8Array,
  binary: boolean,
  last: boolean,
): SendStatus {
  const id = sendingId(channel);
  if (id === undefined) return CLOSED;
  if (channel.sendsParts && channel.partsAreBinary !== binary) {
    throw new WebrtcError('type-error', 'a message is text or binary, not both');
  }
  const status = context.session.parts.sendPart(now, id, bytes, 0, bytes.length, binary, last);
  if (status === QUEUED) {
    channel.sendsParts = !last;
    channel.partsAreBinary = binary;
  } else if (status === ABANDONED) channel.sendsParts = false;
  return status;
}

/** Withdraws the message that is being sent in parts; false when it cannot be. */
export function abandonMessage(context: Context, now: Instant, channel: DataChannel): boolean {
  if (!channel.sendsParts || channel.id === undefined || channel.state === 'closed') return true;
  const isGone = context.session.parts.abandonMessage(now, channel.id);
  if (isGone) channel.sendsParts = false;
  return isGone;
}

/** The stream to send on; undefined when nothing can be sent any more. */
function sendingId(channel: DataChannel): ChannelId | undefined {
  if (channel.state === 'connecting') throw new WebrtcError('invalid-state', 'the channel is not open yet');
  return channel.state === 'open' ? channel.id : undefined;
}

/** The peer opened a channel. The association may know it no more: what came with its opening may have ended it. */
export function acceptChannel(context: Context, id: ChannelId, info: ChannelInfo): void {
  const channel = new DataChannel(
    {
      label: info.label,
      protocol: info.protocol,
      ordered: info.ordered,
      maxRetransmits: info.maxRetransmits,
      maxPacketLifeTimeMs: info.maxPacketLifeTimeMs,
      priority: info.priority,
      id,
    },
    true,
  );
  channel.id = id;
  // A channel of the peer is open as soon as it is known (W3C 6.1).
  channel.state = 'open';
  context.channels.set(id, channel);
  context.events.push({ type: 'datachannel', channel });
}

/** A change that the association reports; for a channel that is not known (closed meanwhile) nothing happens. */
export function reportChannel(
  context: Context,
  id: ChannelId,
  type: 'channel-open' | 'channel-closing' | 'channel-closed' | 'buffered-amount-low',
  isEnd = false,
): void {
  const channel = context.channels.get(id);
  if (channel === undefined) return;
  if (type === 'channel-open') {
    if (channel.incoming) return;
    channel.state = 'open';
  } else if (type === 'channel-closing') channel.state = 'closing';
  else if (type === 'channel-closed') {
    channel.state = 'closed';
    // At the end of all it stays known, for messages of it may be unread.
    if (!isEnd) context.channels.delete(id);
    context.events.push(isEnd ? { type, channel, isEnd } : { type, channel });
    return;
  }
  context.events.push({ type, channel });
}

/** Everything ends: every channel is closed. They stay known, for messages of them may be unread. */
export function closeChannels(context: Context): void {
  loseWaitingChannels(context);
  for (const channel of context.channels.values()) {
    if (channel.state === 'closed') continue;
    channel.state = 'closed';
    context.events.push({ type: 'channel-closed', channel, isEnd: true });
  }
}

/** W3C 6.1 createDataChannel: what can be told without an association. */
function checkOptions(options: ChannelOptions): void {
  const { label, protocol = '', maxRetransmits, maxPacketLifeTimeMs, negotiated, id } = options;
  if (maxRetransmits !== undefined && maxPacketLifeTimeMs !== undefined) {
    throw new WebrtcError('type-error', 'maxRetransmits and maxPacketLifeTimeMs exclude each other');
  }
  if (negotiated === true && id === undefined) throw new WebrtcError('type-error', 'negotiated needs an id');
  if (utf8Bytes(label) > 65_535 || utf8Bytes(protocol) > 65_535) {
    throw new WebrtcError('type-error', 'label and protocol have at most 65535 bytes');
  }
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
