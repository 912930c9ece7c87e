import { describe, expect, it } from 'vitest';
import { createDescription, createMediaSection } from './model.ts';
import { writeDescription } from './write.ts';

const origin = {
  username: '-',
  sessionId: '1',
  sessionVersion: '1',
  netType: 'IN',
  addressType: 'IP4',
  address: '0.0.0.0',
};

describe('writing', () => {
  it('ends every line with CRLF', () => {
    expect(writeDescription(createDescription(origin))).toBe('v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n');
  });

  it('refuses a value that would begin another line', () => {
    for (const end of ['\r', '\n', '\0']) {
      const media = createMediaSection('audio', 9, 'RTP/AVP', ['0']);
      media.mid = `0${end}a=fingerprint:sha-256 00`;
      const description = { ...createDescription(origin), media: [media] };
      expect(() => writeDescription(description)).toThrow(expect.objectContaining({ code: 'unwritable' }));
    }
  });
});
