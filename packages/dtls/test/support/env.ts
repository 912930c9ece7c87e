import type { Env } from '@hawser/wire';

/** A small generator of equal streams for equal seeds (mulberry32); only for tests. */
export function seededUnit(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An `Env` whose randomness comes from `seed`. */
export function seededEnv(seed: number): Env {
  const unit = seededUnit(seed);
  return {
    now: 0,
    unixMs: Date.UTC(2026, 0, 1),
    secure: {
      fillSecure(out, offset, length) {
        for (let i = 0; i < length; i++) out[offset + i] = Math.floor(unit() * 256);
      },
    },
    jitter: { nextUnit: unit },
  };
}
