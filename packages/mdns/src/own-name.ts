import { type BaseId, type Instant, NEVER } from '@hawser/wire';
import { RECORD_TTL_S, RecordType } from './message/constants.ts';
import type { AddressRecord } from './message/writer.ts';

/** What was told of a name on one link, and what is to be told. */
export interface Telling {
  /** When the record was last multicast there. */
  lastAt: Instant;
  /** When it is to be multicast; `NEVER` when it need not. */
  dueAt: Instant;
  /** Announcements still to come, one a second (RFC 6762 8.3). */
  announcements: number;
}

/**
 * A name of ours with its one address record (draft 3.1.1: a different name for each address). It is announced twice where its
 * address is valid, told when somebody asks, and taken back with a goodbye.
 */
export class OwnName implements AddressRecord {
  readonly name: string;
  /** Canonical text. */
  readonly address: string;
  readonly type: AddressRecord['type'];
  readonly rdata: Uint8Array;
  /** By link: those where the address is valid. */
  readonly tellings = new Map<BaseId, Telling>();
  /** It is not ours any more; goodbyes are all that is told. */
  isLeaving = false;

  constructor(name: string, address: string, rdata: Uint8Array) {
    this.name = name;
    this.address = address;
    this.rdata = rdata;
    this.type = rdata.length === 4 ? RecordType.a : RecordType.aaaa;
  }

  get ttlSeconds(): number {
    return this.isLeaving ? 0 : RECORD_TTL_S;
  }

  /** Announces on a link, unless somebody asks before that. */
  announce(now: Instant, link: BaseId): void {
    if (!this.tellings.has(link)) {
      this.tellings.set(link, { lastAt: -NEVER, dueAt: now + FIRST_ANNOUNCEMENT_MS, announcements: ANNOUNCEMENTS });
    }
  }

  /** Takes the name back: who was told is told so. */
  leave(now: Instant): void {
    this.isLeaving = true;
    for (const [link, telling] of this.tellings) {
      if (telling.lastAt === -NEVER) this.tellings.delete(link);
      else telling.dueAt = now;
    }
  }

  /** The record has been multicast on a link. */
  told(now: Instant, link: BaseId): void {
    const telling = this.tellings.get(link);
    if (telling === undefined) return;
    if (this.isLeaving) {
      this.tellings.delete(link);
      return;
    }
    telling.lastAt = now;
    telling.announcements = Math.max(telling.announcements - 1, 0);
    telling.dueAt = telling.announcements > 0 ? now + ANNOUNCEMENT_INTERVAL_MS : NEVER;
  }
}

/**
 * The draft lets an announcement wait (3.1.2.1), and it should: whoever signalling tells the name asks within that time, and
 * had it been announced just before, the answer would have to wait for a second (RFC 6762 6).
 */
const FIRST_ANNOUNCEMENT_MS = 500;

/** RFC 6762 8.3: at least two, one second apart. */
const ANNOUNCEMENTS = 2;
const ANNOUNCEMENT_INTERVAL_MS = 1000;
