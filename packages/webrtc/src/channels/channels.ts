import type { Instant } from '@hawser/wire';
import type { Context } from '../context.ts';
import { WebrtcError } from '../errors.ts';
import type { ChannelId, ChannelOptions } from '../session.ts';
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

/** The peer opened a channel. */
export function acceptChannel(context: Context, id: ChannelId): void {
  const info = context.session.channelInfo(id);
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
): void {
  const channel = context.channels.get(id);
  if (channel === undefined) return;
  if (type === 'channel-open') {
    if (channel.incoming) return;
    channel.state = 'open';
  } else if (type === 'channel-closing') channel.state = 'closing';
  else if (type === 'channel-closed') {
    channel.state = 'closed';
    context.channels.delete(id);
  }
  context.events.push({ type, channel });
}

/** Everything ends: every channel is closed. */
export function closeChannels(context: Context): void {
  loseWaitingChannels(context);
  for (const channel of context.channels.values()) {
    channel.state = 'closed';
    context.events.push({ type: 'channel-closed', channel });
  }
  context.channels.clear();
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
