import { answerOffer, parseDescription, writeDescription } from '@hawser/sdp';

export function answer(text: string): string {
  const result = parseDescription(text); // the peer's text: a result, never an exception
  if (!result.ok) return `line ${result.line}: ${result.reason}`;
  const { description, rejected } = answerOffer(result.description, {
    origin: {
      username: '-',
      sessionId: '1',
      sessionVersion: '1',
      netType: 'IN',
      addressType: 'IP4',
      address: '127.0.0.1',
    },
    transport: {
      iceUfrag: 'hawS',
      icePwd: '0123456789012345678901',
      iceOptions: ['trickle'],
      fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }],
      candidates: [],
      endOfCandidates: false,
    },
    section: ({ kind }) =>
      kind === 'application' ? { type: 'data', sctpPort: 5000, maxMessageSizeBytes: 262144 } : undefined,
  });
  return rejected.every((reason) => reason !== undefined) ? 'nothing in common' : writeDescription(description);
}
