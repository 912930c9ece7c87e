import { TRANSACTION_ID_BYTES, type TransportAddress } from '@hawser/stun';
import { hexText } from '@hawser/wire';

/**
 * The requests that made allocations which are gone, and those that ended them. A nonce holds for minutes, so such a request
 * would still be authentic: sent again by whoever saw it, it would make an allocation that nobody wants, or end one that
 * somebody does. A nonce holds for one source: only from there it could come again.
 */
export class SpentRequests {
  /** Source and transaction id, oldest first. */
  readonly #requests = new Set<string>();

  note(source: Readonly<TransportAddress>, id: Uint8Array, at: number): void {
    this.#requests.add(keyOf(source, id, at));
    if (this.#requests.size > MOST_REQUESTS) this.#requests.delete(this.#requests.values().next().value as string);
  }

  has(source: Readonly<TransportAddress>, id: Uint8Array, at: number): boolean {
    return this.#requests.size > 0 && this.#requests.has(keyOf(source, id, at));
  }
}

function keyOf(source: Readonly<TransportAddress>, id: Uint8Array, at: number): string {
  return `${source.text()} ${source.port} ${hexText(id, at, TRANSACTION_ID_BYTES)}`;
}

/** As far as they are remembered: four times the allocations there may be by default. */
const MOST_REQUESTS = 4096;
