import type { Setup } from '../model.ts';

/**
 * The answer to an offered `a=setup` (RFC 8842 5.3, RFC 4145 4.1): `actpass` lets us choose, and active is what RFC 8842
 * recommends since it saves a round trip. An absent attribute means `active`. Undefined: `holdconn`, nothing to answer.
 */
export function answerSetup(
  offered: Setup | undefined,
  preferred: 'active' | 'passive' = 'active',
): 'active' | 'passive' | undefined {
  switch (offered) {
    case 'actpass':
      return preferred;
    case 'passive':
      return 'active';
    case 'holdconn':
      return undefined;
    default:
      return 'passive';
  }
}

/** Our DTLS role, from what the two sides wrote. Undefined when the two do not fit. */
export function dtlsRole(local: Setup | undefined, remote: Setup | undefined): 'client' | 'server' | undefined {
  if (local === 'active' && remote !== 'active') return 'client';
  if (local === 'passive' && remote !== 'passive') return 'server';
  if (local !== 'actpass') return undefined;
  if (remote === 'passive') return 'client';
  return remote === 'active' ? 'server' : undefined;
}
