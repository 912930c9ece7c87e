import {
  createMessage,
  type Message,
  MessagePart,
  SctpAssociation,
  type SctpConfig,
  type SctpEvent,
} from '@hawser/sctp-dc';
import type { Env, Instant, Machine, PathId, PathInfo, PathState, Slot, Verdict } from '@hawser/wire';

/**
 * An association behind which things happen to it: its paths get other numbers, and it is thrown away for a new one while its
 * peer knows nothing (RFC 9260 5.2). Its network sees links, which keep their numbers.
 */
export class RandomEnd implements Machine<SctpEvent> {
  association: SctpAssociation;
  readonly #make: () => SctpAssociation;
  /** By `PathId`: the link. Grows; a path that was renumbered keeps its link for what is still said of it. */
  readonly #links: number[] = [];
  /** By link: the `PathId` in use. */
  readonly #paths: PathId[] = [];

  constructor(env: Env, config: SctpConfig, links: number) {
    this.#make = () => new SctpAssociation(config, env);
    this.association = this.#make();
    for (let link = 0; link < links; link++) this.#number(link);
  }

  /** The association is lost, as when its process dies; a new one connects. */
  restart(now: Instant, isUp: (link: number) => boolean): void {
    this.association = this.#make();
    this.#paths.forEach((path, link) => {
      this.association.handlePath(now, path, pathInfo(isUp(link) ? 'active' : 'suspect'));
    });
    this.association.connect(now);
  }

  /** The path of a link is gone, and there is another in its place: ICE restarted, or the address changed. */
  renumber(now: Instant, link: number, isUp: boolean): void {
    this.association.handlePath(now, this.#paths[link], pathInfo('discarded'));
    this.association.handlePath(now, this.#number(link), pathInfo(isUp ? 'active' : 'suspect'));
  }

  tell(now: Instant, link: number, state: PathState): void {
    this.association.handlePath(now, this.#paths[link], pathInfo(state));
  }

  handleDatagram(now: Instant, link: PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    return this.association.handleDatagram(now, this.#paths[link], bytes, offset, length);
  }

  handlePath(now: Instant, link: PathId, info: Readonly<PathInfo>): void {
    this.association.handlePath(now, this.#paths[link], info);
  }

  handleTimeout(now: Instant): void {
    this.association.handleTimeout(now);
  }

  pollTransmit(now: Instant, out: Slot): boolean {
    if (!this.association.pollTransmit(now, out)) return false;
    out.path = this.#links[out.path] ?? 0;
    return true;
  }

  pollEvent(): SctpEvent | undefined {
    return this.association.pollEvent();
  }

  pollTimeout(): Instant {
    return this.association.pollTimeout();
  }

  #number(link: number): PathId {
    const path = this.#links.push(link) - 1;
    this.#paths[link] = path;
    return path;
  }
}

/** Puts the parts of long messages together, channel by channel. */
export class Whole {
  readonly #parts = new Map<number, Uint8Array[]>();
  readonly #message = createMessage();

  /** The next message that is whole; undefined when there is none. */
  next(association: SctpAssociation): { readonly channel: number; readonly bytes: Uint8Array } | undefined {
    const message = this.#message;
    while (association.pollMessage(message)) {
      const parts = this.#add(message);
      if (message.part !== MessagePart.whole && message.part !== MessagePart.last) continue;
      this.#parts.delete(message.channel);
      return { channel: message.channel, bytes: parts.length === 1 ? parts[0] : new Uint8Array(Buffer.concat(parts)) };
    }
    return undefined;
  }

  #add({ bytes, channel, length, offset, part }: Message): Uint8Array[] {
    const begins = part === MessagePart.whole || part === MessagePart.first || part === MessagePart.cut;
    const parts = begins ? [] : (this.#parts.get(channel) ?? []);
    parts.push(bytes.slice(offset, offset + length));
    this.#parts.set(channel, parts);
    return parts;
  }
}

function pathInfo(state: PathState): PathInfo {
  return { state, mtuBytes: 1200, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: undefined, cost: 0 };
}
