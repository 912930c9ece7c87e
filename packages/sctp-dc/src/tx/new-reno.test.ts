import { describe, expect, it } from 'vitest';
import { NewReno } from './new-reno.ts';

const PACKET = 1148;

describe('NewReno', () => {
  it('begins with ten packets (RFC 6928 2), of large ones with 14 600 bytes', () => {
    expect(new NewReno(PACKET).windowBytes).toBe(10 * PACKET);
    expect(new NewReno(1500).windowBytes).toBe(14_600);
  });

  it('starts slowly: what is acknowledged, at most eight packets a SACK', () => {
    const reno = new NewReno(PACKET);
    const before = reno.windowBytes;
    reno.handleAcked(0, PACKET, before, 50);
    expect(reno.windowBytes).toBe(before + PACKET);
    reno.handleAcked(0, 20 * PACKET, reno.windowBytes, 50);
    expect(reno.windowBytes).toBe(before + 9 * PACKET);
  });

  it('does not grow a window that is not used', () => {
    const reno = new NewReno(PACKET);
    const before = reno.windowBytes;
    reno.handleAcked(0, PACKET, PACKET, 50);
    expect(reno.windowBytes).toBe(before);
  });

  it('halves on loss and then gains a packet for each window acknowledged', () => {
    const reno = new NewReno(PACKET);
    for (let i = 0; i < 40; i++) reno.handleAcked(0, 2 * PACKET, reno.windowBytes, 50);
    const before = reno.windowBytes;
    reno.handleLoss();
    expect(reno.windowBytes).toBe(before / 2);
    expect(reno.slowStartThresholdBytes).toBe(before / 2);
    reno.handleAcked(0, 2 * PACKET, reno.windowBytes, 50);
    const avoiding = reno.windowBytes;
    for (let acked = 0; acked < avoiding; acked += 2 * PACKET) reno.handleAcked(0, 2 * PACKET, avoiding, 50);
    expect(reno.windowBytes).toBe(avoiding + PACKET);
  });

  it('keeps at most a window of credit while it is not used, in congestion avoidance too', () => {
    const reno = new NewReno(PACKET);
    reno.handleTimeout();
    reno.handleLoss();
    const before = reno.windowBytes + 2 * PACKET;
    reno.handleAcked(0, 2 * PACKET, reno.windowBytes, 50);
    for (let i = 0; i < 100; i++) reno.handleAcked(0, 2 * PACKET, PACKET, 50);
    expect(reno.windowBytes).toBeLessThanOrEqual(before);
    const quiet = reno.windowBytes;
    reno.handleAcked(0, PACKET, quiet, 50);
    expect(reno.windowBytes).toBe(quiet + PACKET);
  });

  it('is one packet after a timeout', () => {
    const reno = new NewReno(PACKET);
    reno.handleTimeout();
    expect(reno.windowBytes).toBe(PACKET);
    expect(reno.slowStartThresholdBytes).toBe(5 * PACKET);
    for (let i = 0; i < 3; i++) reno.handleTimeout();
    expect(reno.slowStartThresholdBytes).toBe(4 * PACKET);
  });
});
