/** A process of {@link runJobs}: does the jobs that it is sent, one after the other, until the parent is gone. */
import { scenarioNamed } from '../values/index.ts';
import { type Job, runJob } from './job.ts';

process.on('message', ({ index, job }: { index: number; job: Job }) => {
  let answer: object;
  try {
    answer = { index, result: runJob(scenarioNamed(job.scenario), job) };
  } catch (error) {
    answer = { index, failure: (error as Error).stack ?? String(error) };
  }
  process.send?.(answer);
});
