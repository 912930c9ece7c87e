import type { Candidate } from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import { toIceCandidate } from '../candidates.ts';
import type { Context } from '../context.ts';

/** A name under way and the candidates that wait for it. */
interface PendingName {
  readonly name: string;
  readonly candidates: Candidate[];
}

/**
 * Candidates whose address is a name of multicast DNS, as browsers hide the addresses of their hosts (draft-ietf-mmusic-mdns-
 * ice-candidates 3.2): they wait until the runtime has found the address, then go to the session like any other, and the end
 * of the candidates waits with them. What is found holds for the ICE session of the peer that told it.
 */
export class RemoteNames {
  readonly #context: Context;
  /** Of the ICE session whose candidates these are. */
  #ufrag: string | undefined;
  readonly #pending = new Map<number, PendingName>();
  /** Addresses found, and names that have none, by name. */
  readonly #known = new Map<string, string | undefined>();
  #lastId = 0;
  #isEndWanted = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Gives the session a candidate of the peer, now or when its name is resolved. */
  add(now: Instant, candidate: Candidate): void {
    const { config, session } = this.#context;
    const name = candidate.address.toLowerCase();
    if (config.mdnsNames !== 'none' && MDNS_NAME.test(name)) this.#addNamed(now, name, candidate);
    else session.addRemoteCandidate(now, toIceCandidate(candidate));
  }

  /** The peer has no more candidates: those that wait for a name come before the end. */
  end(now: Instant): void {
    this.#follow();
    this.#isEndWanted = true;
    this.#tellEnd(now);
  }

  /** The runtime's answer to `need-name`; an undefined address: there is none. Of names no longer wanted nothing happens. */
  settle(now: Instant, id: number, address: string | undefined): void {
    this.#follow();
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#known.set(pending.name, address);
    if (address === undefined) this.#context.counters.candidatesUnresolved += pending.candidates.length;
    for (const candidate of pending.candidates) this.#give(now, candidate, address);
    this.#tellEnd(now);
  }

  /** Another ICE session of the peer: what waits belongs to one that is over. */
  #follow(): void {
    const ufrag = this.#context.remote?.ufrag;
    if (ufrag === this.#ufrag) return;
    this.#ufrag = ufrag;
    this.#pending.clear();
    this.#known.clear();
    this.#isEndWanted = false;
  }

  #addNamed(now: Instant, name: string, candidate: Candidate): void {
    const context = this.#context;
    this.#follow();
    const { mdnsNames, isRelayOnly } = context.config;
    // With relays alone nothing is sent to a host, and nobody needs to know that we asked for it (draft 3.2.1, step 2).
    if (isRelayOnly || (mdnsNames === 'uuid' && !UUID_NAME.test(name))) {
      context.counters.candidatesIgnored++;
      return;
    }
    if (this.#known.has(name)) {
      const address = this.#known.get(name);
      if (address === undefined) context.counters.candidatesUnresolved++;
      this.#give(now, candidate, address);
      return;
    }
    for (const pending of this.#pending.values()) {
      if (pending.name !== name) continue;
      if (!pending.candidates.some((other) => isSame(other, candidate))) pending.candidates.push(candidate);
      return;
    }
    if (this.#known.size + this.#pending.size >= MAX_NAMES) {
      context.counters.candidatesIgnored++;
      return;
    }
    const id = ++this.#lastId;
    this.#pending.set(id, { name, candidates: [candidate] });
    context.events.push({ type: 'need-name', id, name });
  }

  #give(now: Instant, candidate: Candidate, address: string | undefined): void {
    const { session, isTransportOver } = this.#context;
    if (isTransportOver || address === undefined) return;
    session.addRemoteCandidate(now, { ...toIceCandidate(candidate), address, isNamed: true });
  }

  #tellEnd(now: Instant): void {
    const { session, isTransportOver } = this.#context;
    if (!this.#isEndWanted || this.#pending.size > 0 || isTransportOver) return;
    this.#isEndWanted = false;
    session.endOfRemoteCandidates(now);
  }
}

/** One transport address told twice, as every description that follows does. */
function isSame(a: Candidate, b: Candidate): boolean {
  return a.port === b.port && a.transport === b.transport && a.component === b.component && a.ufrag === b.ufrag;
}

/** One label of a host and `.local` (draft 3.2.1, step 1): what whoever resolves names takes, and nothing that he does not. */
const MDNS_NAME = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.local$/;

/** A version 4 UUID and `.local`, as those that hide an address are (draft 3.1.1, step 3). */
const UUID_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.local$/;

/** Names of one ICE session of the peer: it has one for each of its addresses. */
const MAX_NAMES = 64;
