import {
  type Env,
  type FlowId,
  type Instant,
  type Machine,
  Monotonic,
  NO_FLOW,
  type PathId,
  type Slot,
  slotCapacity,
  TimerTable,
  Verdict,
} from '@hawser/wire';

export type EchoEvent = { readonly type: 'answered' | 'gave-up'; readonly question: number };

const QUESTIONS = 64;
const RETRY_MS = 100;
const TRIES = 10;
const ASK = 0x51;
const ANSWER = 0x41;

/** A small machine that keeps every law: asks numbered questions until each is answered, and answers the other's. */
export class Echo implements Machine<EchoEvent> {
  readonly #clock: Monotonic;
  readonly #retries = new TimerTable(QUESTIONS);
  readonly #tries = new Uint8Array(QUESTIONS);
  readonly #key: number;
  protected readonly out: { kind: number; question: number }[] = [];
  protected readonly events: EchoEvent[] = [];
  // For machines that break laws on purpose.
  protected kept = 0;
  protected late = false;
  protected latest: Instant = 0;
  protected borrowed: Uint8Array | undefined;

  constructor(env: Env) {
    this.#clock = new Monotonic(env.now);
    this.#key = Math.floor(env.jitter.nextUnit() * 256);
  }

  ask(now: Instant, question: number): void {
    this.#tries[question] = 1;
    this.#retries.arm(question, this.#clock.advance(now) + RETRY_MS);
    this.out.push({ kind: ASK, question });
  }

  handleDatagram(_now: Instant, _from: PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    if (length !== 4) return Verdict.malformed;
    const kind = bytes[offset];
    const question = bytes[offset + 1];
    if (bytes[offset + 3] !== (kind ^ question ^ bytes[offset + 2])) return Verdict.unauthenticated;
    if (question >= QUESTIONS) return Verdict.malformed;
    if (kind === ASK) {
      if (this.out.length >= QUESTIONS) return Verdict.overLimit;
      this.out.push({ kind: ANSWER, question });
      return Verdict.consumed;
    }
    if (kind !== ANSWER) return Verdict.notMine;
    if (!this.#retries.isArmed(question)) return Verdict.unexpected;
    this.#retries.disarm(question);
    this.events.push({ type: 'answered', question });
    return Verdict.consumed;
  }

  handleTimeout(now: Instant): void {
    const at = this.#clock.advance(now);
    for (let question = this.#retries.takeDue(at); question >= 0; question = this.#retries.takeDue(at)) {
      if (++this.#tries[question] > TRIES) this.events.push({ type: 'gave-up', question });
      else {
        this.out.push({ kind: ASK, question });
        this.#retries.arm(question, at + RETRY_MS);
      }
    }
  }

  pollTransmit(_now: Instant, slot: Slot): boolean {
    if (slotCapacity(slot) < 4) return false;
    const next = this.out.shift();
    if (next === undefined) return false;
    const { buffer, offset } = slot;
    buffer[offset] = next.kind;
    buffer[offset + 1] = next.question;
    buffer[offset + 2] = this.#key;
    buffer[offset + 3] = next.kind ^ next.question ^ this.#key;
    slot.length = 4;
    return true;
  }

  pollEvent(): EchoEvent | undefined {
    return this.events.shift();
  }

  pollTimeout(): Instant {
    return this.#retries.next();
  }

  /** Things kept, for the law of bounds. */
  get size(): number {
    return this.out.length + this.events.length + this.kept;
  }

  /** What must be the same after the same work. */
  get state(): unknown {
    return { open: this.#retries.next(), borrowed: this.borrowed, late: this.late };
  }
}

/** The same over flows: answers leave by the flow the latest datagram came from. */
export class FlowEcho extends Echo {
  flow = NO_FLOW;

  override handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    this.flow = from;
    return super.handleDatagram(now, from, bytes, offset, length);
  }

  override pollTransmit(now: Instant, slot: Slot): boolean {
    if (!super.pollTransmit(now, slot)) return false;
    slot.flow = this.flow;
    return true;
  }
}
