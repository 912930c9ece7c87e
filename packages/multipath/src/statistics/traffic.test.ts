import { describe, expect, it } from 'vitest';
import { SentAs } from './sent-as.ts';
import { Traffic } from './traffic.ts';

describe('traffic', () => {
  it('counts each kind of what leaves once', () => {
    const traffic = new Traffic();
    traffic.handleSent(SentAs.first, 1000);
    traffic.handleSent(SentAs.copy, 100);
    traffic.handleSent(SentAs.again, 50);
    traffic.handleSent(SentAs.retransmission, 20);
    traffic.handleSent(SentAs.repair, 30);
    expect(traffic).toMatchObject({ uniqueBytes: 1000, duplicateBytes: 100, retransmittedBytes: 70, repairBytes: 30 });
    expect(traffic.sentBytes).toBe(1200);
  });

  it('calls redundant what is the same ciphertext, and not what is a new record', () => {
    const traffic = new Traffic();
    expect(traffic.redundancyRatio).toBe(0);
    traffic.handleSent(SentAs.first, 900);
    traffic.handleSent(SentAs.retransmission, 100);
    expect(traffic.redundancyRatio).toBe(0);
    traffic.handleSent(SentAs.copy, 60);
    traffic.handleSent(SentAs.again, 40);
    expect(traffic.redundancyRatio).toBe(0.1);
  });
});
