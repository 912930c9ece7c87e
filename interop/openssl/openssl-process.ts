import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateToPem, type DtlsCertificate } from '@hawser/dtls';

/** `OpenSSL 3.0.19 27 Jan 2026`, shortened; undefined where there is no such command. */
export function opensslVersion(): string | undefined {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).split(' ').slice(1, 2).join(' ');
  } catch {
    return undefined;
  }
}

/** Puts a certificate and its key where `openssl` can read them; answers the file's name. */
export function writePemFile(folder: string, name: string, certificate: DtlsCertificate): string {
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, certificateToPem(certificate), { mode: 0o600 });
  return file;
}

/** `openssl s_server` or `s_client`: what it prints, and a way to talk under its keys. */
export class OpensslProcess {
  readonly #child: ChildProcess;
  #printed = '';
  #awaited: { readonly text: RegExp; resolve(found: string): void }[] = [];

  constructor(args: readonly string[]) {
    this.#child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const take = (chunk: Buffer) => this.#take(chunk.toString());
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    // It may have ended when something is said to it.
    this.#child.stdin?.on('error', () => {});
    this.#child.on('error', (error) => this.#take(`\n${error.message}\n`));
  }

  /** The first group of the first match in all that it has printed, as soon as there is one. */
  printed(text: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#awaited.push({ text, resolve });
      this.#take('');
    });
  }

  hasPrinted(text: string): boolean {
    return this.#printed.includes(text);
  }

  /** Its last lines, for a case that went wrong. */
  get lastWords(): string {
    return this.#printed.trimEnd().split('\n').slice(-3).join(' / ');
  }

  say(text: string): void {
    this.#child.stdin?.write(text);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #take(text: string): void {
    this.#printed += text;
    this.#awaited = this.#awaited.filter((one) => {
      const found = one.text.exec(this.#printed);
      if (found !== null) one.resolve(found[1] ?? '');
      return found === null;
    });
  }
}
