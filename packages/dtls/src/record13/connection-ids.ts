import type { SecureRandom } from '@hawser/wire';

/** Ids that a peer may hold of us at once; what it asks for beyond is not given. */
const MOST_LOCAL_IDS = 8;
/** Spare ids of the peer that are kept; what it sends beyond is dropped (RFC 9147 9 allows that). */
const MOST_REMOTE_IDS = 8;

const NO_ID = new Uint8Array(0);

/**
 * Connection ids of both directions, RFC 9146 3 and RFC 9147 9. Ours all have one length, since a record does not tell it.
 */
export class ConnectionIds {
  readonly #local: Uint8Array[] = [];
  #remote: Uint8Array[] = [];
  /** Of the peer's first id: what `overheadBytes` has told. */
  #longestRemote = 0;
  #areNegotiated = false;

  get areNegotiated(): boolean {
    return this.#areNegotiated;
  }

  /** The id that goes into the records we send; empty = none. */
  get remote(): Uint8Array {
    return this.#remote.length > 0 ? this.#remote[0] : NO_ID;
  }

  /** The first id of ours; empty = none. DTLS 1.2 has no other. */
  get local(): Uint8Array {
    return this.#local.length > 0 ? this.#local[0] : NO_ID;
  }

  /** Bytes of the id that stands in the records we receive; 0 = none. */
  get localLength(): number {
    return this.#areNegotiated && this.#local.length > 0 ? this.#local[0].length : 0;
  }

  /** Whether new ids may be asked for and given: only where there are any. */
  get areInUse(): boolean {
    return this.localLength > 0;
  }

  /** Both sides sent the extension. Either id may be empty. */
  negotiate(local: Uint8Array, remote: Uint8Array): void {
    this.#areNegotiated = true;
    if (local.length > 0) this.#local.push(local);
    if (remote.length > 0) this.#remote = [remote];
    this.#longestRemote = remote.length;
  }

  /** Whether one of our ids stands at `at`. */
  isOurs(bytes: Uint8Array, at: number): boolean {
    for (const id of this.#local) if (isAt(id, bytes, at)) return true;
    return false;
  }

  /** Makes up to `count` new ids of ours, as long as the first. */
  makeLocal(count: number, secure: SecureRandom): Uint8Array[] {
    const made: Uint8Array[] = [];
    while (made.length < count && this.#local.length < MOST_LOCAL_IDS) {
      const id = new Uint8Array(this.#local[0].length);
      secure.fillSecure(id, 0, id.length);
      this.#local.push(id);
      made.push(id);
    }
    return made;
  }

  /**
   * Takes ids of the peer, none that is longer than its first: `seal` would want more room than was said.
   *
   * @param isImmediate the first of them is used from now on, and older ones no more
   * @returns false when one has to be used and none can be
   */
  takeRemote(ids: readonly Uint8Array[], isImmediate: boolean): boolean {
    const usable = ids.filter(({ length }) => length <= this.#longestRemote);
    if (isImmediate && usable.length > 0) this.#remote = [];
    for (const id of usable) if (this.#remote.length < MOST_REMOTE_IDS) this.#remote.push(id);
    return !isImmediate || usable.length > 0 || ids.length === 0;
  }

  /** Goes over to the next spare id of the peer. @returns false when there is none */
  nextRemote(): boolean {
    if (this.#remote.length < 2) return false;
    this.#remote.shift();
    return true;
  }
}

function isAt(id: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < id.length; i++) if (bytes[at + i] !== id[i]) return false;
  return true;
}
