import { parseConnection } from './attributes/address.ts';
import { createDescription, type Description, type MediaSection } from './model.ts';
import { type AttributeProblem, readMediaAttribute, readSessionAttribute } from './parse-attribute.ts';
import { parseBandwidth, parseMedia, parseOrigin, parseTiming } from './parse-lines.ts';
import { type ParseFailure, type ParseFailureReason, type ParseResult, refuse } from './result.ts';

/** Bounds on what a peer may make us hold. All optional. */
export interface ParseLimits {
  /** UTF-16 units of text; default 262 144. */
  maxLength?: number;
  /** Lines; default 8 192. */
  maxLines?: number;
  /** `m=` sections; default 256. */
  maxMediaSections?: number;
}

/**
 * Reads a session description. The peer's text never throws: what is malformed comes back with the line (from 1) and the
 * reason. Line ends may be CRLF or LF, and the last one may be missing (RFC 8866 5).
 *
 * `v=`, `o=` and `s=` must open the text. The lines after them may stand in any order within their section, though RFC
 * 8866 5 gives one: examples of RFC 3264 (9) and RFC 5763 (7.1) break it, and applications that edit descriptions do too.
 * Unknown attributes and attributes that have no meaning at their level are kept in order; attributes with a field are
 * checked.
 */
export function parseDescription(text: string, limits: ParseLimits = {}): ParseResult {
  if (text.length > (limits.maxLength ?? 262_144)) return refuse(1, 'too-long', 'the text is too long');
  return new Parser(limits).run(text);
}

/** Walks the lines; holds where it is. */
class Parser {
  readonly #maxLines: number;
  readonly #maxMediaSections: number;
  readonly #description: Description = createDescription({ ...NO_ORIGIN });
  #media: MediaSection | undefined;
  #line = 0;
  #opening = 0;
  #seen = 0;

  constructor(limits: ParseLimits) {
    this.#maxLines = limits.maxLines ?? 8192;
    this.#maxMediaSections = limits.maxMediaSections ?? 256;
    this.#description.timings = [];
  }

  run(text: string): ParseResult {
    const length = text.length;
    let start = 0;
    while (start < length) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = length;
      const stop = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end;
      if (++this.#line > this.#maxLines) return refuse(this.#line, 'too-long', 'too many lines');
      // One empty line at the very end is what a doubled line end leaves; anywhere else it is an error.
      if (stop === start && end + 1 >= length && this.#line > 1) break;
      const failure = this.#readLine(text, start, stop);
      if (failure !== undefined) return failure;
      start = end + 1;
    }
    return this.#finish(text);
  }

  #readLine(text: string, start: number, stop: number): ParseFailure | undefined {
    const type = text.charCodeAt(start);
    if (stop - start < 2 || text.charCodeAt(start + 1) !== EQUALS || type < 97 || type > 122) {
      return this.#refuse('bad-line', 'not <lower-case letter>=<value>');
    }
    const value = text.slice(start + 2, stop);
    if (type === A) return this.#readAttribute(value);
    if (type === M) return this.#readMediaLine(value);
    return this.#media === undefined
      ? this.#readSessionLine(text[start], value)
      : this.#readMediaLevelLine(this.#media, text[start], value);
  }

  #readAttribute(line: string): ParseFailure | undefined {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? undefined : line.slice(colon + 1);
    let problem: AttributeProblem;
    if (this.#media !== undefined) problem = readMediaAttribute(this.#media, name, value);
    else {
      const order = this.#admit('a');
      if (order !== undefined) return order;
      problem = readSessionAttribute(this.#description, name, value);
    }
    if (problem === undefined)
      return name === '' ? this.#refuse('bad-attribute', 'an attribute without a name') : undefined;
    return problem === 'malformed'
      ? this.#refuse('bad-attribute', `malformed a=${name.slice(0, 40)}`)
      : this.#refuse('duplicate-attribute', `a=${name.slice(0, 40)} stands twice with different values`);
  }

  #readMediaLine(value: string): ParseFailure | undefined {
    if (this.#media === undefined) {
      const missing = this.#missing();
      if (missing !== undefined) return missing;
    }
    const description = this.#description;
    if (description.media.length >= this.#maxMediaSections) return this.#refuse('too-long', 'too many media sections');
    const media = parseMedia(value);
    if (media === undefined) return this.#refuse('bad-media', 'm= needs kind, port, protocol and a format');
    description.media.push(media);
    this.#media = media;
    return undefined;
  }

  #readSessionLine(type: string, value: string): ParseFailure | undefined {
    const order = this.#admit(type);
    if (order !== undefined) return order;
    const description = this.#description;
    switch (type) {
      case 'v':
        return value === '0' ? undefined : this.#refuse('bad-version', 'v= is not 0');
      case 'o': {
        const origin = parseOrigin(value);
        if (origin === undefined) return this.#refuse('bad-origin', 'o= needs six fields, two of them numbers');
        description.origin = origin;
        return undefined;
      }
      case 's':
        description.name = value;
        return undefined;
      case 'i':
        description.information = value;
        return undefined;
      case 'u':
        description.uri = value;
        return undefined;
      case 'e':
        description.emails.push(value);
        return undefined;
      case 'p':
        description.phones.push(value);
        return undefined;
      case 'c':
        description.connection = parseConnection(value);
        return description.connection === undefined ? this.#refuse('bad-connection', 'malformed c=') : undefined;
      case 'b':
        return this.#append(description.bandwidths, parseBandwidth(value), 'bad-bandwidth', 'malformed b=');
      case 't':
        return this.#append(description.timings, parseTiming(value), 'bad-timing', 'malformed t=');
      case 'r': {
        const timing = description.timings.at(-1);
        if (timing === undefined) return this.#refuse('bad-order', 'r= without t=');
        timing.repeats.push(value);
        return undefined;
      }
      case 'z':
        description.zones = value;
        return undefined;
      default:
        description.key = value;
        return undefined;
    }
  }

