import { bundleTransport, taggedSection, writeDescription } from '@hawser/sdp';
import type { Applied, Context } from '../context.ts';
import { localTransport } from './local-sources.ts';
import type { SessionDescription } from './negotiator.ts';

/** The text of our description with the candidates known by now, as `localDescription` of the W3C has it. */
export function localText(context: Context, applied: Applied | undefined): SessionDescription | null {
  if (applied === undefined) return null;
  const { iceUfrag, candidates, endOfCandidates } = localTransport(context);
  // Beside a restart under way the description in force keeps the text it was agreed with.
  if (bundleTransport(applied.model)?.iceUfrag !== iceUfrag && applied.text !== undefined) {
    return { type: applied.type, sdp: applied.text };
  }
  const tagged = taggedSection(applied.model);
  const media = applied.model.media.map((section) =>
    section === tagged ? { ...section, candidates, endOfCandidates } : section,
  );
  return { type: applied.type, sdp: writeDescription({ ...applied.model, media }) };
}

/** The text of the peer's description, written anew when candidates came since. */
export function remoteText(applied: Applied | undefined): SessionDescription | null {
  if (applied === undefined) return null;
  applied.text ??= writeDescription(applied.model);
  return { type: applied.type, sdp: applied.text };
}

/** Whether the peer takes candidates one by one; null before its first description. */
export function canTrickle(applied: Applied | undefined): boolean | null {
  if (applied === undefined) return null;
  return bundleTransport(applied.model)?.iceOptions.includes('trickle') ?? false;
}
