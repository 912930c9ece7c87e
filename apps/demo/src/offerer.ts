import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IceCandidateInit, PathStats, SessionDescription } from '@hawser/node';
import { demoAddresses, IMPAIRMENTS, withEgress } from './addresses.ts';
import { ImpairedNetwork } from './impairment.ts';
import { JsonRpcPeer } from './json-rpc.ts';
import { DemoPeer, type HalfReport } from './peer.ts';
import { type Summary, summarise } from './summary.ts';
import { sendTransfer } from './workload/transfer.ts';

/** The run, in milliseconds from its start. */
const TRANSFER_AT_MS = 3000;
const CUT_AT_MS = 4000;
const GAP_WATCHED_MS = 3000;
const RESTORE_AT_MS = 9000;
const END_AT_MS = 15_000;
/** What was sent last has this long to arrive. */
const SETTLE_MS = 1500;

/** What the demo shows while it runs. */
export interface DemoView {
  /** Called now and then with the paths as they are, and what is going on. */
  show(paths: readonly PathStats[], what: string): void;
}

/**
 * Starts the answering process, connects to it over three impaired paths, and runs the load.
 *
 * Rejects when the connection cannot be made or is lost: a peer that dies is noticed when its process ends, and at the
 * latest when its consent expires.
 */
export async function runOfferer(view: DemoView): Promise<Summary> {
  const child = startAnswerer();
  const rpc = new JsonRpcPeer(
    child.stdout as NonNullable<typeof child.stdout>,
    child.stdin as NonNullable<typeof child.stdin>,
  );
  const network = new ImpairedNetwork((_address, index) => IMPAIRMENTS[index % IMPAIRMENTS.length]);
  const peer = new DemoPeer(true, { addresses: withEgress(await demoAddresses()), sockets: network.open });
  const ended = processLost(child);
  const lost = Promise.race([connectionLost(peer), ended]);
  lost.catch(() => undefined);
  let isDone = false;
  try {
    const summary = await Promise.race([run(peer, rpc, network, view), lost]);
    isDone = true;
    return summary;
  } catch (error) {
    // The pipe closes a moment before the process is known to have ended: that is the better reason.
    throw rpc.isClosed ? await ended.catch((reason) => reason) : error;
  } finally {
    peer.stopFlows();
    await peer.connection.close();
    child.stdin?.end();
    // One that stands still would not end by that, and this process would wait for it.
    if (!isDone) child.kill('SIGKILL');
  }
}

async function run(peer: DemoPeer, rpc: JsonRpcPeer, network: ImpairedNetwork, view: DemoView): Promise<Summary> {
  const { connection } = peer;
  await connect(peer, rpc);
  view.show(connection.getMultipathStats().paths, 'connected');
  const startedAt = performance.now();
  const at = async (ms: number) => {
    while (performance.now() - startedAt < ms) {
      await sleep(Math.min(500, Math.max(1, ms - (performance.now() - startedAt))));
      view.show(connection.getMultipathStats().paths, `${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
  };
  await rpc.call('start');
  peer.startFlows();
  await at(TRANSFER_AT_MS);
  const before = bytesByPath(connection.getMultipathStats().paths);
  let transferBytes = new Map<number, number>();
  const transfer = sendTransfer(peer.channel('transfer')).then((sent) => {
    transferBytes = difference(before, bytesByPath(connection.getMultipathStats().paths));
    return sent;
  });
  transfer.catch(() => undefined);
  await at(CUT_AT_MS);
  const cut = heaviest(connection.getMultipathStats().paths);
  await rpc.call('watchGap');
  peer.watchGap();
  network.cut(cut.local);
  await at(CUT_AT_MS + GAP_WATCHED_MS);
  peer.endWatch();
  await rpc.call('endWatch');
  await at(RESTORE_AT_MS);
  network.restore(cut.local);
  await at(END_AT_MS);
  const sentTransfer = await transfer;
  peer.stopFlows();
  await rpc.call('stop');
  await sleep(SETTLE_MS);
  const answerer = (await rpc.call('report')) as HalfReport;
  const seconds = (performance.now() - startedAt) / 1000;
  return summarise(peer.report(), answerer, { seconds, cutPath: cut.id, sentTransfer, transferBytes });
}

async function connect(peer: DemoPeer, rpc: JsonRpcPeer): Promise<void> {
  const { connection } = peer;
  const early: (IceCandidateInit | null)[] = [];
  let described = false;
  rpc.on('candidate', (candidate) => {
    if (described) return connection.addIceCandidate(candidate as IceCandidateInit | null);
    early.push(candidate as IceCandidateInit | null);
    return undefined;
  });
  // The pipe keeps order: the offer is ahead of its candidates.
  const offered: (IceCandidateInit | null)[] = [];
  let isOffered = false;
  connection.onicecandidate = ({ candidate }) => {
    if (isOffered) rpc.notify('candidate', candidate);
    else offered.push(candidate);
  };
  peer.prepare();
  await connection.setLocalDescription();
  const answer = rpc.call('offer', connection.localDescription);
  isOffered = true;
  for (const candidate of offered) rpc.notify('candidate', candidate);
  await connection.setRemoteDescription((await answer) as SessionDescription);
  described = true;
  for (const candidate of early) await connection.addIceCandidate(candidate);
  await peer.ready();
}

/** The active path with the greatest weight: cutting it hurts most. */
function heaviest(paths: readonly PathStats[]): PathStats {
  const active = paths.filter((path) => path.state === 'active').sort((a, b) => b.weight - a.weight);
  if (active.length === 0) throw new Error('no path is active');
  return active[0];
}

function bytesByPath(paths: readonly PathStats[]): Map<number, number> {
  return new Map(paths.map((path) => [path.id, path.bytesSent]));
}

function difference(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): Map<number, number> {
  const grown = [...after].map(([path, bytes]) => [path, bytes - (before.get(path) ?? 0)] as const);
  return new Map(grown.filter(([, bytes]) => bytes > 0));
}

function startAnswerer(): ChildProcess {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return spawn(process.execPath, [...process.execArgv, main, '--answerer-over-pipe'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Rejects when the answering process ends before the run does. */
function processLost(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (error) => reject(new Error(`the answerer could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => reject(new Error(`the answerer ended: ${signal ?? `exit code ${code}`}`)));
  });
}

/** Rejects when the connection ends before the run does. */
function connectionLost(peer: DemoPeer): Promise<never> {
  return new Promise((_, reject) => {
    peer.connection.addEventListener('connectionstatechange', () => {
      const { connectionState } = peer.connection;
      if (connectionState === 'failed' || connectionState === 'closed') {
        reject(new Error(`the peer is gone: ${peer.lost ?? 'it closed the connection'}`));
      }
    });
  });
}
