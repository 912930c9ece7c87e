/**
 * Associations on random networks under random operations: channels opened, closed and opened anew under the same identifier,
 * messages, cuts, paths that get other numbers, peers that begin anew. What is reliable arrives once, in order where asked,
 * or an end is reported; memory is bounded; all falls silent afterwards.
 */
import { type LinkConfig, type Pair, runPair, SeededRandom } from '@hawser/netsim';
import { type SctpAssociation, type SctpConfig, SendStatus } from '@hawser/sctp-dc';
import { NO_PATH, type PathChooser } from '@hawser/wire';
import type { Metrics, Scenario } from '../src/scenario-contract.ts';
import { RandomEnd, Whole } from './sctp/random-end.ts';

/** Networks of one seed: five seeds make a thousand. */
const NETWORKS = 200;
const OPERATIONS = 60;
const WINDOW_BYTES = 300_000;
const QUEUE_BYTES = 1_000_000;
const SETTLE_MS = 600_000;

export const scenario: Scenario = {
  name: 'sctp-random',
  variants: [
    {
      name: '200 networks a seed',
      run: thousandth,
      targets: [
        { metric: 'wrong', of: 'max', atMost: 0 },
        { metric: 'missing', of: 'max', atMost: 0 },
        { metric: 'ended', of: 'max', atMost: 0 },
        { metric: 'notQuiet', of: 'max', atMost: 0 },
        { metric: 'resets', of: 'min', atLeast: 100 },
        { metric: 'restarts', of: 'min', atLeast: 100 },
        { metric: 'renumbered', of: 'min', atLeast: 100 },
        { metric: 'mostReceiveBufferedBytes', of: 'max', atMost: 2 * WINDOW_BYTES },
        { metric: 'mostSendBufferedBytes', of: 'max', atMost: QUEUE_BYTES },
      ],
    },
  ],
};

interface Tally {
  wrong: number;
  missing: number;
  ended: number;
  notQuiet: number;
  delivered: number;
  resets: number;
  restarts: number;
  renumbered: number;
}

function thousandth(seed: number): Metrics {
  const tally: Tally = {
    wrong: 0,
    missing: 0,
    ended: 0,
    notQuiet: 0,
    delivered: 0,
    resets: 0,
    restarts: 0,
    renumbered: 0,
  };
  let mostReceiveBufferedBytes = 0;
  let mostSendBufferedBytes = 0;
  for (let i = 0; i < NETWORKS; i++) {
    const run = new Run(`${seed} ${i}`, tally);
    run.go();
    mostReceiveBufferedBytes = Math.max(mostReceiveBufferedBytes, run.mostReceiveBufferedBytes);
    mostSendBufferedBytes = Math.max(mostSendBufferedBytes, run.mostSendBufferedBytes);
  }
  return { ...tally, mostReceiveBufferedBytes, mostSendBufferedBytes };
}

/** A channel from its opening to its end; its identifier may be another's afterwards. */
interface Stream {
  /** Its place among all: in every message of it. */
  readonly uid: number;
  readonly from: 'a' | 'b';
  readonly id: number;
  readonly ordered: boolean;
  readonly reliable: boolean;
  sent: number;
  readonly got: number[];
  closed: boolean;
  /** To be opened anew when it is closed at both ends. */
  again: boolean;
  /** Its end was reported before all was delivered: the peer began anew. */
  lost: boolean;
}

const HEADER_BYTES = 8;

class Run {
  mostReceiveBufferedBytes = 0;
  mostSendBufferedBytes = 0;
  readonly #random: SeededRandom;
  readonly #tally: Tally;
  readonly #pair: Pair<RandomEnd, RandomEnd>;
  readonly #streams: Stream[] = [];
  readonly #up: boolean[];
  #whole = { a: new Whole(), b: new Whole() };
  #ids = 0;

