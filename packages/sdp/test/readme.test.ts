import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDescription } from '../src/index.ts';
import { answer } from './readme.example.ts';

const capture = (name: string) => readFileSync(new URL(`vectors/captures/${name}`, import.meta.url), 'utf8');

describe('the example of the README', () => {
  it('is the file that runs here', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(readFileSync(new URL('readme.example.ts', import.meta.url), 'utf8'));
  });

  it('answers the data section of an offer, and says why it cannot answer another', () => {
    const answered = parseDescription(answer(capture('chromium-audio-video-data-offer.sdp')));
    expect(answered.ok && answered.description.media.map(({ port }) => port)).toEqual([0, 0, 9]);
    expect(answer(capture('chromium-video-recvonly-offer.sdp'))).toBe('nothing in common');
    expect(answer('v=1')).toBe('line 1: bad-version');
  });
});
