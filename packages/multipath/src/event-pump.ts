import type { DtlsEvent } from '@hawser/dtls';
import type { IceEvent } from '@hawser/ice-multipath';
import type { SctpEvent } from '@hawser/sctp-dc';
import { type Instant, NEVER } from '@hawser/wire';
import type { SessionContext } from './context.ts';
import { beginClose, finishClose, startDtls } from './lifecycle.ts';
import { notePathEvent } from './statistics/notes.ts';

/** Takes the events of the layers, acts on those that concern another layer, and passes on what the owner should know. */
export class EventPump {
  readonly #context: SessionContext;
  /** DTLS failed: that is the last state told, not `closed`. */
  #failed = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Until no layer has an event left: handling one may cause another. */
  collect(now: Instant): void {
    const context = this.#context;
    for (let more = true; more; ) {
      more = false;
      for (let event = context.ice.pollEvent(); event !== undefined; event = context.ice.pollEvent()) {
        this.#handleIce(now, event);
        more = true;
      }
      for (let event = context.dtls?.pollEvent(); event !== undefined; event = context.dtls?.pollEvent()) {
        this.#handleDtls(now, event);
        more = true;
      }
      for (let event = context.sctp?.pollEvent(); event !== undefined; event = context.sctp?.pollEvent()) {
        this.#handleSctp(event);
        more = true;
      }
    }
    if (context.media.takeReadable()) context.events.push({ type: 'rtp' });
    const targetBps = context.media.rates?.takeTarget() ?? 0;
    if (targetBps > 0) {
      context.events.push({ type: 'target-bitrate', bps: targetBps });
      context.trace.handleTarget(now, targetBps);
    }
    if (context.closedReason !== undefined) {
      context.events.push({ type: 'closed', reason: context.closedReason });
      context.closedReason = undefined;
    }
  }

  #handleIce(now: Instant, event: IceEvent): void {
    const context = this.#context;
    switch (event.type) {
      case 'path': {
        const { path, previous, state, why } = event;
        context.paths.handlePathEvent(now, event);
        notePathEvent(context, now, event);
        if (state === 'suspect' || state === 'failed') context.media.handleSuspect(now, path);
        if (state === 'discarded') context.media.rates?.forget(path);
        else context.media.rates?.handlePaths();
        startDtls(context, now);
        context.events.push({ type: 'path', path, state, previous, why });
        break;
      }
      case 'state':
        if (event.state === 'closed' && this.#failed) break;
        // Where no path is left all above ICE stays as it is: a restart brings it back (W3C: `failed` is not `closed`).
        context.events.push({ type: 'ice-state', state: event.state });
        break;
      case 'error':
        context.report('ice', event.error);
        break;
      case 'steered':
        context.trace.handleSteered(now, event.path, event.ms);
        context.events.push(event);
        break;
      case 'candidate':
      case 'end-of-candidates':
      case 'hawser-peer':
        context.events.push(event);
        break;
      case 'need-base':
        if (event.beside === undefined) context.events.push({ ...event, transport: 'udp' });
        else context.relays.provideSpare(now, event.id, event.beside);
        break;
      case 'release-base':
        context.credit.dropBase(event.base);
        context.relays.removeBase(now, event.base);
        context.events.push(event);
        break;
      case 'restarted':
        context.relays.endGenerations(now);
        break;
      case 'role':
      case 'selected':
        break;
    }
  }

  #handleDtls(now: Instant, event: DtlsEvent): void {
    const context = this.#context;
    switch (event.type) {
      case 'connected':
        context.handshakeBy = NEVER;
        if (event.srtpProfile !== undefined && context.dtls !== undefined && context.remote !== undefined) {
          context.media.start(event.srtpProfile, context.dtls, context.remote.dtlsRole);
        }
        context.events.push({ type: 'dtls-state', state: 'connected' }, { type: 'connected' });
        context.sctp?.connect(now);
        break;
      case 'closed':
        context.events.push({ type: 'dtls-state', state: 'closed' });
        // Ours was the last word; the peer's is answered in kind first (RFC 5246 7.2.1).
        if (context.lifecycle === 'closing') finishClose(context, now, context.closingReason);
        else beginClose(context, now, 'closed by the peer');
        break;
      case 'error':
        this.#failed = true;
        context.handshakeBy = NEVER;
        context.report('dtls', event.error);
        context.events.push({ type: 'dtls-state', state: 'failed' });
        // The peer is told by an alert, so that it need not wait for its own timers.
        context.media.close();
        beginClose(context, now, event.error.message);
        break;
    }
  }

  #handleSctp(event: SctpEvent): void {
    const context = this.#context;
    switch (event.type) {
      case 'connected':
        context.events.push({ type: 'sctp-connected' });
        break;
      case 'closed':
        if (context.lifecycle === 'open') {
          context.events.push({ type: 'sctp-closed', reason: event.reason, detail: event.detail });
        }
        break;
      case 'error':
        context.report('sctp', { code: event.error, message: event.detail });
        break;
      case 'streams-added':
        // A session announces all there can be and asks for none.
        break;
      default:
        context.events.push(event);
    }
  }
}
