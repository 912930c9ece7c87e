import { createCipheriv, createHmac } from 'node:crypto';
import { SHA1_BLOCK_BYTES, Sha1 } from '@hawser/wire';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createBlockCipher } from '../../src/crypto.ts';
import { ghashTables } from '../../src/kernel/ghash-tables.ts';
import {
  BODY,
  DIGEST,
  INNER_DIGEST,
  KEYSTREAM_BYTES,
  KEYSTREAM_SLOTS,
  type Kernel,
  KernelKey,
  openKernel,
  STREAMS,
} from '../../src/kernel/kernel.ts';
import { KeystreamCache, type KeystreamSource, StreamKeystream } from '../../src/kernel/keystream.ts';
import { ghash } from '../reference.ts';

function theKernel(): Kernel {
  const kernel = openKernel();
  if (kernel === undefined) throw new Error('this Node has no WebAssembly SIMD');
  return kernel;
}

const kernel = theKernel();

/** Whatever was in the memory before has no say. */
beforeEach(() => kernel.bytes.fill(0xa5, BODY - 3000, BODY + 10_000));

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1000, maxLength: 1300 }));

/** The two states of a key, as `hmac-sha1.wat` wants them. */
function statesOf(key: Uint8Array): KernelKey {
  const states = new Uint8Array(64);
  for (const [i, pad] of [0x36, 0x5c].entries()) {
    const block = new Uint8Array(SHA1_BLOCK_BYTES);
    block.set(key);
    const state = new Int32Array(5);
    new Sha1()
      .update(
        block.map((byte) => byte ^ pad),
        0,
        SHA1_BLOCK_BYTES,
      )
      .saveState(state);
    states.set(new Uint8Array(state.buffer), 32 * i);
  }
  return new KernelKey(states);
}

describe('hmac-sha1.wat', () => {
  it('is HMAC-SHA1, at any place and of any length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        anyBytes,
        fc.integer({ min: 0, max: 40 }),
        (key, message, before) => {
          const at = BODY - before;
          kernel.bytes.set(message, at);
          kernel.hmacSha1.hmac(kernel.place(statesOf(key)), at, at + message.length, DIGEST);
          expect(Buffer.from(kernel.bytes.slice(DIGEST, DIGEST + 20))).toEqual(
            createHmac('sha1', key).update(message).digest(),
          );
        },
      ),
    );
  });

  it('finishes an inner digest that another has computed', () => {
    const key = statesOf(new Uint8Array(20).fill(7));
    kernel.bytes.set([1, 2, 3], BODY);
    kernel.hmacSha1.hmac(kernel.place(key), BODY, BODY + 3, DIGEST);
    const whole = kernel.bytes.slice(DIGEST, DIGEST + 20);
    const inner = new Uint8Array(64).fill(7, 0, 20).map((byte) => byte ^ 0x36);
    const digest = new Uint8Array(20);
    new Sha1()
      .update(inner, 0, 64)
      .update(Uint8Array.of(1, 2, 3), 0, 3)
      .digestInto(digest, 0);
    kernel.bytes.set(digest, INNER_DIGEST);
    kernel.hmacSha1.hmacOuter(kernel.place(key), DIGEST);
    expect(kernel.bytes.slice(DIGEST, DIGEST + 20)).toEqual(whole);
  });
});

describe('ghash.wat', () => {
  const header = fc.integer({ min: 1, max: 20 }).chain((words) => bytes(4 * words));

  it('is GHASH by its definition, masked', () => {
    fc.assert(
      fc.property(bytes(16), header, fc.uint8Array({ maxLength: 150 }), bytes(16), (h, associated, body, mask) => {
        kernel.bytes.set(associated, BODY - associated.length);
        kernel.bytes.set(body, BODY);
        kernel.bytes.set(mask, DIGEST + 32);
        const key = kernel.place(new KernelKey(ghashTables(h)));
        kernel.ghash.gcmTag(key, BODY, associated.length, body.length, DIGEST + 32, DIGEST);
        const padded = (data: Uint8Array) => Buffer.concat([data, new Uint8Array(-data.length & 15)]);
        const lengths = Buffer.alloc(16);
        lengths.writeUInt32BE(8 * associated.length, 4);
        lengths.writeUInt32BE(8 * body.length, 12);
        const sum = ghash(h, Buffer.concat([padded(associated), padded(body), lengths]));
        expect(kernel.bytes.slice(DIGEST, DIGEST + 16)).toEqual(sum.map((byte, i) => byte ^ mask[i]));
      }),
    );
  });

  it.each(['00', 'ff', '80', '01'])('with a hash key of nothing but 0x%s', (octet) => {
    const h = new Uint8Array(16).fill(Number.parseInt(octet, 16));
    const block = Uint8Array.from({ length: 16 }, (_, i) => 0xff - i);
    kernel.bytes.set(block, BODY - 16);
    kernel.bytes.fill(0, DIGEST + 32, DIGEST + 48);
    kernel.ghash.gcmTag(kernel.place(new KernelKey(ghashTables(h))), BODY, 16, 0, DIGEST + 32, DIGEST);
    const lengths = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(kernel.bytes.slice(DIGEST, DIGEST + 16)).toEqual(ghash(h, Uint8Array.of(...block, ...lengths)));
  });
});

it('everything has its place in the memory', () => {
  expect(STREAMS + KEYSTREAM_SLOTS * KEYSTREAM_BYTES).toBeLessThanOrEqual(kernel.bytes.length);
  expect([BODY % 16, STREAMS % 16]).toEqual([0, 0]);
});

