import type { FlowId } from '@hawser/wire';

/** A ClientHello in fragments, and its repetition. */
const MOST_DATAGRAMS = 4;
const MOST_BYTES = 1500;

interface Kept {
  readonly flow: FlowId;
  readonly bytes: Uint8Array;
}

/**
 * Handshake packets that came by a pair which the peer has checked and we have not yet (RFC 8445 12.1: data may come as soon
 * as there is an answer): they are read when our own check has succeeded, and not before. Without them the first flight is
 * lost whenever the DTLS client is quicker than ICE on our side, and its repetition takes a timer. Nobody has vouched for what
 * is kept, so it is little.
 */
export class EarlyHandshake {
  #kept: Kept[] = [];

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** Keeps a copy; false when it is too long, or there are enough. */
  keep(flow: FlowId, bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#kept.length >= MOST_DATAGRAMS || length > MOST_BYTES) return false;
    this.#kept.push({ flow, bytes: bytes.slice(offset, offset + length) });
    return true;
  }

  /** The oldest of those whose flow is `checked` now; undefined when there is none. */
  take(checked: (flow: FlowId) => boolean): Kept | undefined {
    const at = this.#kept.findIndex(({ flow }) => checked(flow));
    return at < 0 ? undefined : this.#kept.splice(at, 1)[0];
  }

  clear(): void {
    this.#kept = [];
  }
}
