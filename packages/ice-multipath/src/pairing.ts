import { NO_FLOW } from '@hawser/wire';
import { type CandidateTransport, isPairable, RemoteCandidate, type RemoteCandidateInit } from './candidate.ts';
import type { IceContext } from './context.ts';
import type { Generation } from './generation.ts';
import type { LocalBase } from './local-base.ts';
import { CandidatePair } from './pair.ts';

/** The remote candidate at a transport address, if one is known. Addresses are compared in canonical text. */
export function findRemote(
  generation: Generation,
  address: string,
  port: number,
  transport: CandidateTransport,
): RemoteCandidate | undefined {
  for (const remote of generation.remotes) {
    if (remote.port === port && remote.address === address && remote.transport === transport) return remote;
  }
  return undefined;
}

/** Takes a remote candidate in, or undefined when there are too many. */
export function addRemote(
  context: IceContext,
  generation: Generation,
  candidate: RemoteCandidateInit,
): RemoteCandidate | undefined {
  if (generation.remotes.length >= context.config.maxRemoteCandidates) return undefined;
  const remote = new RemoteCandidate(candidate);
  generation.remotes.push(remote);
  return remote;
}

/**
 * Makes the pair of a base and a candidate that signalling told of. A relay is not paired with a candidate that has a name: it
 * would be told the address behind it (draft-ietf-mmusic-mdns-ice-candidates 4.2). Where the peer's own check comes by the
 * relay, that knows the address already.
 */
export function makeToldPair(
  context: IceContext,
  generation: Generation,
  local: LocalBase,
  remote: RemoteCandidate,
): CandidatePair | undefined {
  if (local.type === 'relay' && remote.isNamed) return undefined;
  return makePair(context, generation, local, remote);
}

/**
 * Which candidates can be paired (RFC 6544 6.2): datagrams with datagrams, and of TCP the one that connects with the one
 * that listens. A pair whose local candidate listens is pruned, as there: it is made when the peer's check has come.
 */
function speakTheSame({ transport, tcpType }: LocalBase, remote: RemoteCandidate, isLearned: boolean): boolean {
  if (transport !== remote.transport) return false;
  if (transport === 'udp') return true;
  return tcpType === 'active' ? remote.tcpType === 'passive' : isLearned && remote.tcpType === 'active';
}

/**
 * Makes the pair of a base and a remote candidate and puts it on the checklist; its flow is pinned from here on. A full
 * checklist gives up its lowest unchecked pair for a better one (RFC 8445 6.1.2.5).
 *
 * @param isLearned a check of the peer came by it
 * @returns undefined when it exists already, cannot be (RFC 8445 6.1.2.2), or there is no room
 */
export function makePair(
  context: IceContext,
  generation: Generation,
  local: LocalBase,
  remote: RemoteCandidate,
  isLearned = false,
): CandidatePair | undefined {
  const { checklist, config } = context;
  if (!speakTheSame(local, remote, isLearned)) return undefined;
  if (local.isHidden || !isPairable(local.address, remote.address)) return undefined;
  const flow = config.flows.intern(local.base, remote.address, remote.port);
  if (flow === NO_FLOW || checklist.ofFlow(flow, generation) !== undefined) return undefined;
  let index = checklist.freeIndex(generation);
  if (index < 0) {
    const victim = checklist.victim();
    context.counters.pairsDiscarded++;
    if (victim === undefined) return undefined;
    const rival = new CandidatePair(victim.index, local, remote, flow, generation, context.role);
    if (victim.state !== 'failed' && rival.rankBelow(victim) >= 0) return undefined;
    index = victim.index;
    dropPair(context, victim);
  }
  const pair = new CandidatePair(index, local, remote, flow, generation, context.role);
  config.flows.pin(flow);
  checklist.insert(pair);
  return pair;
}

/** A check on the pair came to nothing; whatever was still under way on it is forgotten. */
export function failPair(context: IceContext, pair: CandidatePair): void {
  pair.enter('failed');
  context.checks.releaseAll(pair);
}

/** Takes a pair off the checklist, if it is on it. Its path, if it had one, is discarded already. */
export function dropPair(context: IceContext, pair: CandidatePair): void {
  if (!context.checklist.has(pair)) return;
  context.checks.releaseAll(pair);
  context.checklist.remove(pair);
  context.config.flows.unpin(pair.flow);
}
