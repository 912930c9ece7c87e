import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionError } from './errors.ts';
import { readServers, resolveServer } from './ice-servers.ts';

const login = { username: 'u', credential: 'p' };

describe('the URIs of servers', () => {
  it.each([
    ['stun:stun.example.org', { type: 'stun', host: 'stun.example.org', port: 3478 }],
    ['turn:192.0.2.1:5000', { type: 'turn', host: '192.0.2.1', port: 5000 }],
    ['TURN:turn.example.org?transport=udp', { type: 'turn', host: 'turn.example.org', port: 3478 }],
    ['stun:[2001:db8::1]:7000', { type: 'stun', host: '2001:db8::1', port: 7000 }],
    ['turn:turn.example.org?transport=tcp', { type: 'turn', transport: 'tcp', host: 'turn.example.org', port: 3478 }],
    ['turn:turn.example.org:80?transport=TCP', { type: 'turn', transport: 'tcp', port: 80 }],
    ['turns:turn.example.org', { type: 'turn', transport: 'tls', host: 'turn.example.org', port: 5349 }],
    ['turns:turn.example.org?transport=tcp', { type: 'turn', transport: 'tls', port: 5349 }],
    ['turns:[2001:db8::1]:443', { type: 'turn', transport: 'tls', host: '2001:db8::1', port: 443 }],
  ])('%s', (urls, want) => {
    expect(readServers([{ urls, ...login }])[0]).toMatchObject(want);
  });

  it.each([
    'http://example.org',
    'stun:',
    'stun:host:0',
    'stun:host:70000',
    'stun:[example.org]',
    'stun:a?transport=udp&x=y',
    'stuns:stun.example.org',
    'turn:turn.example.org?transport=sctp',
    'turns:turn.example.org?transport=udp',
  ])('%s: is refused', (urls) => {
    expect(() => readServers([{ urls, ...login }])).toThrowError(expect.objectContaining({ code: 'invalid-config' }));
  });

  it('say why TURN over DTLS is refused', () => {
    expect(() => readServers([{ urls: 'turns:a?transport=udp', ...login }])).toThrowError(/DTLS/);
  });

  it('want username and credential for TURN', () => {
    expect(() => readServers([{ urls: 'turn:a' }])).toThrowError(expect.objectContaining({ code: 'invalid-config' }));
    expect(readServers([{ urls: ['stun:a', 'turn:a'], ...login }])).toHaveLength(2);
  });

  it('are read, or refused with the one error, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `turn:${rest}`),
        ),
        (urls) => {
          try {
            const [{ port, host }] = readServers([{ urls, ...login }]);
            expect(port >= 1 && port <= 65_535 && host.length > 0).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ConnectionError);
          }
        },
      ),
    );
  });
});

describe('the addresses of a server', () => {
  const server = {
    type: 'stun',
    transport: 'udp',
    host: 'stun.example.org',
    port: 3478,
    username: '',
    password: '',
  } as const;

  it('are the first of each family', async () => {
    const found = await resolveServer(server, async () => [
      { address: '2001:db8::1', family: 6 },
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
    ]);
    expect(found).toEqual([
      { type: 'stun', address: '192.0.2.1', port: 3478 },
      { type: 'stun', address: '2001:db8::1', port: 3478 },
    ]);
  });

  it('keep the name that the certificate has to be for', async () => {
    const turn = { ...server, type: 'turn', transport: 'tls', host: 'turn.example.org', username: 'u' } as const;
    expect(await resolveServer(turn, async () => [{ address: '192.0.2.1', family: 4 }])).toEqual([
      {
        type: 'turn',
        address: '192.0.2.1',
        port: 3478,
        username: 'u',
        password: '',
        transport: 'tls',
        name: 'turn.example.org',
      },
    ]);
  });

  it('need no resolver where they are given, and pass its error on', async () => {
    const refuse = async () => {
      throw new Error('no such name');
    };
    expect(await resolveServer({ ...server, host: '192.0.2.7' }, refuse)).toHaveLength(1);
    await expect(resolveServer(server, refuse)).rejects.toThrow('no such name');
  });
});
