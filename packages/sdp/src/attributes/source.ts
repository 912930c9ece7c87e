import type { SsrcAttribute, SsrcGroup } from '../model.ts';
import { isToken, parseUnsigned, splitWords } from '../text.ts';

/** `<ssrc> <attribute>[:<value>]`, RFC 5576 4.1. */
export function parseSsrc(value: string): SsrcAttribute | undefined {
  const blank = value.indexOf(' ');
  const ssrc = parseUnsigned(blank < 0 ? '' : value.slice(0, blank), 0xffffffff);
  if (ssrc < 0) return undefined;
  const colon = value.indexOf(':', blank + 1);
  const name = colon < 0 ? value.slice(blank + 1) : value.slice(blank + 1, colon);
  if (!isToken(name)) return undefined;
  return { ssrc, name, value: colon < 0 ? undefined : value.slice(colon + 1) };
}

export function writeSsrc(attribute: SsrcAttribute): string {
  const text = `${attribute.ssrc} ${attribute.name}`;
  return attribute.value === undefined ? text : `${text}:${attribute.value}`;
}

/** `<semantics> *(<ssrc>)`, RFC 5576 4.2. */
export function parseSsrcGroup(value: string): SsrcGroup | undefined {
  const [semantics, ...words] = splitWords(value);
  if (semantics === undefined || !isToken(semantics)) return undefined;
  const ssrcs = words.map((word) => parseUnsigned(word, 0xffffffff));
  return ssrcs.includes(-1) ? undefined : { semantics, ssrcs };
}