  constructor(seed: string, tally: Tally) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#tally = tally;
    const paths = Array.from({ length: 1 + random.nextInteger(3) }, () => randomLink(random));
    this.#up = paths.map(() => true);
    const shared = {
      chooser: leastDelay(),
      receiveWindowBytes: WINDOW_BYTES,
      sendQueueLimitBytes: QUEUE_BYTES,
      remoteMaxMessageSizeBytes: 0,
      maxRetransmissions: 1000,
      maxInitRetransmissions: 1000,
    };
    const config = (): Partial<SctpConfig> => ({
      ...shared,
      interleaving: random.chance(0.6),
      lowerLayerChecksums: random.chance(0.5) ? 'dtls' : undefined,
      sackDelayMs: random.chance(0.5) ? 20 : 200,
      maxMtuBytes: random.chance(0.3) ? 1400 : undefined,
      messageBufferBytes: random.chance(0.3) ? 10_000 : undefined,
      scheduler: (['weighted', 'priority', 'round-robin', 'first-come'] as const)[random.nextInteger(4)],
    });
    const [a, b] = [config(), config()];
    this.#pair = runPair(
      (env) => new RandomEnd(env, { ...a, dtlsRole: 'client' }, paths.length),
      (env) => new RandomEnd(env, { ...b, dtlsRole: 'server' }, paths.length),
      { seed, paths },
    );
  }

  go(): void {
    const { a, b, clock } = this.#pair;
    for (const side of [a, b]) side.act((end, now) => end.association.connect(now));
    for (let i = 0; i < OPERATIONS; i++) {
      this.#operate();
      clock.runFor(this.#random.nextInteger(120));
      this.#read();
      this.#openAgain();
    }
    this.#up.forEach((_, path) => {
      this.#turn(path, true);
    });
    const settled = clock.runWhileNot(() => this.#read() && this.#isQuiet(), SETTLE_MS);
    if (!settled) this.#tally.notQuiet++;
    for (const { machine } of [a, b]) if (machine.association.state !== 'established') this.#tally.ended++;
    for (const { reliable, lost, sent, got } of this.#streams) {
      if (reliable && !lost) this.#tally.missing += sent - got.length;
    }
  }

  #operate(): void {
    const random = this.#random;
    const dice = random.nextInteger(40);
    const stream = this.#streams[random.nextInteger(Math.max(this.#streams.length, 1))];
    if (dice < 6 || stream === undefined) this.#open(this.#ids++);
    else if (dice < 29) this.#send(stream);
    else if (dice < 31) this.#close(stream, false);
    else if (dice < 33) this.#close(stream, true);
    else if (dice < 34) this.#restart();
    else if (dice < 36) this.#renumber();
    else this.#turn(random.nextInteger(this.#up.length), random.chance(0.5));
  }

  /** Negotiated channels, so that what arrives can be told apart whenever it does. */
  #open(id: number): void {
    const random = this.#random;
    const ordered = random.chance(0.6);
    const reliable = random.chance(0.7);
    const options = { label: `${id}`, negotiated: true, id, ordered, priority: 1 + random.nextInteger(500) };
    const limited = reliable ? options : { ...options, maxRetransmits: random.nextInteger(3) };
    for (const side of [this.#pair.a, this.#pair.b]) side.act((end, now) => end.association.openChannel(now, limited));
    this.#streams.push({
      uid: this.#streams.length,
      from: random.chance(0.5) ? 'a' : 'b',
      id,
      ordered,
      reliable,
      sent: 0,
      got: [],
      closed: false,
      again: false,
      lost: false,
    });
  }

  #send(stream: Stream): void {
    if (stream.closed) return;
    const burst = 1 + this.#random.nextInteger(8);
    for (let i = 0; i < burst; i++) {
      const length = HEADER_BYTES + this.#random.nextInteger(this.#random.chance(0.3) ? 40_000 : 400);
      const bytes = new Uint8Array(length).fill(stream.sent);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, stream.uid);
      view.setUint32(4, stream.sent);
      const inParts = this.#random.chance(0.2);
      const status = this.#pair[stream.from].act(({ association }, now) => {
        if (!inParts) return association.send(now, stream.id, bytes, 0, length, true);
        const half = length >>> 1;
        const first = association.sendPart(now, stream.id, bytes, 0, half, true, false);
        if (first !== SendStatus.queued) return first;
        const rest = association.sendPart(now, stream.id, bytes, half, length - half, true, true);
        if (rest !== SendStatus.queued && !association.abandonMessage(now, stream.id)) this.#tally.wrong++;
        return rest;
      });
      if (status !== SendStatus.queued) return;
      stream.sent++;
    }
  }

  #close(stream: Stream, again: boolean): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.again = again;
    this.#pair[stream.from].act(({ association }, now) => association.closeChannel(now, stream.id));
  }

  /** Channels that were closed to be opened anew, once neither end knows them any more. */
  #openAgain(): void {
    for (const stream of this.#streams) {
      if (!stream.again || [this.#pair.a, this.#pair.b].some((side) => knows(side.machine.association, stream.id)))
        continue;
      stream.again = false;
      this.#tally.resets++;
      this.#open(stream.id);
    }
  }

  /** One end loses everything. The other is told so by the set-up that follows; what was under way is lost with a report. */
  #restart(): void {
    const { a, b } = this.#pair;
    if ([a, b].some((side) => side.machine.association.state !== 'established')) return;
    const name = this.#random.chance(0.5) ? 'a' : 'b';
    this.#whole[name] = new Whole();
    const other = name === 'a' ? b : a;
    const told = other.events.length;
    this.#pair[name].act((end, now) => end.restart(now, (link) => this.#up[link]));
    this.#tally.restarts++;
    this.#up.forEach((_, path) => {
      this.#turn(path, true);
    });
    const isUp = () => other.events.slice(told).some((e) => e.type === 'error' && e.error === 'restarted');
    if (!this.#pair.clock.runWhileNot(() => this.#read() && isUp(), SETTLE_MS)) this.#tally.ended++;
    for (const stream of this.#streams) {
      if (!stream.closed || stream.got.length < stream.sent) stream.lost = true;
      stream.closed = true;
      stream.again = false;
    }
  }

  #renumber(): void {
    const link = this.#random.nextInteger(this.#up.length);
    this.#tally.renumbered++;
    for (const side of [this.#pair.a, this.#pair.b]) {
      if (this.#random.chance(0.7)) side.act((end, now) => end.renumber(now, link, this.#up[link]));
    }
  }

  /** Cuts or mends a path; says so half of the time, always when it mends. One is left. */
  #turn(path: number, up: boolean): void {
    if (!up && this.#up.filter(Boolean).length === 1) return;
    const link = this.#pair.paths[path];
    const tell = up || this.#random.chance(0.5);
    this.#up[path] = up;
    if (up) link.restore();
    else link.cut();
    if (!tell) return;
    for (const side of [this.#pair.a, this.#pair.b]) {
      side.act((end, now) => end.tell(now, path, up ? 'active' : 'suspect'));
    }
  }

  /** Reads all that arrived; true, for use in a condition. */
  #read(): true {
    for (const [name, from] of [
      ['b', 'a'],
      ['a', 'b'],
    ] as const) {
      const side = this.#pair[name];
      const stats = side.machine.association.stats();
      this.mostReceiveBufferedBytes = Math.max(this.mostReceiveBufferedBytes, stats.receiveBufferedBytes);
      this.mostSendBufferedBytes = Math.max(this.mostSendBufferedBytes, stats.sendBufferedBytes);
      side.act(({ association }) => {
        const whole = this.#whole[name];
        for (let got = whole.next(association); got !== undefined; got = whole.next(association)) {
          this.#take(from, got.channel, got.bytes);
        }
      });
    }
    return true;
  }

  #take(from: 'a' | 'b', channel: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const stream = this.#streams[view.getUint32(0)];
    const number = view.getUint32(4);
    const intact = bytes.subarray(HEADER_BYTES).every((byte) => byte === (number & 0xff));
    if (stream.from !== from || stream.id !== channel || !intact || stream.got.includes(number)) this.#tally.wrong++;
    if (stream.ordered && number < (stream.got.at(-1) ?? 0)) this.#tally.wrong++;
    stream.got.push(number);
    this.#tally.delivered++;
  }

  #isQuiet(): boolean {
    const { a, b } = this.#pair;
    return [a, b].every(({ machine }) => {
      const { sendBufferedBytes, receiveBufferedBytes, state } = machine.association.stats();
      return state === 'established' && sendBufferedBytes === 0 && receiveBufferedBytes === 0;
    });
  }
}

function knows(association: SctpAssociation, id: number): boolean {
  return association.channelIds().includes(id);
}

function randomLink(random: SeededRandom): LinkConfig {
  const rateBps = 1e6 * 10 ** (2 * random.nextUnit());
  return {
    delayMs: random.nextUnit() * 120,
    jitterMs: random.chance(0.4) ? random.nextUnit() * 20 : 0,
    keepsOrder: random.chance(0.7),
    loss: random.chance(0.6) ? random.nextUnit() * 0.08 : 0,
    duplicate: random.chance(0.2) ? 0.02 : 0,
    rateBps,
    queueBytes: Math.max(20_000, (rateBps / 8) * 0.05 * (1 + 3 * random.nextUnit())),
  };
}

function leastDelay(): PathChooser {
  return {
    choose(_now, _cls, bytes, paths) {
      let best = -1;
      for (let i = 0; i < paths.count; i++) {
        if (paths.creditBytes[i] >= bytes && (best < 0 || paths.srttMs[i] < paths.srttMs[best])) best = i;
      }
      return best < 0 ? NO_PATH : paths.ids[best];
    },
    sent() {},
  };
}
