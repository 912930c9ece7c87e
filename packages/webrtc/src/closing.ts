import type { Instant } from '@hawser/wire';
import { closeChannels } from './channels/channels.ts';
import type { Context } from './context.ts';
import { collectSessionEvents, updateConnectionState } from './session-events.ts';

/** Ends a connection that is open (W3C 4.4.1.10): transceivers, channels, then the transport, whose last packets may leave. */
export function closeConnection(context: Context, now: Instant): void {
  context.enter(now, 'closed', 'close');
  for (const transceiver of context.transceivers) transceiver.markStopped();
  closeChannels(context);
  context.session.close(now);
  updateConnectionState(context, now);
  collectSessionEvents(context, now);
}
