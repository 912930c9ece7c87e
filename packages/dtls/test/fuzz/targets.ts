import type { FuzzTarget } from '@hawser/bench';
import { type Verdict, verdictName } from '@hawser/wire';
import { deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { connectedPair, createPair, deliver, drain, type Pair } from '../support/pair.ts';

const crypto = deterministicCrypto;
const client = { certificate: generateCertificate(seededEnv(1), crypto), crypto };
const server = { certificate: generateCertificate(seededEnv(2), crypto), crypto };

function handshaking(): Pair {
  const pair = createPair(7, client, server);
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  drain(pair.client, 0);
  return pair;
}

const connected = connectedPair(7, client, server);
const recorded = { client: [...connected.client.sent], server: [...connected.server.sent] };
let fresh = handshaking();
let now = 0;

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    // A client that has connected: nothing that is not sealed with its keys may change it.
    name: 'dtls-record',
    run: (bytes) => {
      const verdict = deliver(connected.client, ++now, bytes) as Verdict;
      drain(connected.client, now);
      if (connected.client.connection.state !== 'connected') throw new Error('a stranger ended the connection');
      return verdictName(verdict);
    },
    seeds: recorded.server,
  },
  {
    // A server and a client in the middle of their handshake, made anew when a message has ended it.
    name: 'dtls-handshake',
    run: (bytes) => {
      const verdicts = [fresh.server, fresh.client].map((side) => {
        const verdict = deliver(side, ++now, bytes) as Verdict;
        drain(side, now);
        side.events.length = 0;
        side.sent.length = 0;
        return verdictName(verdict);
      });
      const over = [fresh.server, fresh.client].some(({ connection }) => connection.state === 'failed');
      if (over) fresh = handshaking();
      return `${verdicts.join(' and ')}${over ? ', ended' : ''}`;
    },
    seeds: [...recorded.client, ...recorded.server],
  },
];
