import { utf8Bytes, utf8Text } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { seededEnv } from '../../test/support/bytes.ts';
import { settingsOf } from '../config.ts';
import { Context } from '../context.ts';
import { Ppid } from '../packet/chunk-types.ts';
import type { InMessage } from '../rx/in-message.ts';
import { Inbox } from '../rx/inbox.ts';
import { PartialReliability } from '../tx/partial-reliability.ts';
import { TxState } from '../tx/tx-state.ts';
import { createMessage } from '../types.ts';
import { Channels } from './channels.ts';
import { encodeOpen } from './dcep.ts';
import { Sending } from './sending.ts';

const STREAM = 3;
const OPEN = encodeOpen({
  ordered: false,
  maxRetransmits: undefined,
  maxPacketLifeTimeMs: undefined,
  priority: 256,
  label: 'again',
  protocol: '',
}) as Uint8Array;

function setUp(): { ctx: Context; channels: Channels; read: () => string[] } {
  const ctx = new Context(settingsOf({ dtlsRole: 'client' }), seededEnv());
  const tx = new TxState(ctx);
  const inbox = new Inbox();
  const channels = new Channels(ctx, tx, inbox, new Sending(ctx, tx, new PartialReliability(tx)), () => {});
  const out = createMessage();
  const read = () => {
    const texts: string[] = [];
    while (inbox.shift(out)) texts.push(utf8Text(out.bytes, out.offset, out.length));
    return texts;
  };
  return { ctx, channels, read };
}

function message(ppid: number, ordered: boolean, bytes: Uint8Array, ssn = 0): InMessage {
  return { streamId: STREAM, ppid, ordered, ssn, bytes };
}

describe('what comes before DATA_CHANNEL_OPEN (RFC 8832 6)', () => {
  it('is of the channel where it is unordered and may have overtaken it', () => {
    const { channels, read } = setUp();
    channels.deliver(message(Ppid.string, false, utf8Bytes('quick')));
    channels.deliver(message(Ppid.dcep, true, OPEN));
    expect(read()).toEqual(['quick']);
  });

  it('is of a channel before it where it is ordered: a peer that reset the stream and went on sending', () => {
    const { ctx, channels, read } = setUp();
    channels.deliver(message(Ppid.string, true, utf8Bytes('stray'), 0));
    channels.deliver(message(Ppid.dcep, true, OPEN, 1));
    channels.deliver(message(Ppid.string, true, utf8Bytes('first'), 2));
    expect(read()).toEqual(['first']);
    expect(ctx.stats.messagesWithoutChannel).toBe(1);
  });
});
