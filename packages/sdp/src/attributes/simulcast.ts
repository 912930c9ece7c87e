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
  const parts: string[] = [];
  for (const direction of ['send', 'recv'] as const) {
    const streams = simulcast[direction];
    if (streams !== undefined) parts.push(`${direction} ${streams.map(writeAlternatives).join(';')}`);
  }
  return parts.join(' ');
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
