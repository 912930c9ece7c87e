import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchPeer, Unavailable } from './contract.ts';
import { peersFolder } from './peers.ts';

/** The program that `bench/peers/setup` builds from `bench/peers/pion`. */
export const pionProgram = join(peersFolder, 'pion', 'build', 'pion-bench');

/** How long the Go side runs an operation for one value, in ms. */
const ROUND_MS = 40;

/**
 * A pion peer: a Go child that times an operation by itself when asked, so that its rounds can take turns with ours.
 *
 * @param operation - a case of `bench/peers/pion/main.go`, for example `stun-decode`
 * @param operands - what it works on, words without spaces (bytes in hex)
 */
export function pionPeer(operation: string, operands: readonly string[]): Promise<BenchPeer | Unavailable> {
  return programPeer(pionProgram, operation, operands);
}

/** A peer in a child process: a program that answers the questions of `bench/peers/pion/main.go`. */
export async function programPeer(
  program: string,
  operation: string,
  operands: readonly string[],
): Promise<BenchPeer | Unavailable> {
  const name = basename(program);
  if (!existsSync(program)) return { unavailable: `${name} is not built: run bench/peers/setup` };
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    child.stdin.write(`${question}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended at: ${question}`);
    return value;
  };
  const version = await ask(`version ${operation}`);
  return {
    version,
    measure: async () => {
      const answer = await ask([operation, ROUND_MS, ...operands].join(' '));
      const ns = Number(answer);
      if (!(ns > 0)) throw new Error(`${name} ${operation}: ${answer}`);
      return ns;
    },
    close: () => child.kill(),
  };
}
