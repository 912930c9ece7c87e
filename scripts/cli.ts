/**
 * What the root commands share: arguments, output and exit codes.
 *
 * People are addressed by default, on standard output. With `--json`, standard output carries JSON alone and everything
 * else goes to standard error.
 */

/** Exit codes of every command. */
export const ExitCode = {
  /** What the command checks holds; every row was measured. */
  holds: 0,
  /** It does not hold. */
  fails: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** It cannot be had on this machine; the output says why. */
  unavailable: 3,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The kinds of option a command may declare. Each is given as `--name value` or `--name=value`; a flag takes no value. */
export type OptionKind = 'flag' | 'text' | 'count';

export interface CommandLine {
  /** The command as one types it, for the usage text. */
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionKind>>;
}

export interface Arguments {
  readonly names: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly counts: ReadonlyMap<string, number>;
  readonly json: boolean;
}

/** The command line is wrong: exit code 2 and the usage text. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something the command needs cannot be had here: exit code 3 and `{ unavailable: reason }`. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Splits `argv` (without node and script) by the declared options. `--json` and `--help` are always known. */
export function parseArguments(argv: readonly string[], line: CommandLine): Arguments {
  const names: string[] = [];
  const flags = new Set<string>();
  const texts = new Map<string, string>();
  const counts = new Map<string, number>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (!word.startsWith('--')) {
      names.push(word);
      continue;
    }
    const [name, inline] = splitOption(word);
    const kind = name === 'json' || name === 'help' ? 'flag' : line.options[name];
    if (kind === undefined) throw new UsageError(`unknown option --${name}`);
    if (kind === 'flag') {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value`);
      flags.add(name);
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined) throw new UsageError(`--${name} needs a value`);
    if (kind === 'text') texts.set(name, value);
    else counts.set(name, parseCount(name, value));
  }
  return { names, flags, texts, counts, json: flags.has('json') };
}

/** What a command prints and how it ends. */
export class Output {
  readonly json: boolean;
  readonly #out: (text: string) => void;
  readonly #err: (text: string) => void;

  constructor(json: boolean, out: (text: string) => void, err: (text: string) => void) {
    this.json = json;
    this.#out = out;
    this.#err = err;
  }

  /** One object of the result: a line of JSON, or `text` for people. */
  row(value: object, text: string): void {
    this.#out(this.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
  }

  /** A heading or a remark for people: standard output without `--json`, standard error with it. */
  say(text: string): void {
    if (this.json) this.#err(`${text}\n`);
    else this.#out(`${text}\n`);
  }

  /** A trouble: always standard error. */
  complain(text: string): void {
    this.#err(`${text}\n`);
  }
}

/**
 * Runs a command and sets the process's exit code.
 *
 * @param line - what it accepts
 * @param run - the command; returns its exit code, or throws {@link UsageError} or {@link UnavailableError}
 */
export async function main(
  line: CommandLine,
  run: (args: Arguments, output: Output) => Promise<ExitCode>,
): Promise<void> {
  // Whoever reads has had enough (`| head`): that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await runCommand(line, run, process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

/** {@link main} without the process: for tests. */
export async function runCommand(
  line: CommandLine,
  run: (args: Arguments, output: Output) => Promise<ExitCode>,
  argv: readonly string[],
  streams: { readonly out: (text: string) => void; readonly err: (text: string) => void },
): Promise<ExitCode> {
  const output = new Output(argv.includes('--json'), streams.out, streams.err);
  try {
    const args = parseArguments(argv, line);
    if (args.flags.has('help')) {
      streams.out(`${line.usage}\n`);
      return ExitCode.holds;
    }
    return await run(args, output);
  } catch (error) {
    if (error instanceof UsageError) {
      output.complain(`${error.message}\n${line.usage}`);
      return ExitCode.usage;
    }
    if (error instanceof UnavailableError) {
      output.row({ unavailable: error.message }, `cannot be had here: ${error.message}`);
      return ExitCode.unavailable;
    }
    output.complain((error as Error).stack ?? String(error));
    return ExitCode.fails;
  }
}

function splitOption(word: string): [name: string, inline: string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word.slice(2), undefined] : [word.slice(2, at), word.slice(at + 1)];
}

function parseCount(name: string, value: string): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count))
    throw new UsageError(`--${name} needs a whole number, not ${value}`);
  return count;
}
