import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendStatus } from '../../src/index.ts';
import { type AssociationPair, connected, readAll, tellPath } from '../support/associations.ts';

/** What was sent on a channel and what came of it. */
interface Model {
  readonly sent: Map<string, Uint8Array[]>;
  readonly received: Map<string, Uint8Array[]>;
  paths: boolean[];
}

type Command = fc.Command<Model, AssociationPair>;

const CHANNELS = [0, 2, 4];

class Send implements Command {
  readonly side: 'a' | 'b';
  readonly channel: number;
  readonly length: number;
  constructor(side: 'a' | 'b', channel: number, length: number) {
    this.side = side;
    this.channel = channel;
    this.length = length;
  }
  check = () => true;
  run(model: Model, pair: AssociationPair): void {
    const key = `${this.side}${this.channel}`;
    const sent = model.sent.get(key) ?? [];
    const bytes = new Uint8Array(this.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = sent.length * 7 + i;
    const status = pair[this.side].act((m, now) => m.send(now, this.channel, bytes, 0, bytes.length, true));
    expect(status).toBe(SendStatus.queued);
    sent.push(bytes);
    model.sent.set(key, sent);
  }
  toString = () => `send(${this.side}, ${this.channel}, ${this.length})`;
}

class Wait implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  run(model: Model, pair: AssociationPair): void {
    pair.runFor(this.ms);
    collect(model, pair);
  }
  toString = () => `wait(${this.ms})`;
}

/** Cuts or mends a path, and tells; never the last one. */
class Turn implements Command {
  readonly path: number;
  readonly tell: boolean;
  constructor(path: number, tell: boolean) {
    this.path = path;
    this.tell = tell;
  }
  check = (model: Readonly<Model>) => !model.paths[this.path] || model.paths.filter(Boolean).length > 1;
  run(model: Model, pair: AssociationPair): void {
    const up = !model.paths[this.path];
    model.paths[this.path] = up;
    if (up) pair.paths[this.path].restore();
    else pair.paths[this.path].cut();
    if (this.tell || up) tellPath(pair, this.path, up ? 'active' : 'suspect');
  }
  toString = () => `turn(${this.path}, ${this.tell})`;
}

function collect(model: Model, pair: AssociationPair): void {
  for (const [side, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    pair[side].act((machine) => {
      for (const { channel, bytes } of readAll(machine)) {
        const key = `${other}${channel}`;
        model.received.set(key, [...(model.received.get(key) ?? []), bytes]);
      }
    });
  }
}

function sortKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('a pair on bad paths', () => {
  it('delivers everything once, in order where asked, whatever is done to it', () => {
    const side = fc.constantFrom('a' as const, 'b' as const);
    const length = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1000, max: 20_000 }));
    const commands = fc.commands(
      [
        fc.tuple(side, fc.constantFrom(...CHANNELS), length).map((args) => new Send(...args)),
        fc.integer({ min: 0, max: 400 }).map((ms) => new Wait(ms)),
        fc.tuple(fc.integer({ min: 0, max: 1 }), fc.boolean()).map((args) => new Turn(...args)),
      ],
      { maxCommands: 60, size: 'max' },
    );
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.boolean(), commands, (seed, interleaving, sequence) => {
        const trouble = { loss: 0.05, jitterMs: 5, keepsOrder: false, duplicate: 0.02 };
        const pair = connected({
          seed,
          a: { interleaving },
          b: { interleaving },
          paths: [
            { delayMs: 5, ...trouble },
            { delayMs: 40, ...trouble },
          ],
        });
        for (const m of [pair.a, pair.b]) {
          m.act((machine, now) => {
            machine.openChannel(now, { label: 'ordered', negotiated: true, id: 0 });
            machine.openChannel(now, { label: 'unordered', ordered: false, negotiated: true, id: 2 });
            machine.openChannel(now, { label: 'ordered too', negotiated: true, id: 4 });
          });
        }
        const model: Model = { sent: new Map(), received: new Map(), paths: [true, true] };
        fc.modelRun(() => ({ model, real: pair }), sequence);
        for (const [path, up] of model.paths.entries()) if (!up) new Turn(path, true).run(model, pair);
        pair.runUntil(() => {
          collect(model, pair);
          return [...model.sent].every(([key, sent]) => (model.received.get(key)?.length ?? 0) >= sent.length);
        }, 600_000);
        pair.runFor(2000);
        collect(model, pair);
        for (const [key, sent] of model.sent) {
          const received = model.received.get(key) ?? [];
          const order = (list: Uint8Array[]) => (key.endsWith('2') ? list.map(sortKey).sort() : list.map(sortKey));
          expect(order(received)).toEqual(order(sent));
        }
        expect(pair.a.machine.state).toBe('established');
        expect(pair.b.machine.state).toBe('established');
      }),
      { numRuns: 60 },
    );
  });
});
