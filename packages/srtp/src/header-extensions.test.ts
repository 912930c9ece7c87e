import { hexText } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { hex } from '../test/support.ts';
import { HeaderExtensions } from './header-extensions.ts';

/** Keystream of nothing but 0xff: what is encrypted is turned over. */
const turnsOver = {
  apply: (_counter: Uint8Array, bytes: Uint8Array, offset: number, length: number) => {
    for (let i = offset; i < offset + length; i++) bytes[i] ^= 0xff;
  },
};

const payload = new Uint8Array(20).fill(5);

/** What becomes of the elements `text` of an extension of this form when 1 and 15 are encrypted. */
function encrypted(form: string, text: string): string {
  const words = (text.length / 8).toString(16).padStart(4, '0');
  const header = hex(`9060000000000000000000 07${form}${words}${text}`.replace(' ', ''));
  const packet = Uint8Array.of(...header, ...payload);
  const extensions = new HeaderExtensions(turnsOver, new Uint8Array(14), [1, 15]);
  // What a longer one has left behind is not to be used.
  const longer = hex(`906000000000000000000007bede000a1f${'00'.repeat(39)}`);
  extensions.apply(longer, 0, longer.length, 7, 0);
  extensions.apply(packet, 0, header.length, 7, 0);
  expect(packet.subarray(header.length)).toEqual(payload);
  return hexText(packet, 16, header.length - 16);
}

describe('encrypted are', () => {
  it.each([
    ['the values of elements that are asked for, one-byte form', 'bede', '1133442055107700', '11ccbb2055108800'],
    ['those behind padding', 'bede', '0000001166770000', '0000001199880000'],
    ['none behind id 15, which ends the one-byte form', 'bede', '1033f01110550000', '10ccf01110550000'],
    [
      'those of the two-byte form, where 15 is an id as others',
      '1000',
      '010233440201770f01550000',
      '0102ccbb0201770f01aa0000',
    ],
    ['none of length 0', '1000', '0100000002010100', '0100000002010100'],
    ['none that reach beyond the extension', 'bede', '1133441f', '11ccbb1f'],
    ['none in a form that is not RFC 8285’s', '1234', '1133441f', '1133441f'],
  ])('%s', (_, form, before, after) => {
    expect(encrypted(form, before)).toBe(after);
  });

  it('none where there is no extension', () => {
    const header = hex('806000000000000000000007bede0001');
    new HeaderExtensions(turnsOver, new Uint8Array(14), [1]).apply(header, 0, 12, 7, 0);
    expect(hexText(header)).toBe('806000000000000000000007bede0001');
  });
});
