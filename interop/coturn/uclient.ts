import { spawn } from 'node:child_process';

/** What `turnutils_uclient` says at its end. */
export interface UclientResult {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly lostPercent: number;
  readonly text: string;
}

/** Runs coturn's client; rejects when it does not end in time. */
export function runUclient(args: readonly string[], timeoutMs = 30_000): Promise<UclientResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('turnutils_uclient', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      const totals = [...text.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
      const lost = /Total lost packets \d+ \(([\d.]+)%\)/.exec(text);
      if (code !== 0 || totals === undefined || lost === null) {
        reject(new Error(`turnutils_uclient ended with ${code}: ${text.trim().split('\n').slice(-2).join('; ')}`));
        return;
      }
      resolve({
        messagesSent: Number(totals[1]),
        messagesReceived: Number(totals[2]),
        lostPercent: Number(lost[1]),
        text,
      });
    });
  });
}
