import { describe, expect, it } from 'vitest';
import { parseDescription } from './parse.ts';
import { writeDescription } from './write.ts';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0'];
const AUDIO = 'm=audio 9 UDP/TLS/RTP/SAVPF 0';
const parse = (...lines: string[]) => parseDescription(`${lines.join('\r\n')}\r\n`);

describe('a refusal names the line and the reason', () => {
  const cases: [string, string[], number, string][] = [
    ['an empty text', [], 1, 'bad-line'],
    ['another version', ['v=1', ...HEAD.slice(1)], 1, 'bad-version'],
    ['no version', HEAD.slice(1), 1, 'missing-line'],
    ['no origin', ['v=0', 's=-', 't=0 0'], 2, 'missing-line'],
    ['no name', ['v=0', HEAD[1], 't=0 0'], 3, 'missing-line'],
    ['no timing', [...HEAD.slice(0, 3), AUDIO], 4, 'missing-line'],
    ['no timing and no media', HEAD.slice(0, 3), 3, 'missing-line'],
    ['a second origin', [...HEAD, HEAD[1]], 5, 'bad-order'],
    ['a line type that does not exist', [...HEAD, 'q=x'], 5, 'bad-order'],
    ['a session line after media', [...HEAD, AUDIO, 's=-'], 6, 'bad-order'],
    ['r= without t=', [...HEAD.slice(0, 3), 'r=1 2 3', 't=0 0'], 4, 'bad-order'],
    ['an origin with a word for a number', ['v=0', 'o=- a 1 IN IP4 0.0.0.0', 's=-', 't=0 0'], 2, 'bad-origin'],
    [
      'an origin number of 21 digits',
      ['v=0', `o=- ${'1'.repeat(21)} 1 IN IP4 0.0.0.0`, 's=-', 't=0 0'],
      2,
      'bad-origin',
    ],
    ['a timing of one number', [...HEAD.slice(0, 3), 't=0'], 4, 'bad-timing'],
    ['a bandwidth without a number', [...HEAD, 'b=AS:x'], 5, 'bad-bandwidth'],
    ['a connection of two fields', [...HEAD, 'c=IN IP4'], 5, 'bad-connection'],
    ['a connection of two fields in a section', [...HEAD, AUDIO, 'c=IN IP4'], 6, 'bad-connection'],
    ['a port above 65535', [...HEAD, 'm=audio 65536 RTP/AVP 0'], 5, 'bad-media'],
    ['a section without formats', [...HEAD, 'm=audio 9 RTP/AVP'], 5, 'bad-media'],
    ['an empty line in the middle', [...HEAD, '', AUDIO], 5, 'bad-line'],
    ['a blank before the equals sign', [...HEAD, 'a =x'], 5, 'bad-line'],
    ['an attribute without a name', [...HEAD, 'a=:x'], 5, 'bad-attribute'],
    ['NUL', [...HEAD, 'a=x:\0'], 5, 'bad-character'],
    ['a bare carriage return', [...HEAD, AUDIO, 'a=x:a\rb'], 6, 'bad-character'],
    ['two sections of one mid', [...HEAD, AUDIO, 'a=mid:0', AUDIO, 'a=mid:0'], 8, 'duplicate-attribute'],
    ['two different directions', [...HEAD, AUDIO, 'a=sendonly', 'a=recvonly'], 7, 'duplicate-attribute'],
    [
      'two different passwords',
      [...HEAD, `a=ice-pwd:${'a'.repeat(22)}`, `a=ice-pwd:${'b'.repeat(22)}`],
      6,
      'duplicate-attribute',
    ],
    ['two simulcast lines', [...HEAD, AUDIO, 'a=simulcast:send 1', 'a=simulcast:send 1'], 7, 'duplicate-attribute'],
    ['two rtcp lines', [...HEAD, AUDIO, 'a=rtcp:9', 'a=rtcp:9'], 7, 'duplicate-attribute'],
  ];
  it.each(cases)('%s', (_, lines, line, reason) => {
    expect(parse(...lines)).toMatchObject({ ok: false, line, reason });
  });

  const malformed = [
    'rtpmap:96',
    'rtpmap:128 X/8000',
    'rtpmap:96 X/0',
    'rtpmap:96 X/8000/0',
    'rtpmap:96 X Y/8000',
    'fmtp:96',
    'fmtp:96 ',
    'rtcp-fb:128 nack',
    'rtcp-fb:* ',
    'extmap:0 urn:x',
    'extmap:1/both urn:x',
    'extmap:1 ',
    'extmap:1 urn:x ',
    'ssrc:x cname:y',
    'ssrc:4294967296 cname:y',
    'ssrc:1 ',
    'ssrc-group:FID 1 x',
    'mid:',
    'mid:two words',
    'msid:',
    'msid:a b c',
    'rid:1',
    'rid:1 send max-width=1;pt=96',
    'rid:1 send pt=999',
    'simulcast:send',
    'simulcast:both 1',
    'simulcast:send 1,',
    'sctp-port:65536',
    'sctpmap:5000',
    'sctpmap:5000 x -1',
    'max-message-size:-1',
    'candidate:1 1 udp 1 192.0.2.1 9 host',
    'fingerprint:sha-256',
    'fingerprint:sha-1 00',
    'ice-ufrag:abc',
    'ice-pwd:short',
    'ice-ufrag:with blank',
    'ice-options:a  b',
    'setup:both',
    'tls-id:',
    'rtcp:x',
    'rtcp:9 IN IP4',
    // These have no meaning without a value.
    'mid',
    'candidate',
    'fingerprint',
    'setup',
  ];
  it.each([
    ['0', 0],
    ['262144', 262_144],
    ['18446744073709551615', Number.MAX_SAFE_INTEGER],
    ['9'.repeat(40), Number.MAX_SAFE_INTEGER],
  ])('a=max-message-size:%s is none of them', (value, bytes) => {
    const result = parse(...HEAD, AUDIO, `a=max-message-size:${value}`);
    if (!result.ok) throw new Error(result.reason);
    expect(result.description.media[0].maxMessageSizeBytes).toBe(bytes);
    const again = parseDescription(writeDescription(result.description));
    expect(again.ok && again.description.media[0].maxMessageSizeBytes).toBe(bytes);
  });

  it.each(malformed)('a=%s', (attribute) => {
    expect(parse(...HEAD, AUDIO, `a=${attribute}`)).toMatchObject({ ok: false, line: 6, reason: 'bad-attribute' });
  });
  it.each(['group:', 'group:B/UNDLE 0', 'hawser:x', 'msid-semantic:'])('a=%s at the session level', (attribute) => {
    expect(parse(...HEAD, `a=${attribute}`)).toMatchObject({ ok: false, line: 5, reason: 'bad-attribute' });
  });
});

