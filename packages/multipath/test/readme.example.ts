import { generateCertificate } from '@hawser/dtls';
import { MultipathSession } from '@hawser/multipath';
import type { Env } from '@hawser/wire';

export function offerer(env: Env): MultipathSession {
  const certificate = generateCertificate({ unixMs: env.unixMs, secure: env.secure });
  const session = new MultipathSession({ certificate, multipath: { scheduler: 'dwrr' } }, env);
  // Each socket the runtime has bound is a base; `candidate` events tell the peer of it.
  session.addBase(env.now, { base: 0, address: '192.0.2.1', port: 50_000, egress: 'wlan0' });
  session.addBase(env.now, { base: 1, address: '198.51.100.7', port: 50_001, egress: 'wwan0' });
  session.endOfLocalCandidates(env.now);
  return session; // then setRemote(…), addRemoteCandidate(…), and the drive loop of the contract
}
