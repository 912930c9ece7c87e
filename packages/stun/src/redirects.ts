import type { Instant } from '@hawser/wire';
import { TransportAddress } from './attributes/address.ts';
import type { StunReader } from './reader.ts';
import { AttributeType } from './registry.ts';

/**
 * Where a 300 (Try Alternate) leads (RFC 8489 10): to an ALTERNATE-SERVER of the server's own address family, else to the
 * first one, but never to a server that was asked within the last five minutes. One object follows one request.
 */
export class Redirects {
  /** The name that the certificate of the server last followed to must have; empty: the one that was wanted before. */
  domain = '';

  readonly #asked: { readonly server: TransportAddress; at: Instant }[] = [];

  /** Notes that the request is sent to `server`. Of the servers asked, the last {@link MOST_SERVERS} are remembered. */
  note(now: Instant, server: Readonly<TransportAddress>): void {
    const known = this.#asked.find((one) => one.server.equals(server));
    if (known !== undefined) {
      known.at = now;
      return;
    }
    if (this.#asked.length === MOST_SERVERS) this.#asked.shift();
    this.#asked.push({ server: copyOf(server), at: now });
  }

  /**
   * Reads where to go. The transaction has failed in any case.
   *
   * @param reader holds the error response with code 300
   * @param server the one that answered
   * @param into the next server; untouched when there is none
   * @returns false when the redirection is to be ignored: no ALTERNATE-SERVER, none of a family that is known, or a loop
   */
  follow(now: Instant, reader: StunReader, server: Readonly<TransportAddress>, into: TransportAddress): boolean {
    const chosen = new TransportAddress();
    for (let found = reader.first(); found; found = reader.next()) {
      if (reader.type !== AttributeType.alternateServer || !reader.address(SCRATCH)) continue;
      if (chosen.length === 0 || (chosen.length !== server.length && SCRATCH.length === server.length)) {
        copyInto(SCRATCH, chosen);
      }
    }
    if (chosen.length === 0 || this.#wasAsked(now, chosen)) return false;
    copyInto(chosen, into);
    this.domain = reader.find(AttributeType.alternateDomain) ? domainOf(reader) : '';
    return true;
  }

  #wasAsked(now: Instant, server: TransportAddress): boolean {
    return this.#asked.some((one) => one.server.equals(server) && now - one.at < LOOP_MS);
  }
}

/** A DNS name of at most 255 ASCII characters (RFC 8489 14.16); anything else is as if it were not there. */
function domainOf(reader: StunReader): string {
  if (reader.valueLength > 255) return '';
  const text = reader.text();
  return /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?$/.test(text) ? text : '';
}

function copyOf(from: Readonly<TransportAddress>): TransportAddress {
  const copy = new TransportAddress();
  copyInto(from, copy);
  return copy;
}

function copyInto(from: Readonly<TransportAddress>, into: TransportAddress): void {
  into.bytes.set(from.bytes);
  into.length = from.length;
  into.port = from.port;
}

const SCRATCH = new TransportAddress();

/** Servers remembered: a longer way than this is a loop as well. */
const MOST_SERVERS = 16;

const LOOP_MS = 300_000;
