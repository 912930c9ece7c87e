import { StunClass, StunMethod, StunReader, StunWriter } from '@hawser/stun';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataLoss, Report } from './report.ts';

function message(value: Uint8Array): StunReader {
  const bytes = new Uint8Array(200);
  const writer = new StunWriter().begin(bytes, 0, 200, StunClass.request, StunMethod.binding, new Uint8Array(12), 0);
  writer.hawser(value);
  const reader = new StunReader();
  reader.parse(bytes, 0, writer.finish());
  return reader;
}

describe('Report', () => {
  it('reads version 1, and what a later version puts behind it', () => {
    const report = new Report();
    expect(report.read(message(Uint8Array.of(1, 2, 0, 0, 0xff, 0, 0, 1, 9, 9, 9)))).toBe(true);
    expect([report.peerStatus, report.peerReceived]).toEqual(['going-away', 0xff000001]);
  });

  it.each([[[]], [[1]], [[1, 0, 0, 0, 0, 0, 0]], [[2, 0, 0, 0, 0, 0, 0, 0]], [[1, 3, 0, 0, 0, 0, 0, 0]]])(
    'makes nothing of %j',
    (value) => {
      expect(new Report().read(message(Uint8Array.from(value)))).toBe(false);
    },
  );

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (value) => void new Report().read(message(value))));
  });
});

describe('DataLoss', () => {
  it('is the share of what did not arrive, wherever the counter wraps', () => {
    const loss = new DataLoss();
    const start = 2 ** 32 - 100;
    for (let i = 0; i <= 20; i++) loss.sample(100 * i, (start + 90 * i) % 2 ** 32);
    expect(loss.ratio).toBeCloseTo(0.1, 5);
  });

  it('forgets the older half again and again', () => {
    const loss = new DataLoss();
    for (let i = 0; i <= 20; i++) loss.sample(100 * i, 50 * i);
    expect(loss.ratio).toBeGreaterThan(0.4);
    for (let i = 1; i <= 60; i++) loss.sample(2_000 + 100 * i, 1_000 + 100 * i);
    expect(loss.ratio).toBeLessThan(0.05);
  });

  it('is unknown until enough was sent, and takes no count that cannot be', () => {
    const loss = new DataLoss();
    loss.sample(0, 7);
    loss.sample(20, 7);
    expect(loss.ratio).toBe(0);
    loss.sample(100, 5);
    loss.sample(10, 50);
    expect(loss.ratio).toBe(0);
    loss.sample(300, 5);
    expect(loss.ratio).toBeGreaterThan(0);
    loss.reset();
    expect(loss.ratio).toBe(0);
  });
});
