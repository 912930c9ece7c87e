import type { FlowTable } from '@hawser/wire';
import { MdnsError } from './errors.ts';

/** What an {@link MdnsAgent} is made from. Everything has a default. */
export interface MdnsConfig {
  /** Where the runtime looks up whom a packet came from and goes to. Default one of its own, of 256 flows. */
  readonly flows?: FlowTable;
  /** Own names at once, 1 to 65 536; default 1024. */
  readonly maxNames?: number;
  /** Names asked for at once, 1 to 65 536; default 256. */
  readonly maxQueries?: number;
  /** Answers remembered, 0 to 65 536; default 256. The oldest goes first. */
  readonly maxCached?: number;
  /** When a question is given up, ms; default 5000. Asked at 0, 1 and 3 s (RFC 6762 5.2: 1 s at least, then twice as long). */
  readonly timeoutMs?: number;
  /**
   * Messages of every kind sent in a row at most, and per second in the long run (draft section on flooding: one limit over
   * all names). Default 60 and 30.
   */
  readonly burstMessages?: number;
  readonly messagesPerSecond?: number;
}

export type ResolvedMdnsConfig = Required<Omit<MdnsConfig, 'flows'>>;

/** The configuration with its defaults. Errors: `bad-config`. */
export function resolveConfig(config: MdnsConfig): ResolvedMdnsConfig {
  return {
    maxNames: within('maxNames', config.maxNames ?? 1024, 1, 65_536),
    maxQueries: within('maxQueries', config.maxQueries ?? 256, 1, 65_536),
    maxCached: within('maxCached', config.maxCached ?? 256, 0, 65_536),
    timeoutMs: within('timeoutMs', config.timeoutMs ?? 5000, 1, 3_600_000),
    burstMessages: within('burstMessages', config.burstMessages ?? 60, 1, 65_536),
    messagesPerSecond: within('messagesPerSecond', config.messagesPerSecond ?? 30, 1, 65_536),
  };
}

function within(field: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new MdnsError('bad-config', `${field} is ${value}, not a whole number from ${least} to ${most}`);
  }
  return value;
}
