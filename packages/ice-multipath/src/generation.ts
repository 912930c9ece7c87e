import { shortTermKey } from '@hawser/stun';
import { type HmacSha1, utf8Bytes } from '@hawser/wire';
import type { RemoteCandidate } from './candidate.ts';
import type { RemoteParameters } from './config.ts';

/**
 * One pair of credentials on each side and what goes with them: an ICE restart makes the next one (RFC 8445 9). Paths of
 * older ones carry data on until the newest has its own.
 */
export class Generation {
  /** 0, and one more with every restart: the `generation` of its candidates. */
  readonly number: number;
  readonly ufrag: string;
  readonly pwd: string;
  /** What the peer's checks and our answers are signed with. */
  readonly localKey: HmacSha1;
  /** `ufrag:`, which the USERNAME of the peer's checks starts with (RFC 8445 7.3). */
  readonly userPrefix: Uint8Array;
  /** The peer's side; unknown until its description comes. */
  remote: RemoteParameters | undefined;
  /** What our checks and the peer's answers are signed with. */
  remoteKey: HmacSha1 | undefined;
  /** USERNAME of our checks (RFC 8445 7.2.2). */
  username = '';
  readonly remotes: RemoteCandidate[] = [];
  /** The peer has no more candidates (RFC 8838 14). */
  remoteEnded = false;
  /** A nomination ended all other pairs (RFC 8445 8.1.2), or the agent failed; no more are tried. */
  concluded = false;
  /** A newer one took over: its pairs go with their paths. */
  retired = false;

  constructor(number: number, ufrag: string, pwd: string) {
    this.number = number;
    this.ufrag = ufrag;
    this.pwd = pwd;
    this.localKey = shortTermKey(pwd);
    this.userPrefix = utf8Bytes(`${ufrag}:`);
  }

  describe(remote: RemoteParameters): void {
    this.remoteKey ??= shortTermKey(remote.pwd);
    this.remote = { ...remote };
    this.username = `${remote.ufrag}:${this.ufrag}`;
  }

  /** Whether ordinary checks may be made: the peer's password is known, and nothing has ended them for good. */
  get isCheckable(): boolean {
    return this.remoteKey !== undefined && !this.concluded && !this.retired;
  }
}
