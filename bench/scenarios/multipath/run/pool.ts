import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Job, JobResult } from './job.ts';

type Answer = { readonly index: number } & ({ readonly result: JobResult } | { readonly failure: string });

/**
 * Does all jobs, on as many processes as there are cores. What each gives does not depend on which process does it, or when.
 *
 * @param done is given each result as it comes, with the index of its job
 */
export async function runJobs(jobs: readonly Job[], done: (index: number, result: JobResult) => void): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () =>
    fork(fileURLToPath(new URL('worker.ts', import.meta.url))),
  );
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const give = (): void => {
              const index = next++;
              if (index < jobs.length) worker.send({ index, job: jobs[index] });
              else resolve();
            };
            worker.on('error', reject);
            worker.on('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
            worker.on('message', (answer: Answer) => {
              const { index } = answer;
              if ('failure' in answer) {
                reject(new Error(`${describeJob(jobs[index])} failed: ${answer.failure}`));
                return;
              }
              done(index, answer.result);
              give();
            });
            give();
          }),
      ),
    );
  } finally {
    for (const worker of workers) {
      worker.removeAllListeners('exit');
      worker.kill();
    }
  }
}

/** The words that run it again. */
function describeJob({ scenario, variant, only, seed }: Job): string {
  const path = only === undefined ? '' : `, path ${only} alone`;
  return `multipath ${scenario} --variant '${variant}' --seed ${seed}${path}`;
}
