import { hexText, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, configOf, profiles, rtpPacket, slotWith, ways } from '../support.ts';

// No (key, nonce) for two packets: AES-CM loses its secrecy with it, AES-GCM its authentication too (RFC 3711 9.1, RFC 7714
// 10). It would show from outside: sixteen bytes of keystream, what went in XOR what came out, would come twice.

const encrypting = profiles.filter(([name]) => !name.startsWith('null'));
const cases = encrypting.flatMap(([name, profile]) => ways.map(([way, crypto]) => ({ name, profile, way, crypto })));

/** What an application may do: packets of few streams in any order, again, changed; RTCP; another key; a move. */
const step = fc.record({
  kind: fc.constantFrom('rtp', 'rtp', 'rtp', 'rtp', 'rtcp', 'key', 'move'),
  ssrc: fc.integer({ min: 1, max: 3 }),
  ahead: fc.constantFrom(1, 1, 1, 0, 0, -1, -3, 2, 40, -70, 9000, 30_000),
  fill: fc.constantFrom(0, 0, 0, 1),
});

/** A header with an element of 16 bytes, id 1, and a body of 20. */
function rtpWithExtension(ssrc: number, sequence: number, fill: number): Uint8Array {
  const plain = rtpPacket(ssrc, sequence, 20, fill);
  const extension = [0xbe, 0xde, 0, 5, 0x1f, ...new Uint8Array(16).fill(fill), 0, 0, 0];
  const packet = Uint8Array.of(...plain.subarray(0, 12), ...extension, ...plain.subarray(12));
  packet[0] |= 0x10;
  return packet;
}

class Pads {
  readonly #uses = new Map<string, string>();

  /** Takes 16 bytes of keystream down; says whether they were used for another packet. */
  isReused(plain: Uint8Array, sealed: Uint8Array, at: number): boolean {
    const pad = hexText(plain.map((byte, i) => byte ^ sealed[i]).subarray(at, at + 16));
    const use = `${hexText(plain)} ${at} ${hexText(sealed)}`;
    const before = this.#uses.get(pad) ?? use;
    this.#uses.set(pad, before);
    return before !== use;
  }
}

describe.each(cases)('no keystream is used for two packets: $name, $way', ({ profile, crypto }) => {
  it('whatever an application does', () => {
    const mkis = [Uint8Array.of(1), Uint8Array.of(2)];
    const { key, salt } = configOf(profile, 99);
    const config = {
      ...configOf(profile),
      mki: mkis[0],
      otherKeys: [{ mki: mkis[1], key, salt }],
      replayWindow: 64,
      repeatWindow: 32,
      encryptedExtensions: [1],
      crypto,
    };
    let repeats = 0;
    let refusals = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), fc.constantFrom(0, 0, 8), (steps, rate) => {
        const full = { ...config, keyDerivationRate: rate };
        const pads = new Pads();
        const seen = new Set<string>();
        const highest = new Map<number, number>();
        let sender = new SrtpContext(full);
        for (const { ahead, fill, kind, ssrc } of steps) {
          if (kind === 'key') sender.useMasterKey(mkis[fill % 2]);
          if (kind === 'move') sender = new SrtpContext({ ...full, state: sender.handOver() });
          if (kind === 'key' || kind === 'move') continue;
          const index = Math.max(0, (highest.get(ssrc) ?? 60_000) + ahead);
          const plain =
            kind === 'rtp'
              ? rtpWithExtension(ssrc, index & 0xffff, fill)
              : Uint8Array.of(0x80, 200, 0, 6, 0, 0, 0, ssrc, ...new Uint8Array(20).fill(fill));
          const slot = slotWith(plain);
          const verdict = kind === 'rtp' ? sender.sealRtp(slot) : sender.sealRtcp(slot);
          const sealed = bytesOf(slot);
          if (verdict !== Verdict.consumed) {
            expect(sealed).toEqual(plain);
            if (verdict === Verdict.replayed) refusals++;
            continue;
          }
          if (kind === 'rtp') highest.set(ssrc, Math.max(index, highest.get(ssrc) ?? 0));
          for (const at of kind === 'rtp' ? [17, 36] : [8]) expect(pads.isReused(plain, sealed, at)).toBe(false);
          if (kind === 'rtp' && seen.has(hexText(sealed))) repeats++;
          seen.add(hexText(sealed));
        }
      }),
      { numRuns: 30 },
    );
    // The steps are such that both happen.
    expect(repeats).toBeGreaterThan(0);
    expect(refusals).toBeGreaterThan(0);
  });
});

describe.each(cases)('the same index again: $name, $way', ({ profile, crypto }) => {
  const contextOf = (more = {}) => new SrtpContext({ ...configOf(profile), crypto, ...more });
  const seal = (sender: SrtpContext, sequence: number, fill: number) => {
    const slot = slotWith(rtpPacket(9, sequence, 100, fill));
    return [sender.sealRtp(slot), hexText(bytesOf(slot))] as const;
  };

  it('gives the same bytes for the same packet, and nothing for another', () => {
    const sender = contextOf();
    const first = [0, 1, 2, 3].map((sequence) => seal(sender, sequence, 7));
    for (const sequence of [1, 3, 0, 1]) expect(seal(sender, sequence, 7)).toEqual(first[sequence]);
    const [verdict, bytes] = seal(sender, 2, 8);
    expect(verdict).toBe(Verdict.replayed);
    expect(bytes).toBe(hexText(rtpPacket(9, 2, 100, 8)));
    // One bit of the header is enough.
    const marked = rtpPacket(9, 2, 100, 7);
    marked[1] |= 0x80;
    expect(sender.sealRtp(slotWith(marked))).toBe(Verdict.replayed);
    expect(seal(sender, 2, 7)).toEqual(first[2]);
    expect(sender.counters.rtp).toMatchObject({ consumed: 9, replayed: 2 });
  });

  it('is refused when it is no longer remembered, when repeats are not allowed, and when it was sealed elsewhere', () => {
    const short = contextOf({ repeatWindow: 4 });
    for (let sequence = 0; sequence < 10; sequence++) seal(short, sequence, 7);
    expect([9, 6, 5].map((sequence) => seal(short, sequence, 7)[0])).toEqual([0, 0, Verdict.replayed]);
    const none = contextOf({ repeatWindow: 0 });
    expect([seal(none, 1, 7)[0], seal(none, 1, 7)[0]]).toEqual([0, Verdict.replayed]);
    const next = contextOf({ state: contextOf().handOver() });
    seal(next, 1, 7);
    const moved = contextOf({ state: next.handOver() });
    expect([seal(moved, 1, 7)[0], seal(moved, 0, 7)[0], seal(moved, 2, 7)[0]]).toEqual([
      Verdict.replayed,
      Verdict.replayed,
      Verdict.consumed,
    ]);
  });
});

describe('RTCP', () => {
  it.each(cases)('never takes an index twice: $name, $way', ({ profile, crypto }) => {
    const sender = new SrtpContext({ ...configOf(profile), crypto });
    const pads = new Pads();
    const plain = Uint8Array.of(0x80, 200, 0, 6, 0, 0, 0, 5, ...new Uint8Array(20));
    for (let i = 0; i < 300; i++) {
      const slot = slotWith(plain);
      expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
      expect(pads.isReused(plain, bytesOf(slot), 8)).toBe(false);
    }
  });
});
