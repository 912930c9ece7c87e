import type { Direction } from '../model.ts';

/** Whether the side that writes this direction sends. */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** Whether the side that writes this direction receives. */
export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

export function directionFrom(isSending: boolean, isReceiving: boolean): Direction {
  if (isSending) return isReceiving ? 'sendrecv' : 'sendonly';
  return isReceiving ? 'recvonly' : 'inactive';
}

/** The same flow seen from the other side. */
export function reverseDirection(direction: Direction): Direction {
  return directionFrom(receives(direction), sends(direction));
}

/** What both directions allow. */
export function intersectDirections(a: Direction, b: Direction): Direction {
  return directionFrom(sends(a) && sends(b), receives(a) && receives(b));
}

/** The direction of an answer: what the offer leaves, as far as this side wants it (RFC 3264 6.1). */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  return intersectDirections(reverseDirection(offered), wanted);
}
