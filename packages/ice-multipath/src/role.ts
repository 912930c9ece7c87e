import type { IceRole } from './events.ts';

export function otherRole(role: IceRole): IceRole {
  return role === 'controlling' ? 'controlled' : 'controlling';
}

/** What an agent does about the role that a check claims. */
export type RoleVerdict = 'no-conflict' | 'switch' | 'answer-487';

/**
 * Detects and repairs a role conflict (RFC 8445 7.3.1.1). Tie-breakers are 64 bits in two halves.
 *
 * @param mine our role
 * @param claimed the role that the attribute in the peer's check claims
 */
export function resolveRoleConflict(
  mine: IceRole,
  myHigh: number,
  myLow: number,
  claimed: IceRole,
  theirHigh: number,
  theirLow: number,
): RoleVerdict {
  if (mine !== claimed) return 'no-conflict';
  const largerOrEqual = myHigh === theirHigh ? myLow >= theirLow : myHigh > theirHigh;
  if (mine === 'controlling') return largerOrEqual ? 'answer-487' : 'switch';
  return largerOrEqual ? 'switch' : 'answer-487';
}
