import { TimerTable, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { flightOf, give, role13 } from '../../test/support/role13.ts';
import { Alert } from '../alert.ts';
import { HandshakeType } from '../handshake/messages/header.ts';
import { TIMERS } from '../handshake/retransmission.ts';
import { noProtocolCounters } from '../protocol.ts';
import { PostHandshake } from './post-handshake.ts';
import { MOST_FORGERIES, REKEY_AFTER_FORGERIES } from './suites.ts';

/** A client that is connected, and what it does afterwards. */
function client(more = {}) {
  const side = role13('client', more);
  const server = role13('server');
  give(server, flightOf(side));
  give(side, flightOf(server));
  give(server, flightOf(side), 1);
  side.context.flight.clear();
  const counters = noProtocolCounters();
  const post = new PostHandshake(side.context, { timers: new TimerTable(TIMERS), counters });
  const pretend = (name: 'forgeries' | 'recordsSealed', value: number) =>
    Object.defineProperty(side.context.records, name, { get: () => value, configurable: true });
  return { ...side, server, post, counters, pretend };
}

describe('the limits of an AEAD, RFC 9147 4.5.3', () => {
  it.each([
    [undefined, 2 ** 23],
    [1000, 1000],
  ])('has new keys taken before too much is sealed, configured %s', (rekeyAfterRecords, limit) => {
    const { context, post, pretend } = client({ rekeyAfterRecords });
    pretend('recordsSealed', limit - 1);
    expect(post.checkLimits()).toBeUndefined();
    expect(post.hasGrown()).toBe(false);
    pretend('recordsSealed', limit);
    expect(post.checkLimits()).toBeUndefined();
    expect(post.hasGrown()).toBe(true);
    expect(context.flight.messages).toMatchObject([{ type: HandshakeType.keyUpdate, body: Uint8Array.of(0) }]);
    post.checkLimits();
    expect(context.flight.messages.length).toBe(1);
  });

  it('asks the peer for new keys when too much was forged, and gives up when that goes on', () => {
    const { context, post, pretend } = client();
    pretend('forgeries', REKEY_AFTER_FORGERIES);
    expect(post.checkLimits()).toBeUndefined();
    expect(context.flight.messages).toMatchObject([{ type: HandshakeType.keyUpdate, body: Uint8Array.of(1) }]);
    pretend('forgeries', MOST_FORGERIES);
    expect(post.checkLimits()).toMatchObject({ alert: Alert.badRecordMac });
  });

  it('counts what did not prove authentic, by epoch', () => {
    const { context, server } = client();
    const { records } = server.context;
    const record = new Uint8Array(5 + 20 + 17);
    records.finish(record, 0, 22, 3, 20);
    for (let i = 1; i <= 4; i++) {
      const forged = record.slice();
      forged[20 + i] ^= 1;
      expect(context.records.openRecord(forged, 0, forged.length)).toBe(Verdict.unauthenticated);
      expect(context.records.forgeries).toBe(i);
    }
    expect(context.records.openRecord(record, 0, record.length)).toBe(Verdict.consumed);
    context.records.installReceiving(4, context.protection(context.application.server));
    expect(context.records.forgeries).toBe(0);
  });

  it('ends with the last epoch there is', () => {
    const { context, post } = client();
    Object.defineProperty(context.records, 'sendEpoch', { get: () => 2 ** 48 - 1 });
    post.updateKeys(true);
    expect(post.hasGrown()).toBe(false);
  });
});
