import type { Sctpmap } from '../model.ts';
import { isToken, parseUnsigned, splitFields } from '../text.ts';

/** `<port> <protocol> [<streams>]`: the data-channel form before RFC 8841, which old browsers still send. */
export function parseSctpmap(value: string): Sctpmap | undefined {
  const fields = splitFields(value);
  const port = parseUnsigned(fields[0], 65_535);
  if (fields.length < 2 || fields.length > 3 || port < 0 || !isToken(fields[1])) return undefined;
  if (fields.length === 2) return { port, protocol: fields[1] };
  const streams = parseUnsigned(fields[2], 65_535);
  return streams < 0 ? undefined : { port, protocol: fields[1], streams };
}

export function writeSctpmap(sctpmap: Sctpmap): string {
  const text = `${sctpmap.port} ${sctpmap.protocol}`;
  return sctpmap.streams === undefined ? text : `${text} ${sctpmap.streams}`;
}