  #readMediaLevelLine(media: MediaSection, type: string, value: string): ParseFailure | undefined {
    switch (type) {
      case 'i':
        media.title = value;
        return undefined;
      case 'c':
        return this.#append(media.connections, parseConnection(value), 'bad-connection', 'malformed c=');
      case 'b':
        return this.#append(media.bandwidths, parseBandwidth(value), 'bad-bandwidth', 'malformed b=');
      case 'k':
        media.key = value;
        return undefined;
      default:
        return this.#refuse('bad-order', `${type}= may not stand in a media section`);
    }
  }

  /** `v=`, `o=`, `s=` come first, in this order; of the others some may stand once only. */
  #admit(type: string): ParseFailure | undefined {
    const at = SESSION_LINES.indexOf(type);
    if (at < 0) return this.#refuse('bad-order', `unknown line type ${type}=`);
    if (at === this.#opening && at < OPENING_LINES) this.#opening++;
    else if (at > this.#opening && this.#opening < OPENING_LINES) {
      return this.#refuse('missing-line', `${SESSION_LINES[this.#opening]}= is missing`);
    }
    const bit = 1 << at;
    if ((this.#seen & bit) !== 0 && !REPEATABLE.includes(type)) return this.#refuse('bad-order', `a second ${type}=`);
    this.#seen |= bit;
    return undefined;
  }

  #missing(): ParseFailure | undefined {
    for (const type of 'vost') {
      if ((this.#seen & (1 << SESSION_LINES.indexOf(type))) === 0)
        return this.#refuse('missing-line', `${type}= is missing`);
    }
    return undefined;
  }

  #finish(text: string): ParseResult {
    const missing = this.#missing();
    if (missing !== undefined) return missing;
    if (hasForbiddenCharacter(text)) return findForbiddenCharacter(text);
    const mids = new Set<string>();
    for (const media of this.#description.media) {
      if (media.mid === undefined) continue;
      if (mids.has(media.mid)) return this.#refuse('duplicate-attribute', 'two media sections have the same mid');
      mids.add(media.mid);
    }
    return { ok: true, description: this.#description };
  }

  #append<T>(list: T[], value: T | undefined, reason: ParseFailureReason, message: string): ParseFailure | undefined {
    if (value === undefined) return this.#refuse(reason, message);
    list.push(value);
    return undefined;
  }

  #refuse(reason: ParseFailureReason, message: string): ParseFailure {
    return refuse(Math.max(this.#line, 1), reason, message);
  }
}

/** NUL anywhere, or a CR that no LF follows. Looked for once over the whole text: it is almost never there. */
function hasForbiddenCharacter(text: string): boolean {
  if (text.includes('\0')) return true;
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
    if (text.charCodeAt(at + 1) !== LF && at + 1 < text.length) return true;
  }
  return false;
}

function findForbiddenCharacter(text: string): ParseFailure {
  let line = 1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === LF) line++;
    else if (c === 0 || (c === CR && text.charCodeAt(i + 1) !== LF)) break;
  }
  return refuse(line, 'bad-character', 'NUL or a bare carriage return');
}

const CR = 13;
const LF = 10;
const EQUALS = 61;
const A = 97;
const M = 109;
/** Line types of the session level in the order of RFC 8866 5; the first three open every description. */
const SESSION_LINES = 'vosiuepcbtrzka';
const OPENING_LINES = 3;
const REPEATABLE = 'epbtra';
const NO_ORIGIN = {
  username: '-',
  sessionId: '0',
  sessionVersion: '0',
  netType: 'IN',
  addressType: 'IP4',
  address: '0.0.0.0',
};