describe('what is taken', () => {
  it('attributes that mean nothing at their level are kept as unknown ones', () => {
    const result = parse(...HEAD, 'a=mid:0', 'a=rtcp-mux', AUDIO, 'a=hawser:1', 'a=ice-lite', 'a=group:BUNDLE 0');
    if (!result.ok) throw new Error(result.message);
    expect(result.description.attributes).toEqual([
      { name: 'mid', value: '0' },
      { name: 'rtcp-mux', value: undefined },
    ]);
    expect(result.description.media[0].attributes.map(({ name }) => name)).toEqual(['hawser', 'ice-lite', 'group']);
    expect(result.description.hawser).toBeUndefined();
  });

  it('the same value twice, and a line end too many', () => {
    expect(parse(...HEAD, AUDIO, 'a=sendrecv', 'a=sendrecv', 'a=mid:0', 'a=mid:0', '').ok).toBe(true);
  });

  it('repeated t= with r=, z=, k= and contact lines', () => {
    const result = parse(
      ...HEAD.slice(0, 3),
      'i=about',
      'u=http://x.example/',
      'e=a@x.example',
      'e=b@x.example',
      'p=+1 617 555-6011',
      't=1 2',
      'r=7d 1h 0 25h',
      't=3 4',
      'z=2882844526 -1h',
      'k=prompt',
    );
    expect(result).toMatchObject({
      ok: true,
      description: {
        emails: ['a@x.example', 'b@x.example'],
        timings: [
          { start: '1', stop: '2', repeats: ['7d 1h 0 25h'] },
          { start: '3', stop: '4', repeats: [] },
        ],
        zones: '2882844526 -1h',
        key: 'prompt',
      },
    });
  });

  it('a candidate of an unknown transport is kept aside, not refused', () => {
    const result = parse(...HEAD, AUDIO, 'a=candidate:1 1 quic 1 192.0.2.1 9 typ host');
    expect(result).toMatchObject({
      ok: true,
      description: { media: [{ candidates: [], attributes: [{ name: 'candidate' }] }] },
    });
  });
});
