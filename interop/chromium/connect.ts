import type { PeerConnectionConfig } from '@hawser/node';
import type { Side } from './side.ts';

/** Which side makes the offer: the offerer controls ICE. */
export type Offerer = 'browser' | 'hawser';

/** How the two are connected. */
export interface ConnectOptions {
  readonly offerer: Offerer;
  /** The browser sends camera and microphone, Hawser sends them back. */
  readonly media: boolean;
  /** Candidates travel one by one; else each description has all of them. */
  readonly trickle: boolean;
  readonly loopback: boolean;
  readonly config: PeerConnectionConfig;
  /** The browser has no permission to use media, and hides its addresses. Default false. */
  readonly hidden?: boolean;
  /** Whose candidates the other side is not told (with `trickle` only). Default nobody's. */
  readonly withheld?: 'browser' | 'hawser';
  /** The one transport whose candidates are told (with `trickle` only). Default all. */
  readonly transport?: 'udp' | 'tcp';
}

/** The two processes. */
export interface Sides {
  readonly browser: Side;
  readonly hawser: Side;
}

/** Makes a connection in both processes and waits until it is up. */
export async function connect(
  { browser, hawser }: Sides,
  { offerer, media, trickle, loopback, config, hidden = false, withheld, transport }: ConnectOptions,
): Promise<void> {
  const candidates = { forBrowser: new Queue(browser), forHawser: new Queue(hawser) };
  hawser.on('candidate', (candidate) => isTold(candidate, transport) && candidates.forBrowser.add(candidate));
  browser.on('candidate', (candidate) => isTold(candidate, transport) && candidates.forHawser.add(candidate));
  await browser.peer('create', { media, loopbackOnly: loopback, trickle, hidden });
  await hawser.peer('create', { config, media, trickle });
  const [first, second] = offerer === 'browser' ? [browser, hawser] : [hawser, browser];
  const answer = await second.peer<string>('answer', await first.peer<string>('offer'));
  await first.peer('acceptAnswer', answer);
  // A side takes candidates once it knows the description they belong to.
  if (withheld !== 'hawser') candidates.forBrowser.open();
  if (withheld !== 'browser') candidates.forHawser.open();
  await Promise.all([hawser.peer('connected', {}, 15_000), browser.peer('connected', {}, 15_000)]);
}

/** Closes the connection of both processes; the processes stay. */
export async function disconnect({ browser, hawser }: Sides): Promise<void> {
  await Promise.all([browser.peer('close'), hawser.peer('close')]);
}

/** Whether a candidate is of the transport wanted; the end of candidates is of every one. */
function isTold(candidate: unknown, transport: 'udp' | 'tcp' | undefined): boolean {
  const text = (candidate as { candidate?: string } | null)?.candidate ?? '';
  return transport === undefined || text === '' || text.split(' ')[2]?.toLowerCase() === transport;
}

/** Candidates on their way to a side, held until it can take them. */
class Queue {
  readonly #side: Side;
  #waiting: unknown[] | undefined = [];

  constructor(side: Side) {
    this.#side = side;
  }

  add(candidate: unknown): void {
    if (this.#waiting !== undefined) this.#waiting.push(candidate);
    else this.#send(candidate);
  }

  open(): void {
    for (const candidate of this.#waiting ?? []) this.#send(candidate);
    this.#waiting = undefined;
  }

  #send(candidate: unknown): void {
    // A candidate that is refused shows as a connection that does not come about, or as a path too few.
    void this.#side.peer('addCandidate', candidate).catch(() => undefined);
  }
}
