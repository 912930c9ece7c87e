import type { Simulcast, SimulcastAlternative } from '../model.ts';
import { isRidId, splitFields } from '../text.ts';

/** `(send|recv) <streams> [(recv|send) <streams>]`, RFC 8853 5.1; each direction at most once. */
export function parseSimulcast(value: string): Simulcast | undefined {
  const fields = splitFields(value);
  if (fields.length !== 2 && fields.length !== 4) return undefined;
  const simulcast: Simulcast = {};
  for (let i = 0; i < fields.length; i += 2) {
    const direction = fields[i];
    if ((direction !== 'send' && direction !== 'recv') || simulcast[direction] !== undefined) return undefined;
    const streams = parseStreams(fields[i + 1]);
    if (streams === undefined) return undefined;
    simulcast[direction] = streams;
  }
  return simulcast;
}

export function writeSimulcast(simulcast: Simulcast): string {
  // The directions come in the order in which they were set: that is the order they were read in.
  const parts = Object.entries(simulcast) as [keyof Simulcast, SimulcastAlternative[][] | undefined][];
  return parts
    .filter(([, streams]) => streams !== undefined)
    .map(([direction, streams]) => `${direction} ${streams?.map(writeAlternatives).join(';')}`)
    .join(' ');
}

/** `;` between streams, `,` between the alternatives of one, `~` before a paused one. */
function parseStreams(text: string): SimulcastAlternative[][] | undefined {
  const streams: SimulcastAlternative[][] = [];
  for (const part of text.split(';')) {
    const alternatives: SimulcastAlternative[] = [];
    for (const item of part.split(',')) {
      const paused = item.startsWith('~');
      const rid = paused ? item.slice(1) : item;
      if (!isRidId(rid)) return undefined;
      alternatives.push({ rid, paused });
    }
    streams.push(alternatives);
  }
  return streams;
}

function writeAlternatives(alternatives: SimulcastAlternative[]): string {
  return alternatives.map(({ rid, paused }) => (paused ? `~${rid}` : rid)).join(',');
}
