import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup } from '@hawser/netsim';
import {
  type Env,
  type FlowId,
  type Instant,
  type Machine,
  Monotonic,
  type SecureRandom,
  type Slot,
  slotCapacity,
  Verdict,
} from '@hawser/wire';
import { describe, it } from 'vitest';
import {
  AttributeType,
  BindingServer,
  NO_TRANSACTION,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  TransactionTable,
  TransportAddress,
} from '../../src/index.ts';

type AskEvent = { readonly type: 'mapped' | 'timeout'; readonly where: string };

/** Asks a Binding server, over and over until it answers. */
class Asker implements Machine<AskEvent> {
  readonly #clock: Monotonic;
  readonly #secure: SecureRandom;
  readonly #table = new TransactionTable({ capacity: 8 });
  readonly #reader = new StunReader();
  readonly #writer = new StunWriter();
  readonly #id = new Uint8Array(12);
  readonly #due: number[] = [];
  readonly #events: AskEvent[] = [];

  constructor(env: Env) {
    this.#clock = new Monotonic(env.now);
    this.#secure = env.secure;
  }

  ask(now: Instant): void {
    this.#secure.fillSecure(this.#id, 0, 12);
    const handle = this.#table.start(this.#clock.advance(now), this.#id, 0);
    if (handle !== NO_TRANSACTION) this.#due.push(handle);
  }

  handleDatagram(now: Instant, _from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const verdict = this.#reader.parse(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    if (this.#reader.cls !== StunClass.success) return Verdict.unexpected;
    const handle = this.#table.find(bytes, this.#reader.transactionIdOffset);
    const mapped = new TransportAddress();
    if (handle === NO_TRANSACTION) return Verdict.unexpected;
    if (!this.#reader.find(AttributeType.xorMappedAddress) || !this.#reader.xorAddress(mapped))
      return Verdict.malformed;
    this.#table.complete(handle, this.#clock.advance(now));
    const waiting = this.#due.indexOf(handle);
    if (waiting >= 0) this.#due.splice(waiting, 1);
    this.#events.push({ type: 'mapped', where: `${mapped.text()}:${mapped.port}` });
    return Verdict.consumed;
  }

  handleTimeout(now: Instant): void {
    const at = this.#clock.advance(now);
    for (let handle = this.#table.takeDue(at); handle !== NO_TRANSACTION; handle = this.#table.takeDue(at)) {
      if (this.#table.due === 'retransmit') this.#due.push(handle);
      else this.#events.push({ type: 'timeout', where: '' });
    }
  }

  pollTransmit(_now: Instant, out: Slot): boolean {
    const handle = this.#due.shift();
    if (handle === undefined) return false;
    this.#table.copyId(handle, this.#id, 0);
    const writer = this.#writer;
    writer.begin(out.buffer, out.offset, slotCapacity(out), StunClass.request, StunMethod.binding, this.#id, 0);
    writer.fingerprint();
    out.length = writer.finish();
    return true;
  }

  pollEvent(): AskEvent | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant {
    return this.#table.nextDeadline();
  }
}

const everywhere = { isKnown: () => true, address: () => '192.0.2.1', port: (flow: number) => 5000 + flow };

const setup: MachineLawSetup<Asker, BindingServer> = {
  name: 'binding',
  makeA: (env) => new Asker(env),
  makeB: () => new BindingServer({ flows: everywhere, queue: 32 }),
  script: [0, 1, 40, 900, 3000].map((atMs) => ({ atMs, run: ({ a }, now) => a.ask(now) })),
  durationMs: 60_000,
  route: () => ({ path: 0, from: 0 }),
  outputLimit: 32,
};

describe('a Binding server and its client keep the laws', () => {
  it.each(MACHINE_LAWS)('%s', (law) => checkMachineLaw(law, setup, 1));
});
