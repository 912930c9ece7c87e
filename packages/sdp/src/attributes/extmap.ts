import type { Direction, Extmap } from '../model.ts';
import { isVisible, parseUnsigned } from '../text.ts';

/** `<id>["/"<direction>] <URI> [<extension attributes>]`, RFC 8285 8. Undefined when malformed. */
export function parseExtmap(value: string): Extmap | undefined {
  const blank = value.indexOf(' ');
  if (blank < 0) return undefined;
  const slash = value.lastIndexOf('/', blank);
  const id = parseUnsigned(value.slice(0, slash < 0 ? blank : slash), 65_535);
  if (id < 1) return undefined;
  const extmap: Extmap = { id, uri: '' };
  if (slash >= 0) {
    const direction = value.slice(slash + 1, blank);
    if (!isDirection(direction)) return undefined;
    extmap.direction = direction;
  }
  const second = value.indexOf(' ', blank + 1);
  extmap.uri = second < 0 ? value.slice(blank + 1) : value.slice(blank + 1, second);
  if (!isVisible(extmap.uri)) return undefined;
  if (second >= 0) {
    if (second === value.length - 1) return undefined;
    extmap.attributes = value.slice(second + 1);
  }
  return extmap;
}

export function writeExtmap(extmap: Extmap): string {
  const direction = extmap.direction === undefined ? '' : `/${extmap.direction}`;
  const attributes = extmap.attributes === undefined ? '' : ` ${extmap.attributes}`;
  return `${extmap.id}${direction} ${extmap.uri}${attributes}`;
}

export function isDirection(text: string): text is Direction {
  return text === 'sendrecv' || text === 'sendonly' || text === 'recvonly' || text === 'inactive';
}
