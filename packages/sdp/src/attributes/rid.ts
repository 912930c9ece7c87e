import type { Rid } from '../model.ts';
import { isRidId, isToken, parseUnsigned } from '../text.ts';

/** `<id> send|recv [pt=<n>,<n>;<name>=<value>;…]`, RFC 8851 10. */
export function parseRid(value: string): Rid | undefined {
  const first = value.indexOf(' ');
  if (first < 0) return undefined;
  const second = value.indexOf(' ', first + 1);
  const id = value.slice(0, first);
  const direction = second < 0 ? value.slice(first + 1) : value.slice(first + 1, second);
  if (!isRidId(id) || (direction !== 'send' && direction !== 'recv')) return undefined;
  const rid: Rid = { id, direction, payloadTypes: [], restrictions: [] };
  if (second < 0) return rid;
  const parameters = value.slice(second + 1).split(';');
  for (const [index, parameter] of parameters.entries()) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (!isToken(name)) return undefined;
    // The list of formats comes first or not at all (RFC 8851 10).
    if (name === 'pt') {
      if (index !== 0 || equals < 0) return undefined;
      rid.payloadTypes = parameter
        .slice(3)
        .split(',')
        .map((text) => parseUnsigned(text, 127));
      if (rid.payloadTypes.includes(-1)) return undefined;
    } else rid.restrictions.push([name, equals < 0 ? undefined : parameter.slice(equals + 1)]);
  }
  return rid;
}

export function writeRid(rid: Rid): string {
  const parameters = rid.restrictions.map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  if (rid.payloadTypes.length > 0) parameters.unshift(`pt=${rid.payloadTypes.join(',')}`);
  return parameters.length === 0 ? `${rid.id} ${rid.direction}` : `${rid.id} ${rid.direction} ${parameters.join(';')}`;
}
