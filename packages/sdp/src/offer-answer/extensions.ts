import type { CommonAttributes, Direction, Extmap } from '../model.ts';
import { intersectDirections, reverseDirection } from './direction.ts';

/** A header extension that this side can do. */
export interface ExtensionCapability {
  uri: string;
  /** Default sendrecv. */
  direction?: Direction;
}

/** The extensions of a section, those of the session level included (RFC 8285 6). */
export function extmapsOf(session: CommonAttributes, media: CommonAttributes): Extmap[] {
  return session.extmaps.length === 0 ? media.extmaps : [...media.extmaps, ...session.extmaps];
}

/**
 * The extensions of an answer (RFC 8285 6): those of the offer known here, with the numbers of the offer, in the reversed
 * direction. An offered number of 4096 or more asks for one: it gets the lowest free one below 15, so that the one-byte
 * form does. `used` holds the numbers that other sections of the same bundle gave away: one number, one meaning
 * (RFC 8843 14).
 */
export function intersectExtmaps(
  offered: readonly Extmap[],
  local: readonly ExtensionCapability[],
  used: Map<number, string> = new Map(),
): Extmap[] {
  const common: Extmap[] = [];
  const taken = new Set(offered.map((extmap) => extmap.id));
  for (const { id: offeredId, uri, direction } of offered) {
    const ours = local.find((capability) => capability.uri === uri);
    if (ours === undefined || common.some((extmap) => extmap.uri === uri)) continue;
    const id = offeredId < FIRST_UNASSIGNED ? offeredId : freeId(uri, used, taken);
    if (id === undefined || (used.get(id) ?? uri) !== uri) continue;
    const answered = intersectDirections(reverseDirection(direction ?? 'sendrecv'), ours.direction ?? 'sendrecv');
    if (answered === 'inactive') continue;
    used.set(id, uri);
    common.push(answered === 'sendrecv' ? { id, uri } : { id, direction: answered, uri });
  }
  return common;
}

function freeId(uri: string, used: ReadonlyMap<number, string>, taken: ReadonlySet<number>): number | undefined {
  for (const [id, known] of used) if (known === uri) return id;
  for (let id = 1; id <= LAST_ONE_BYTE_ID; id++) if (!used.has(id) && !taken.has(id)) return id;
  return undefined;
}

/** RFC 8285 6: numbers from here on are proposals without a number. */
const FIRST_UNASSIGNED = 4096;
/** RFC 8285 4.2: 15 is reserved. */
const LAST_ONE_BYTE_ID = 14;
