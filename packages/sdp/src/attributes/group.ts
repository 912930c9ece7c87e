import type { Group, Msid, MsidSemantic } from '../model.ts';
import { isToken, isVisible, splitFields, splitWords } from '../text.ts';

/** `<semantics> *(<mid>)`, RFC 5888 5. */
export function parseGroup(value: string): Group | undefined {
  const [semantics, ...mids] = splitWords(value);
  if (semantics === undefined || !isToken(semantics) || !mids.every(isToken)) return undefined;
  return { semantics, mids };
}

/** `<stream id> [<track id>]`, RFC 8830 2. Browsers write braces, which the grammar's token allows. */
export function parseMsid(value: string): Msid | undefined {
  const [stream, track, ...rest] = splitFields(value);
  if (!isVisible(stream) || rest.length > 0) return undefined;
  if (track === undefined) return { stream };
  return isVisible(track) ? { stream, track } : undefined;
}

export function writeMsid(msid: Msid): string {
  return msid.track === undefined ? msid.stream : `${msid.stream} ${msid.track}`;
}

/** `WMS *(<stream id>)`. Chromium writes a blank after the colon, Firefox does not. */
export function parseMsidSemantic(value: string): MsidSemantic | undefined {
  const [semantic, ...streams] = splitWords(value);
  return semantic === undefined ? undefined : { semantic, streams };
}

/** Words with one blank between. */
export function writeWords(first: string, rest: readonly (string | number)[]): string {
  return rest.length === 0 ? first : `${first} ${rest.join(' ')}`;
}
