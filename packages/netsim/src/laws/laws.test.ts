import { type Env, type Instant, type PathId, type Slot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Echo } from '../../test/toys/echo.ts';
import { checkMachineLaw, MACHINE_LAWS, type MachineLaw, type MachineLawSetup, runMachineLaws } from '../index.ts';

function echoSetup(make: (env: Env) => Echo): MachineLawSetup<Echo> {
  return {
    name: 'echo',
    makeA: make,
    makeB: make,
    script: Array.from({ length: 12 }, (_, n) => ({
      atMs: 7 * Math.floor(n / 3),
      run({ a, b }, now) {
        a.ask(now, n);
        b.ask(now, 20 + n);
      },
    })),
    state: (_side, echo) => echo.state,
    sizeOf: (echo) => echo.size,
    sizeLimit: 200,
    outputLimit: 64,
    durationMs: 2000,
  };
}

let shared = 0;

/** One breaker for every way to break a law: otherwise an Echo. */
const BREAKERS: [MachineLaw, string, string, (env: Env) => Echo][] = [
  [
    'total',
    'throws on an empty datagram',
    'too short',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          if (length === 0) throw new RangeError('too short');
          return super.handleDatagram(now, from, bytes, offset, length);
        }
      })(env),
  ],
  [
    'total',
    'gives a verdict that is none',
    'verdict 7',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          const verdict = super.handleDatagram(now, from, bytes, offset, length);
          return verdict === Verdict.malformed ? (7 as Verdict) : verdict;
        }
      })(env),
  ],
  [
    'deterministic',
    'looks at something outside',
    'the same seed changed',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (any) slot.buffer[slot.offset + 2] = shared++;
          return any;
        }
      })(env),
  ],
  [
    'drain-invariant',
    'keeps one event only',
    'draining once',
    (env) =>
      new (class extends Echo {
        override pollEvent() {
          const event = super.pollEvent();
          this.events.length = 0;
          return event;
        }
      })(env),
  ],
  [
    'time-progresses',
    'never disarms its timer',
    'still wants a timeout',
    (env) =>
      new (class extends Echo {
        override handleTimeout(): void {}
        override pollTimeout(): Instant {
          return 5;
        }
      })(env),
  ],
  [
    'time-progresses',
    'counts calls of pollTimeout',
    'too often',
    (env) =>
      new (class extends Echo {
        #asked = 0;
        override pollTimeout(): Instant {
          if (++this.#asked === 30) this.out.push({ kind: 1, question: 1 });
          return super.pollTimeout();
        }
      })(env),
  ],
  [
    'time-progresses',
    'does not clamp an earlier time',
    'an earlier now',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          this.late ||= now < this.latest;
          this.latest = now;
          return super.handleDatagram(now, from, bytes, offset, length);
        }
      })(env),
  ],
  [
    'time-progresses',
    'minds a timeout that comes from the past',
    'an earlier now',
    (env) =>
      new (class extends Echo {
        override handleTimeout(now: Instant): void {
          this.late ||= now < this.latest;
          this.latest = now;
          super.handleTimeout(now);
        }
      })(env),
  ],
  [
    'time-progresses',
    'answers NaN',
    'NaN',
    (env) =>
      new (class extends Echo {
        override pollTimeout(): Instant {
          return Number.NaN;
        }
      })(env),
  ],
  [
    'quiesces',
    'chatters for ever',
    'still waits',
    (env) =>
      new (class extends Echo {
        #next = 1000;
        override handleTimeout(now: Instant): void {
          super.handleTimeout(now);
          if (now >= this.#next) this.#next = now + 1000;
        }
        override pollTimeout(): Instant {
          return Math.min(super.pollTimeout(), this.#next);
        }
      })(env),
  ],
  [
    'bounded',
    'keeps what it does not understand',
    'has grown',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          this.kept++;
          return super.handleDatagram(now, from, bytes, offset, length);
        }
      })(env),
  ],
  [
    'bounded',
    'answers everything, at any length',
    'packets to send',
    (env) =>
      new (class extends Echo {
        override handleDatagram(): Verdict {
          this.out.push({ kind: 1, question: 1 });
          return Verdict.consumed;
        }
        override get size(): number {
          return 0;
        }
      })(env),
  ],
  [
    'ignores-scribbles',
    'keeps borrowed bytes',
    'scribbling',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          this.borrowed = bytes.subarray(offset, offset + length);
          return super.handleDatagram(now, from, bytes, offset, length);
        }
      })(env),
  ],
  [
    'same-at-any-offset',
    'forgets the offset',
    'larger buffer',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          _offset: number,
          length: number,
        ): Verdict {
          return super.handleDatagram(now, from, bytes, 0, length);
        }
      })(env),
  ],
  [
    'same-at-any-offset',
    'forgets byteOffset',
    'larger buffer',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          return super.handleDatagram(now, from, new Uint8Array(bytes.buffer), offset, length);
        }
      })(env),
  ],
  [
    'same-at-any-offset',
    'writes around its input',
    'of an input',
    (env) =>
      new (class extends Echo {
        override handleDatagram(
          now: Instant,
          from: PathId,
          bytes: Uint8Array,
          offset: number,
          length: number,
        ): Verdict {
          bytes[offset + length] ^= 0xff;
          return super.handleDatagram(now, from, bytes, offset, length);
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'pads into the tail room',
    'wrote at',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (any) slot.buffer[slot.buffer.length - 1] ^= 1;
          return any;
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'forgets that the slot is a view',
    'wrote at',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (any) new Uint8Array(slot.buffer.buffer)[0] ^= 1;
          return any;
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'takes head room that is not its own',
    'not in 80',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (any) {
            slot.offset -= 4;
            slot.length += 4;
          }
          return any;
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'touches the slot when it has nothing',
    'answered false',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (!any) slot.path = 3;
          return any;
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'scribbles in a slot that it does not fill',
    'wrote at',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (!any) slot.buffer[slot.offset] ^= 1;
          return any;
        }
      })(env),
  ],
  [
    'inside-its-slot',
    'fills more than the capacity',
    'not in 80',
    (env) =>
      new (class extends Echo {
        override pollTransmit(now: Instant, slot: Slot): boolean {
          const any = super.pollTransmit(now, slot);
          if (any) slot.length = 1240;
          return any;
        }
      })(env),
  ],
];

describe('the law suite', () => {
  it.each(MACHINE_LAWS)('finds that a law-abiding machine keeps "%s"', (law) => {
    for (let seed = 1; seed <= 5; seed++)
      checkMachineLaw(
        law,
        echoSetup((env) => new Echo(env)),
        seed,
      );
  });

  it.each(BREAKERS)('turns red on "%s" for a machine that %s', (law, _how, message, make) => {
    const setup = { ...echoSetup(make) };
    expect(() => checkMachineLaw(law, setup, 1)).toThrow(`echo breaks the law "${law}" (seed 1): `);
    expect(() => checkMachineLaw(law, setup, 1)).toThrow(message);
  });

  it('runs all laws from all seeds, and says which broke', () => {
    runMachineLaws(
      echoSetup((env) => new Echo(env)),
      { seeds: ['x', 'y'] },
    );
    const make = BREAKERS[0][3];
    expect(() => runMachineLaws(echoSetup(make), { laws: ['quiesces', 'total'], seeds: ['x'] })).toThrow(
      '"total" (seed x)',
    );
  });
});
