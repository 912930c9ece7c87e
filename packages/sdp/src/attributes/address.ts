import type { Connection, RtcpPort } from '../model.ts';
import { isToken, isVisible, parseUnsigned, splitFields } from '../text.ts';

/** `<net type> <address type> <address>`, RFC 8866 5.7. */
export function parseConnection(value: string): Connection | undefined {
  const fields = splitFields(value);
  if (fields.length !== 3 || !isToken(fields[0]) || !isToken(fields[1]) || !isVisible(fields[2])) return undefined;
  return { netType: fields[0], addressType: fields[1], address: fields[2] };
}

export function writeConnection(connection: Connection): string {
  return `${connection.netType} ${connection.addressType} ${connection.address}`;
}

/** `<port> [<net type> <address type> <address>]`, RFC 3605 2.1. */
export function parseRtcp(value: string): RtcpPort | undefined {
  const blank = value.indexOf(' ');
  const port = parseUnsigned(blank < 0 ? value : value.slice(0, blank), 65_535);
  if (port < 0) return undefined;
  if (blank < 0) return { port };
  const connection = parseConnection(value.slice(blank + 1));
  return connection === undefined ? undefined : { port, connection };
}

export function writeRtcp(rtcp: RtcpPort): string {
  return rtcp.connection === undefined ? `${rtcp.port}` : `${rtcp.port} ${writeConnection(rtcp.connection)}`;
}
