import { HmacSha1 } from '@hawser/wire';
import fc from 'fast-check';
import { StunClass, StunWriter } from '../../src/index.ts';

export const keyBytes = new TextEncoder().encode('VOkJxbRl1RmTxUk/WvJxBt');
export const key = new HmacSha1(keyBytes);

export const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
export const transactionId = bytes(12, 12);
export const u32 = fc.integer({ min: 0, max: 0xffffffff });

/** What a message is made of. */
export interface Spec {
  readonly cls: StunClass;
  readonly method: number;
  readonly id: Uint8Array;
  readonly attributes: readonly { readonly type: number; readonly value: Uint8Array }[];
  readonly sealed: boolean;
  readonly fingerprinted: boolean;
}

const special = [0x0008, 0x001c, 0x8028];

export const spec: fc.Arbitrary<Spec> = fc.record({
  cls: fc.constantFrom(...Object.values(StunClass)),
  method: fc.integer({ min: 0, max: 0xfff }),
  id: transactionId,
  attributes: fc.array(
    fc.record({
      type: fc.integer({ min: 0, max: 0xffff }).filter((type) => !special.includes(type)),
      value: bytes(0, 24),
    }),
    { maxLength: 8 },
  ),
  sealed: fc.boolean(),
  fingerprinted: fc.boolean(),
});

/** The bytes that the writer makes of it, in an array of their own. */
export function written({ cls, method, id, attributes, sealed, fingerprinted }: Spec): Uint8Array {
  const out = new Uint8Array(1024);
  const writer = new StunWriter().begin(out, 0, out.length, cls, method, id, 0);
  for (const { type, value } of attributes) writer.attribute(type, value);
  if (sealed) writer.integrity(key);
  if (fingerprinted) writer.fingerprint();
  return out.slice(0, writer.finish());
}
