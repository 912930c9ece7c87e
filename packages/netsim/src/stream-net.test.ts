import { describe, expect, it } from 'vitest';
import { SimError, type StreamBase, type StreamConfig, StreamNet, VirtualClock } from './index.ts';

function world(config: StreamConfig = {}) {
  const clock = new VirtualClock();
  const net = new StreamNet(clock, config);
  const log: string[] = [];
  const handlers = (name: string) => ({
    onMessage: (bytes: Uint8Array, address: string, port: number) =>
      log.push(`${clock.now} ${name} got ${bytes.length} from ${address}:${port}`),
    onWritable: (isWritable: boolean) => log.push(`${clock.now} ${name} ${isWritable ? 'has room' : 'is full'}`),
    onClosed: (code: string, address: string, port: number) =>
      log.push(`${clock.now} ${name} lost ${address}:${port} ${code}`),
  });
  const a = net.active('10.0.0.1', handlers('a'));
  const b = net.passive('10.0.0.2', 7_000, handlers('b'));
  const send = (from: StreamBase, bytes: number, address = '10.0.0.2', port = 7_000) =>
    from.send(new Uint8Array(bytes), 0, bytes, address, port);
  const taken = () => log.splice(0);
  return { clock, net, a, b, send, taken };
}

describe('StreamNet', () => {
  it('opens a connection by the first message, and carries both ways in order', () => {
    const { clock, net, a, b, send, taken } = world({ delayMs: 10 });
    expect([send(a, 1), send(a, 2)]).toEqual(['sent', 'sent']);
    clock.runFor(30);
    expect(taken()).toEqual(['30 b got 1 from 10.0.0.1:49152', '30 b got 2 from 10.0.0.1:49152']);
    expect(send(b, 3, '10.0.0.1', 49_152)).toBe('sent');
    clock.runFor(10);
    expect(taken()).toEqual(['40 a got 3 from 10.0.0.2:7000']);
    expect([net.opened, net.size]).toEqual([1, 1]);
  });

  it('refuses where nobody listens, and what a listener sends to nobody', () => {
    const { clock, a, b, send, taken } = world({ delayMs: 10 });
    expect(send(a, 1, '10.0.0.3')).toBe('sent');
    expect(send(b, 1, '10.0.0.1', 49_152)).toBe('ECONNREFUSED');
    clock.runFor(20);
    expect(taken()).toEqual(['20 a lost 10.0.0.3:7000 ECONNREFUSED']);
  });

  it('takes its time, and tells when too much waits', () => {
    const { clock, a, send, taken } = world({ rateBps: 80_000, fullBytes: 250 });
    for (let i = 0; i < 3; i++) send(a, 100);
    expect(taken()).toEqual(['0 a is full']);
    clock.runFor(30);
    expect(taken()).toEqual([
      '10 b got 100 from 10.0.0.1:49152',
      '20 a has room',
      '20 b got 100 from 10.0.0.1:49152',
      '30 b got 100 from 10.0.0.1:49152',
    ]);
  });

  it('stands still and goes on, without a loss', () => {
    const { clock, net, a, send, taken } = world();
    net.stall();
    send(a, 1);
    send(a, 2);
    clock.runFor(1_000);
    expect(taken()).toEqual([]);
    net.resume();
    send(a, 3);
    clock.runFor(0);
    expect(taken().map((line) => line.split(' ')[3])).toEqual(['1', '2', '3']);
  });

  it('tells both ends of a reset, and the other end of a close', () => {
    const { clock, net, a, b, send, taken } = world({ delayMs: 10 });
    send(a, 1);
    clock.runFor(25);
    net.reset('EPIPE');
    clock.runFor(20);
    expect(taken()).toEqual(['35 a lost 10.0.0.2:7000 EPIPE', '35 b lost 10.0.0.1:49152 EPIPE']);
    send(a, 1);
    b.close();
    clock.runFor(20);
    expect(taken()).toEqual(['55 a lost 10.0.0.2:7000 ECONNRESET']);
    a.close();
    expect([send(a, 1), send(b, 1), net.size]).toEqual(['EBADF', 'EBADF', 0]);
  });

  it('tells whoever was full that the next connection is empty, and loses what is sent before the end is known', () => {
    const { clock, net, a, send, taken } = world({ delayMs: 10, rateBps: 8_000, fullBytes: 250 });
    for (let i = 0; i < 3; i++) send(a, 100);
    net.reset();
    expect(send(a, 1)).toBe('sent');
    clock.runFor(10);
    expect(taken()).toEqual([
      '0 a is full',
      '10 a has room',
      '10 a lost 10.0.0.2:7000 ECONNRESET',
      '10 b lost 10.0.0.1:49152 ECONNRESET',
    ]);
    send(a, 2);
    clock.runFor(100);
    expect(taken()).toEqual(['42 b got 2 from 10.0.0.1:49153']);
    expect(net.opened).toBe(2);
  });

  it('gives a port to one listener', () => {
    const { net } = world();
    expect(() => net.passive('10.0.0.2', 7_000, { onMessage: () => undefined })).toThrow(SimError);
  });
});
