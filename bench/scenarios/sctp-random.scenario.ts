/**
 * Associations on random networks under random operations: messages, resets, cuts, paths that come and go. What is
 * reliable arrives once, in order where asked, or an end is reported; memory is bounded; all falls silent afterwards.
 */
import { type LinkConfig, type Pair, runPair, SeededRandom } from '@hawser/netsim';
import { createMessage, SctpAssociation, type SctpConfig, SendStatus } from '@hawser/sctp-dc';
import { NO_PATH, type PathChooser, type PathInfo, type PathState } from '@hawser/wire';
import type { Metrics, Scenario } from '../src/scenario-contract.ts';

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
        { metric: 'mostReceiveBufferedBytes', of: 'max', atMost: 2 * WINDOW_BYTES },
        { metric: 'mostSendBufferedBytes', of: 'max', atMost: QUEUE_BYTES },
      ],
    },
  ],
};

type Tally = { wrong: number; missing: number; ended: number; notQuiet: number; delivered: number };

function thousandth(seed: number): Metrics {
  const tally: Tally = { wrong: 0, missing: 0, ended: 0, notQuiet: 0, delivered: 0 };
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

interface Stream {
  readonly from: 'a' | 'b';
  readonly id: number;
  readonly ordered: boolean;
  readonly reliable: boolean;
  sent: number;
  readonly got: number[];
  closed: boolean;
}

class Run {
  mostReceiveBufferedBytes = 0;
  mostSendBufferedBytes = 0;
  readonly #random: SeededRandom;
  readonly #tally: Tally;
  readonly #pair: Pair<SctpAssociation, SctpAssociation>;
  readonly #streams: Stream[] = [];
  readonly #up: boolean[];
  readonly #message = createMessage();

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
    };
    const config = (): Partial<SctpConfig> => ({
      ...shared,
      interleaving: random.chance(0.6),
      lowerLayerChecksums: random.chance(0.5) ? 'dtls' : undefined,
      sackDelayMs: random.chance(0.5) ? 20 : 200,
      maxMtuBytes: random.chance(0.3) ? 1400 : undefined,
      scheduler: (['weighted', 'priority', 'round-robin', 'first-come'] as const)[random.nextInteger(4)],
    });
    const [a, b] = [config(), config()];
    this.#pair = runPair(
      (env) => new SctpAssociation({ ...a, dtlsRole: 'client' }, env),
      (env) => new SctpAssociation({ ...b, dtlsRole: 'server' }, env),
      { seed, paths },
    );
  }

  go(): void {
    const pair = this.#pair;
    pair.a.act((m, now) => m.connect(now));
    pair.b.act((m, now) => m.connect(now));
    for (let i = 0; i < OPERATIONS; i++) {
      this.#operate();
      pair.clock.runFor(this.#random.nextInteger(120));
      this.#read();
    }
    this.#up.forEach((_, path) => {
      this.#turn(path, true);
    });
    const settled = pair.clock.runWhileNot(() => this.#read() && this.#isQuiet(), SETTLE_MS);
    if (!settled) this.#tally.notQuiet++;
    for (const { machine } of [pair.a, pair.b]) if (machine.state !== 'established') this.#tally.ended++;
    for (const stream of this.#streams) this.#judge(stream);
  }

  #operate(): void {
    const random = this.#random;
    const dice = random.nextInteger(20);
    if (dice < 3 || this.#streams.length === 0) this.#open();
    else if (dice < 15) this.#send(this.#streams[random.nextInteger(this.#streams.length)]);
    else if (dice < 16) this.#close(this.#streams[random.nextInteger(this.#streams.length)]);
    else this.#turn(random.nextInteger(this.#up.length), random.chance(0.5));
  }

  /** Negotiated channels, so that what arrives can be told apart whenever it does; an id is used once. */
  #open(): void {
    const random = this.#random;
    const ordered = random.chance(0.6);
    const reliable = random.chance(0.7);
    const id = this.#streams.length;
    const options = { label: `${id}`, negotiated: true, id, ordered, priority: 1 + random.nextInteger(500) };
    const limited = reliable ? options : { ...options, maxRetransmits: random.nextInteger(3) };
    for (const side of [this.#pair.a, this.#pair.b]) side.act((m, now) => m.openChannel(now, limited));
    this.#streams.push({
      from: random.chance(0.5) ? 'a' : 'b',
      id,
      ordered,
      reliable,
      sent: 0,
      got: [],
      closed: false,
    });
  }

  #send(stream: Stream): void {
    if (stream.closed) return;
    const burst = 1 + this.#random.nextInteger(8);
    for (let i = 0; i < burst; i++) {
      const length = this.#random.chance(0.3)
        ? 4 + this.#random.nextInteger(40_000)
        : 4 + this.#random.nextInteger(400);
      const bytes = new Uint8Array(length).fill(stream.sent);
      new DataView(bytes.buffer).setUint32(0, stream.sent);
      const status = this.#pair[stream.from].act((m, now) => m.send(now, stream.id, bytes, 0, length, true));
      if (status !== SendStatus.queued) return;
      stream.sent++;
    }
  }

  #close(stream: Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    this.#pair[stream.from].act((m, now) => m.closeChannel(now, stream.id));
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
    const state = up ? 'active' : 'suspect';
    for (const side of [this.#pair.a, this.#pair.b]) side.act((m, now) => m.handlePath(now, path, info(state)));
  }

  /** Reads all that arrived; true, for use in a condition. */
  #read(): true {
    for (const [side, from] of [
      [this.#pair.b, 'a'],
      [this.#pair.a, 'b'],
    ] as const) {
      const stats = side.machine.stats();
      this.mostReceiveBufferedBytes = Math.max(this.mostReceiveBufferedBytes, stats.receiveBufferedBytes);
      this.mostSendBufferedBytes = Math.max(this.mostSendBufferedBytes, stats.sendBufferedBytes);
      side.act((machine) => {
        while (machine.pollMessage(this.#message)) this.#take(from);
      });
    }
    return true;
  }

  #take(from: 'a' | 'b'): void {
    const { bytes, channel, length, offset } = this.#message;
    const stream = this.#streams[channel];
    const number = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(0);
    const intact = bytes.subarray(offset + 4, offset + length).every((byte) => byte === (number & 0xff));
    if (stream.from !== from || !intact || stream.got.includes(number)) this.#tally.wrong++;
    if (stream.ordered && number < (stream.got.at(-1) ?? 0)) this.#tally.wrong++;
    stream.got.push(number);
    this.#tally.delivered++;
  }

  #isQuiet(): boolean {
    const { a, b } = this.#pair;
    return [a, b].every(({ machine }) => {
      const { sendBufferedBytes, receiveBufferedBytes } = machine.stats();
      return sendBufferedBytes === 0 && receiveBufferedBytes === 0;
    });
  }

  #judge({ reliable, sent, got }: Stream): void {
    if (reliable) this.#tally.missing += sent - got.length;
  }
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

function info(state: PathState): PathInfo {
  return { state, mtuBytes: 1200, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: undefined, cost: 0 };
}
