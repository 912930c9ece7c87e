import { describe, expect, it } from 'vitest';
import {
  type Arguments,
  type ExitCode as Code,
  ExitCode,
  type Output,
  runCommand,
  UnavailableError,
  UsageError,
} from './cli.ts';

const line = {
  usage: 'usage: it <name…> [--seeds N] [--corpus DIR] [--strict]',
  options: { seeds: 'count', corpus: 'text', strict: 'flag' },
} as const;

async function run(
  argv: string[],
  body: (args: Arguments, output: Output) => Promise<Code> = async () => ExitCode.holds,
) {
  let out = '';
  let err = '';
  const code = await runCommand(line, body, argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('a root command', () => {
  it('splits names, flags and values in either spelling', async () => {
    let seen: Arguments | undefined;
    await run(['stun', '--seeds', '7', '--corpus=a/b=c', 'ice', '--strict'], async (args) => {
      seen = args;
      return ExitCode.holds;
    });
    expect(seen?.names).toEqual(['stun', 'ice']);
    expect(seen?.counts.get('seeds')).toBe(7);
    expect(seen?.texts.get('corpus')).toBe('a/b=c');
    expect(seen?.flags.has('strict')).toBe(true);
    expect(seen?.json).toBe(false);
  });

  it.each([
    [['--nonsense']],
    [['--seeds']],
    [['--seeds', '-1']],
    [['--seeds', '1.5']],
    [['--seeds=']],
    [['--strict=yes']],
  ])('answers %j with exit code 2 and the usage, and leaves standard output empty', async (argv) => {
    const { code, out, err } = await run([...argv, '--json']);
    expect(code).toBe(ExitCode.usage);
    expect(out).toBe('');
    expect(err).toContain(line.usage);
  });

  it('keeps standard output to JSON alone when asked', async () => {
    const { code, out, err } = await run(['--json'], async (_args, output) => {
      output.say('a heading');
      output.row({ value: 1 }, 'one');
      output.row({ value: 2 }, 'two');
      output.complain('a trouble');
      return ExitCode.holds;
    });
    expect(code).toBe(ExitCode.holds);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toEqual([{ value: 1 }, { value: 2 }]);
    expect(err).toBe('a heading\na trouble\n');
  });

  it('addresses people without --json', async () => {
    const { out } = await run([], async (_args, output) => {
      output.say('a heading');
      output.row({ value: 1 }, 'one');
      return ExitCode.holds;
    });
    expect(out).toBe('a heading\none\n');
  });

  it('says what cannot be had with exit code 3', async () => {
    const fails = async (): Promise<Code> => {
      throw new UnavailableError('no network namespaces');
    };
    expect(await run(['--json'], fails)).toMatchObject({ code: 3, out: '{"unavailable":"no network namespaces"}\n' });
    expect(await run([], fails)).toMatchObject({ code: 3, out: 'cannot be had here: no network namespaces\n' });
  });

  it('turns a misuse found by the command into exit code 2 and any other error into 1', async () => {
    const misuse = async (): Promise<Code> => {
      throw new UsageError('no such bench: x');
    };
    expect((await run([], misuse)).code).toBe(ExitCode.usage);
    const broken = async (): Promise<Code> => {
      throw new Error('boom');
    };
    expect(await run([], broken)).toMatchObject({ code: 1, out: '' });
  });

  it('prints the usage when asked for help', async () => {
    expect(await run(['--help'])).toEqual({ code: 0, out: `${line.usage}\n`, err: '' });
  });
});
