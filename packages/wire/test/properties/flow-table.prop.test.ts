import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FlowId, FlowTable, NO_FLOW } from '../../src/index.ts';
import { ListFlowTable, ScanningFlowTable } from '../kit/flow-table-references.ts';

const CAPACITY = 6;

/** What the table promises: it knows at most six flows, and every pinned one. */
interface Model {
  /** Pinned flows, by their key, with the number of pins. */
  readonly pinned: Map<string, { flow: FlowId; pins: number }>;
}

const key = (base: number, address: string, port: number): string => `${base} ${address} ${port}`;

function check(model: Model, table: FlowTable): void {
  expect(table.size).toBeLessThanOrEqual(CAPACITY);
  for (const [text, { flow }] of model.pinned) {
    const [base, address, port] = text.split(' ');
    expect(table.isKnown(flow)).toBe(true);
    expect(table.find(Number(base), address, Number(port))).toBe(flow);
    expect([table.base(flow), table.address(flow), table.port(flow)]).toEqual([Number(base), address, Number(port)]);
  }
  const pinned = new Set([...model.pinned.values()].map(({ flow }) => flow));
  for (let flow = -1; flow <= CAPACITY; flow++) expect(table.isPinned(flow)).toBe(pinned.has(flow));
}

class Intern implements fc.Command<Model, FlowTable> {
  readonly #source: readonly [number, string, number];

  constructor(source: readonly [number, string, number]) {
    this.#source = source;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, table: FlowTable): void {
    const [base, address, port] = this.#source;
    const before = table.find(base, address, port);
    const full = model.pinned.size === CAPACITY;
    const flow = table.intern(base, address, port);
    if (before !== NO_FLOW) expect(flow).toBe(before);
    else if (full) expect(flow).toBe(NO_FLOW);
    else {
      expect(table.find(base, address, port)).toBe(flow);
      expect([...model.pinned.values()].some((one) => one.flow === flow)).toBe(false);
    }
    check(model, table);
  }

  toString(): string {
    return `intern(${this.#source.join(', ')})`;
  }
}

class Pin implements fc.Command<Model, FlowTable> {
  readonly #source: readonly [number, string, number];

  constructor(source: readonly [number, string, number]) {
    this.#source = source;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, table: FlowTable): void {
    const flow = table.intern(...this.#source);
    if (flow === NO_FLOW) return;
    table.pin(flow);
    const text = key(...this.#source);
    const pins = model.pinned.get(text)?.pins ?? 0;
    model.pinned.set(text, { flow, pins: pins + 1 });
    check(model, table);
  }

  toString(): string {
    return `pin(${this.#source.join(', ')})`;
  }
}

class Unpin implements fc.Command<Model, FlowTable> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check({ pinned }: Readonly<Model>): boolean {
    return pinned.size > 0;
  }

  run(model: Model, table: FlowTable): void {
    const [text, entry] = [...model.pinned][this.#which % model.pinned.size];
    table.unpin(entry.flow);
    if (--entry.pins === 0) model.pinned.delete(text);
    check(model, table);
  }

  toString(): string {
    return `unpin(${this.#which})`;
  }
}

class DropBase implements fc.Command<Model, FlowTable> {
  readonly #base: number;

  constructor(base: number) {
    this.#base = base;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, table: FlowTable): void {
    table.dropBase(this.#base);
    for (const text of model.pinned.keys()) if (text.startsWith(`${this.#base} `)) model.pinned.delete(text);
    for (let flow = 0; flow < CAPACITY; flow++) {
      if (table.isKnown(flow)) expect(table.base(flow)).not.toBe(this.#base);
    }
    check(model, table);
  }

  toString(): string {
    return `dropBase(${this.#base})`;
  }
}

const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
const PORTS = [1, 2, 65535];
const source = fc.tuple(fc.nat(2), fc.constantFrom(...ADDRESSES), fc.constantFrom(...PORTS));

describe('FlowTable', () => {
  it('never loses a pinned flow, never holds more than its capacity, whatever is done to it', () => {
    const commands = fc.commands(
      [
        source.map((one) => new Intern(one)),
        source.map((one) => new Pin(one)),
        fc.nat(10).map((which) => new Unpin(which)),
        fc.nat(2).map((base) => new DropBase(base)),
      ],
      { maxCommands: 80, size: 'max' },
    );
    fc.assert(
      fc.property(commands, (operations) => {
        fc.modelRun(() => ({ model: { pinned: new Map() }, real: new FlowTable(CAPACITY) }), operations);
      }),
      { numRuns: 300 },
    );
  });

  it('gives every flow it knows another number', () => {
    fc.assert(
      fc.property(fc.array(source, { maxLength: 40 }), (sources) => {
        const table = new FlowTable(CAPACITY);
        for (const one of sources) table.intern(...one);
        const known = sources
          .map((one) => [key(...one), table.find(...one)] as const)
          .filter(([, flow]) => flow !== NO_FLOW);
        expect(new Set(known.map(([, flow]) => flow)).size).toBe(new Set(known.map(([text]) => text)).size);
      }),
    );
  });

  it('forgets what a table does that is a plain list, oldest first', () => {
    const what = fc.constantFrom('intern', 'intern', 'intern', 'pin', 'pin', 'unpin', 'unpin', 'unpin', 'drop');
    const step = fc.tuple(what, fc.tuple(fc.nat(2), fc.constantFrom(...ADDRESSES), fc.constant(1)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const table = new FlowTable(CAPACITY);
        const list = new ListFlowTable(CAPACITY);
        for (const [what, one] of steps) {
          if (what === 'intern') {
            expect(table.intern(...one) !== NO_FLOW).toBe(list.intern(key(...one), one[0]));
          } else if (what === 'drop') {
            table.dropBase(one[0]);
            list.dropBase(one[0]);
          } else {
            table[what](table.find(...one));
            list[what](key(...one));
          }
          const { size, pinned, recycled, refused } = table;
          expect({ size, pinned, recycled, refused }).toEqual(list.counts());
          for (const base of [0, 1, 2]) {
            for (const address of ADDRESSES) {
              expect(table.find(base, address, 1) !== NO_FLOW).toBe(list.knows(key(base, address, 1)));
            }
          }
        }
      }),
    );
  });

  it('gives the numbers that a hand going round the table would, as long as nothing is unpinned', () => {
    const step = fc.tuple(fc.boolean(), source);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const table = new FlowTable(CAPACITY);
        const scanning = new ScanningFlowTable(CAPACITY);
        for (const [pins, one] of steps) {
          const flow = table.intern(...one);
          expect(flow).toBe(scanning.intern(key(...one)));
          if (pins && flow !== NO_FLOW) {
            table.pin(flow);
            scanning.pin(flow);
          }
          expect([table.recycled, table.refused]).toEqual([scanning.recycled, scanning.refused]);
        }
      }),
    );
  });
});
