import type { Fmtp, RtcpFeedback, Rtpmap } from '../model.ts';
import { isToken, isVisible, parseUnsigned } from '../text.ts';

/** `<payload type> <encoding name>/<clock rate>[/<channels>]`, RFC 8866 6.6. Undefined when malformed. */
export function parseRtpmap(value: string): Rtpmap | undefined {
  const blank = value.indexOf(' ');
  if (blank < 0) return undefined;
  const payloadType = parseUnsigned(value.slice(0, blank), 127);
  const slash = value.indexOf('/', blank);
  if (payloadType < 0 || slash < 0) return undefined;
  const encodingName = value.slice(blank + 1, slash);
  if (!isToken(encodingName)) return undefined;
  const second = value.indexOf('/', slash + 1);
  const clockRateHz = parseUnsigned(second < 0 ? value.slice(slash + 1) : value.slice(slash + 1, second), 0xffffffff);
  if (clockRateHz < 1) return undefined;
  if (second < 0) return { payloadType, encodingName, clockRateHz };
  const channels = parseUnsigned(value.slice(second + 1), 255);
  return channels < 1 ? undefined : { payloadType, encodingName, clockRateHz, channels };
}

export function writeRtpmap(rtpmap: Rtpmap): string {
  const text = `${rtpmap.payloadType} ${rtpmap.encodingName}/${rtpmap.clockRateHz}`;
  return rtpmap.channels === undefined ? text : `${text}/${rtpmap.channels}`;
}

/** `<format> <parameters>`, RFC 8866 6.15. */
export function parseFmtp(value: string): Fmtp | undefined {
  const blank = value.indexOf(' ');
  if (blank < 1 || blank === value.length - 1) return undefined;
  const format = value.slice(0, blank);
  return isToken(format) ? { format, parameters: value.slice(blank + 1) } : undefined;
}

/** `<payload type or *> <value>`, RFC 4585 4.2. */
export function parseRtcpFeedback(value: string): RtcpFeedback | undefined {
  const blank = value.indexOf(' ');
  if (blank < 1 || blank === value.length - 1) return undefined;
  const format = value.slice(0, blank);
  const payloadType = format === '*' ? format : parseUnsigned(format, 127);
  const feedback = value.slice(blank + 1);
  return payloadType === -1 || !isVisible(feedback[0]) ? undefined : { payloadType, value: feedback };
}

/**
 * The parameters of an `a=fmtp`: `name=value` pairs apart by `;`. Names in lower case; a part without `=` has an empty
 * value. A name that comes twice keeps its first value.
 */
export function parseParameters(parameters: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of parameters.split(';')) {
    const text = part.trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    const name = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase();
    if (!found.has(name)) found.set(name, equals < 0 ? '' : text.slice(equals + 1).trim());
  }
  return found;
}
