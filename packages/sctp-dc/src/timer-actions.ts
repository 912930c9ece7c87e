import type { Instant } from '@hawser/wire';
import type { StreamReset } from './channels/stream-reset.ts';
import { Timer } from './context.ts';
import type { Connect } from './handshake/connect.ts';
import type { Shutdown } from './handshake/shutdown.ts';
import type { Lifecycle } from './lifecycle.ts';
import { ErrorCause } from './packet/chunk-types.ts';
import type { Receiver } from './rx/receiver.ts';
import type { PartialReliability } from './tx/partial-reliability.ts';

/** What each timer of the association does when it fires, by its kind. */
export function timerActions(parts: {
  readonly connect: Connect;
  readonly shutdown: Shutdown;
  readonly lifecycle: Lifecycle;
  readonly receiver: Receiver;
  readonly partial: PartialReliability;
  readonly reset: StreamReset;
}): ((now: Instant) => void)[] {
  const actions: ((now: Instant) => void)[] = [];
  actions[Timer.init] = (now) => parts.connect.handleTimeout(now);
  actions[Timer.cookie] = (now) => parts.connect.handleTimeout(now);
  actions[Timer.shutdown] = (now) => parts.shutdown.handleTimeout(now);
  actions[Timer.shutdownGuard] = (now) => {
    parts.lifecycle.abort(now, 'peer-unreachable', ErrorCause.userInitiatedAbort, 'shutdown took too long');
  };
  actions[Timer.sack] = () => parts.receiver.policy.require();
  actions[Timer.forwardTsn] = (now) => parts.partial.handleTimeout(now);
  actions[Timer.reConfig] = (now) => parts.reset.handleTimeout(now);
  return actions;
}
