import { SctpError } from '../errors.ts';
import type { ChannelOptions } from '../types.ts';
import type { DcepOpen } from './dcep.ts';

/** "normal" (RFC 8831 6.4). */
const DEFAULT_PRIORITY = 256;

const MOST_RETRANSMITS = 0xffff_ffff;

/** Checks what the application asks of a channel. Errors: `bad-argument`. */
export function checkOptions(options: ChannelOptions): DcepOpen {
  const { maxRetransmits, maxPacketLifeTimeMs, limitedByPriority, id, negotiated } = options;
  const { priority = DEFAULT_PRIORITY } = options;
  if (maxRetransmits !== undefined && maxPacketLifeTimeMs !== undefined) {
    throw new SctpError('bad-argument', 'maxRetransmits and maxPacketLifeTimeMs exclude each other');
  }
  if (limitedByPriority === true && (maxRetransmits ?? maxPacketLifeTimeMs) !== undefined) {
    throw new SctpError('bad-argument', 'limitedByPriority excludes other limits');
  }
  integer('maxRetransmits', maxRetransmits, 0, 0xffffffff);
  integer('maxPacketLifeTimeMs', maxPacketLifeTimeMs, 0, 0xffffffff);
  integer('priority', priority, 1, 0xffff);
  integer('id', id, 0, 65_534);
  if (negotiated === true && id === undefined) throw new SctpError('bad-argument', 'a negotiated channel needs an id');
  return {
    ordered: options.ordered ?? true,
    // DCEP has no type for it (RFC 8832 5.1): one that may be sent again as often as can be said comes nearest.
    maxRetransmits: limitedByPriority === true ? MOST_RETRANSMITS : maxRetransmits,
    maxPacketLifeTimeMs,
    priority,
    label: options.label,
    protocol: options.protocol ?? '',
  };
}

function integer(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new SctpError('bad-argument', `${name} must be a whole number from ${least} to ${most}`);
  }
}