describe('keys of the kernels', () => {
  it('are where they are asked for, however many there are', () => {
    const keys = Array.from({ length: 200 }, (_, i) => new KernelKey(new Uint8Array(64).fill(i)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 199 }), { maxLength: 300 }), (order) => {
        for (const i of order) expect(kernel.bytes[kernel.place(keys[i]) + 63]).toBe(i);
      }),
    );
  });
});

describe('keystream made ahead', () => {
  /** AES that counts what it is asked for. */
  function sourceOf(mode: 'counter' | 'gcm', seed: number) {
    const key = new Uint8Array(16).fill(seed);
    const cipher = createBlockCipher(key);
    const made = { calls: 0, blocks: 0 };
    const source: KeystreamSource = {
      mode,
      salt: new Uint8Array(mode === 'gcm' ? 12 : 14).fill(seed + 1),
      cipher: {
        encrypt: (blocks) => {
          made.calls++;
          made.blocks += blocks.length / 16;
          return cipher.encrypt(blocks);
        },
      },
    };
    return { key, source, made };
  }

  /** By the platform's counter mode. */
  function expected(key: Uint8Array, { mode, salt }: KeystreamSource, ssrc: number, index: number, blocks: number) {
    const salted = BigInt(`0x${Buffer.from(salt).toString('hex')}`);
    const iv =
      mode === 'gcm'
        ? ((salted ^ (BigInt(ssrc) << 48n) ^ BigInt(index)) << 32n) | 1n
        : (salted << 16n) ^ (BigInt(ssrc) << 64n) ^ (BigInt(index) << 16n);
    const counter = Buffer.from(iv.toString(16).padStart(32, '0'), 'hex');
    return createCipheriv('aes-128-ctr', key, counter).update(new Uint8Array(16 * blocks));
  }

  const moves = fc.record({
    stream: fc.integer({ min: 0, max: 199 }),
    source: fc.integer({ min: 0, max: 3 }),
    ahead: fc.constantFrom(1, 1, 1, 1, 2, 0, -1, -2, 40, -40, 100_000),
    blocks: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 11, 76, 1536)),
    times: fc.integer({ min: 1, max: 20 }),
  });

  it('is that of the packet that asks, in any order, of any length, however many streams share the places', () => {
    const cache = new KeystreamCache(kernel);
    const sources = [0, 1, 2, 3].map((i) => sourceOf(i % 2 === 0 ? 'counter' : 'gcm', i + 1));
    const streams = Array.from({ length: 200 }, () => ({ keystream: new StreamKeystream(), index: 1000 }));
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 60 }), fc.constantFrom(0, 2 ** 32 - 50, 2 ** 47), (list, base) => {
        for (const { ahead, blocks, source, stream, times } of list) {
          for (let i = 0; i < times; i++) {
            const { key, source: from } = sources[source];
            const one = streams[stream];
            one.index = Math.max(0, one.index + ahead);
            const index = base + one.index;
            const at = cache.find(one.keystream, from, stream, index, blocks);
            const wanted = expected(key, from, stream, index, blocks);
            expect(Buffer.compare(kernel.bytes.subarray(at, at + 16 * blocks), wanted)).toBe(0);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is made again for a stream whose place others have taken', () => {
    const cache = new KeystreamCache(kernel);
    const { key, source } = sourceOf('counter', 5);
    const streams = Array.from({ length: 300 }, () => new StreamKeystream());
    for (const [from, to] of [
      [0, 40],
      [40, 45],
      [45, 46],
    ]) {
      streams.forEach((stream, ssrc) => {
        for (let index = from; index < to; index++) {
          const at = cache.find(stream, source, ssrc, index, 4);
          const wanted = expected(key, source, ssrc, index, 4);
          expect(Buffer.compare(kernel.bytes.subarray(at, at + 64), wanted)).toBe(0);
        }
      });
    }
  });

  it('costs a stream in order few calls, and one out of all order little in vain', () => {
    const cache = new KeystreamCache(kernel);
    const inOrder = sourceOf('counter', 1);
    const stream = new StreamKeystream();
    for (let index = 0; index < 10_000; index++) cache.find(stream, inOrder.source, 1, index, 10);
    expect(inOrder.made.calls).toBeLessThan(10_000 / 60);
    expect(inOrder.made.blocks).toBeLessThan(10 * 10_000 + 1000);
    const far = sourceOf('counter', 2);
    const other = new StreamKeystream();
    for (let i = 0; i < 1000; i++) cache.find(other, far.source, 1, (i * 7919) % 65_536, 10);
    expect(far.made.blocks).toBe(10 * 1000);
  });

  it('follows two paths of which one is far behind: each has its batch', () => {
    const cache = new KeystreamCache(kernel);
    const { made, source } = sourceOf('gcm', 3);
    const stream = new StreamKeystream();
    for (let i = 0; i < 10_000; i++) cache.find(stream, source, 1, i % 2 === 0 ? 5000 + i : i, 12);
    expect(made.calls).toBeLessThan(10_000 / 8);
  });

  it('does little in vain for a thousand streams that take turns', () => {
    const cache = new KeystreamCache(kernel);
    const { made, source } = sourceOf('counter', 4);
    const streams = Array.from({ length: 1000 }, () => new StreamKeystream());
    for (let index = 0; index < 20; index++) {
      streams.forEach((stream, ssrc) => {
        cache.find(stream, source, ssrc, index, 10);
      });
    }
    expect(made.blocks).toBeLessThan(2 * 10 * 20 * 1000);
  });
});
