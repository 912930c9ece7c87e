import { type Bandwidth, createMediaSection, type MediaSection, type Origin, type Timing } from './model.ts';
import { isDigits, isToken, isVisible, parseUnsigned, splitFields } from './text.ts';

/** `o=<username> <id> <version> <net type> <address type> <address>`, RFC 8866 5.2. Undefined when malformed. */
export function parseOrigin(value: string): Origin | undefined {
  const fields = splitFields(value);
  if (fields.length !== 6 || !fields.every(isVisible)) return undefined;
  const [username, sessionId, sessionVersion, netType, addressType, address] = fields;
  if (!isNumber64(sessionId) || !isNumber64(sessionVersion) || !isToken(netType) || !isToken(addressType)) {
    return undefined;
  }
  return { username, sessionId, sessionVersion, netType, addressType, address };
}

/** `m=<kind> <port>[/<count>] <protocol> <format>…`, RFC 8866 5.14. */
export function parseMedia(value: string): MediaSection | undefined {
  const fields = splitFields(value);
  if (fields.length < 4 || !isToken(fields[0])) return undefined;
  const slash = fields[1].indexOf('/');
  const port = parseUnsigned(slash < 0 ? fields[1] : fields[1].slice(0, slash), 65_535);
  if (port < 0 || !fields[2].split('/').every(isToken)) return undefined;
  const formats = fields.slice(3);
  if (!formats.every(isToken)) return undefined;
  const media = createMediaSection(fields[0], port, fields[2], formats);
  if (slash >= 0) {
    const count = parseUnsigned(fields[1].slice(slash + 1), 65_535);
    if (count < 1) return undefined;
    media.portCount = count;
  }
  return media;
}

/** `b=<type>:<value>`, RFC 8866 5.8. */
export function parseBandwidth(value: string): Bandwidth | undefined {
  const colon = value.indexOf(':');
  const type = value.slice(0, Math.max(colon, 0));
  const number = parseUnsigned(value.slice(colon + 1), Number.MAX_SAFE_INTEGER);
  return isToken(type) && number >= 0 ? { type, value: number } : undefined;
}

/** `t=<start> <stop>`, RFC 8866 5.9. */
export function parseTiming(value: string): Timing | undefined {
  const fields = splitFields(value);
  if (fields.length !== 2 || !isNumber64(fields[0]) || !isNumber64(fields[1])) return undefined;
  return { start: fields[0], stop: fields[1], repeats: [] };
}

function isNumber64(text: string): boolean {
  return text.length <= 20 && isDigits(text);
}
