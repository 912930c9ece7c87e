import type { DtlsConnection } from '@hawser/dtls';
import { IceAgent } from '@hawser/ice-multipath';
import type { SctpAssociation } from '@hawser/sctp-dc';
import {
  type Env,
  FlowTable,
  type Instant,
  Monotonic,
  NEVER,
  PacketClass,
  type PathId,
  type PathInfo,
} from '@hawser/wire';
import {
  DEFAULT_MULTIPATH,
  type MultipathConfig,
  type RemoteParameters,
  resolveMultipath,
  type SessionConfig,
} from './config.ts';
import { Copies } from './copies.ts';
import { createCounters } from './counters.ts';
import { MultipathError } from './errors.ts';
import type { SessionEvent, SessionFault } from './events.ts';
import { MediaTransport } from './media.ts';
import { resolveMediaRate } from './media-rates.ts';
import { PathManager } from './path-manager.ts';
import { Relays } from './relays/relays.ts';
import { noteMeasured } from './statistics/notes.ts';
import { StreamCredit } from './stream-credit.ts';
import { SessionTrace } from './trace/session-trace.ts';
import { resolveTrace } from './trace/trace-config.ts';

/** `open` until `close` or a failure; `closing` while the last packets leave; then `closed`. */
export type Lifecycle = 'open' | 'closing' | 'closed';

/** What every concern of a session shares: the layers, the configuration, the events on their way out. */
export class SessionContext {
  readonly env: Env;
  readonly config: SessionConfig;
  readonly mtuBytes: number;
  readonly clock: Monotonic;
  readonly flows: FlowTable;
  readonly counters = createCounters();
  readonly events: SessionEvent[] = [];
  readonly ice: IceAgent;
  readonly paths: PathManager;
  readonly copies: Copies;
  readonly media: MediaTransport;
  readonly relays: Relays;
  readonly credit: StreamCredit;
  readonly trace: SessionTrace;
  multipath: MultipathConfig;
  remote: RemoteParameters | undefined;
  /** Made when the peer's description is known: its role and fingerprints decide. */
  dtls: DtlsConnection | undefined;
  /** Made when both descriptions have data channels. */
  sctp: SctpAssociation | undefined;
  lifecycle: Lifecycle = 'open';
  /** When the handshake must be done, once there is a path for it. */
  handshakeBy: Instant = NEVER;
  /** Why the session is `closing`. */
  closingReason = 'closed';
  /** Set once, when `closed` is to be told after everything else. */
  closedReason: string | undefined;

  constructor(config: SessionConfig, env: Env) {
    this.env = env;
    this.config = config;
    this.mtuBytes = config.mtuBytes ?? 1200;
    if (!(this.mtuBytes >= 576 && this.mtuBytes <= 1472)) {
      throw new MultipathError('bad-config', `mtuBytes is ${this.mtuBytes}, not between 576 and 1472`);
    }
    this.multipath = resolveMultipath(DEFAULT_MULTIPATH, config.multipath);
    this.trace = new SessionTrace(env.trace, resolveTrace(config.trace));
    this.flows = config.flows ?? new FlowTable();
    this.clock = new Monotonic(env.now);
    this.ice = new IceAgent(
      {
        nomination: this.multipath.preventNomination ? 'auto' : 'regular',
        ...config.ice,
        flows: this.flows,
        role: config.role ?? 'controlling',
      },
      env,
    );
    this.relays = new Relays(this.ice, this.flows, env, {
      onFault: (message) => this.report('session', { code: 'relay-failed', message }),
      onNeedBase: (need) => this.events.push(need),
      onReleaseBase: (base) => this.events.push({ type: 'release-base', base }),
    });
    this.paths = new PathManager(this.ice, this.multipath, this.mtuBytes, {
      onPath: (now, path, info) => this.#publishPath(now, path, info),
    });
    this.credit = new StreamCredit(this.flows, {
      flowOf: (path) => this.ice.flowOf(path),
      carrierOf: (flow) => this.relays.carrierOf(flow),
    });
    this.paths.limitBy(this.credit);
    this.copies = new Copies(this.counters, () => this.multipath.copyDeadlineMs);
    this.media = new MediaTransport(
      this.paths,
      this.copies,
      this.counters,
      env,
      this.mtuBytes,
      resolveMediaRate(config.mediaRate),
      config.cname,
    );
    this.paths.backlog = {
      bytes: (cls) => (cls === PacketClass.data ? (this.sctp?.unsentBytes ?? 0) : this.media.queuedBytes),
      peerWindowBytes: () => this.sctp?.peerWindowBytes ?? Number.POSITIVE_INFINITY,
    };
  }

  report(layer: SessionFault['layer'], fault: { readonly code: string; readonly message: string }): void {
    this.events.push({ type: 'error', error: { layer, code: fault.code, message: fault.message } });
  }

  #publishPath(now: Instant, path: PathId, info: Readonly<PathInfo>): void {
    this.dtls?.handlePath?.(now, path, info);
    this.sctp?.handlePath(now, path, info);
    noteMeasured(this, now, path, info);
  }
}
