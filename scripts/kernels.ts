/**
 * `npm run kernels`: compares the generated `*.wasm.ts` with what their `*.wat` beside them assemble to; `--write` makes them
 * anew. The ordinary build does that first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openAssembler from 'wabt';
import { discover } from '../bench/src/discover.ts';
import { ExitCode, main } from './cli.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const LINE_LENGTH = 100;

/** A WebAssembly text and the source file that is made of it, relative to the root. */
export interface Kernel {
  readonly text: string;
  readonly generated: string;
  /** What `generated` must hold. */
  readonly source: string;
}

/** Every kernel of the packages, assembled. Throws where a text does not assemble. */
export async function assembleKernels(): Promise<Kernel[]> {
  const assembler = await openAssembler();
  const kernels: Kernel[] = [];
  for (const text of wasmTexts()) {
    const module = assembler.parseWat(text, readFileSync(join(root, text), 'utf8'), { simd: true });
    module.validate();
    const { buffer } = module.toBinary({});
    module.destroy();
    kernels.push({ text, generated: text.replace(/\.wat$/, '.wasm.ts'), source: kernelSource(text, buffer) });
  }
  return kernels;
}

/** The source that carries the bytes of a module, base64: sources run as they are and bundlers need no loader. */
export function kernelSource(text: string, bytes: Uint8Array): string {
  const words = basename(text, '.wat').split('-');
  const name = words.map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('');
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return `// Made of ${basename(text)} by \`npm run kernels -- --write\`; change that instead.
/** ${basename(text)}, assembled: for \`instantiateKernel\` of \`@hawser/wire\`. */
export const ${name}Wasm =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

function wasmTexts(): string[] {
  return discover(root, ['packages/*'], '.wat').map(({ file }) => relative(root, file));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const line = { usage: 'usage: npm run kernels [-- --write] [--json]', options: { write: 'flag' } } as const;
  await main(line, async (args, output) => {
    let differing = 0;
    for (const { text, generated, source } of await assembleKernels()) {
      const file = join(root, generated);
      if (args.flags.has('write')) writeFileSync(file, source);
      const isEqual = readGenerated(file) === source;
      if (!isEqual) differing++;
      output.row({ kernel: text, bytes: source.length, isEqual }, `${text}: ${isEqual ? 'as generated' : 'differs'}`);
    }
    return differing === 0 ? ExitCode.holds : ExitCode.fails;
  });
}

/** What a generated file holds; empty where there is none. */
export function readGenerated(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
