/** `npm run graph`: compares docs/import-graph with the real imports of packages/\*\/src; `--write` draws it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ExitCode, main } from './cli.ts';
import { type ImportGraph, readPackages } from './packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const jsonFile = join(root, 'docs/import-graph.json');
const markdownFile = join(root, 'docs/import-graph.md');

/** Who imports whom, drawn from the real imports: package names without scope, sorted. */
export function drawGraph(): ImportGraph {
  return Object.fromEntries(readPackages(root).map(({ name, imports }) => [name, imports]));
}

/** The graph as docs/import-graph.json has it. */
export function documentedGraph(): ImportGraph {
  return JSON.parse(readFileSync(jsonFile, 'utf8')) as ImportGraph;
}

/** docs/import-graph.md of a graph. */
export function graphMarkdown(graph: ImportGraph): string {
  const arrows = Object.entries(graph).flatMap(([from, to]) => to.map((one) => `  ${from} --> ${one}`));
  const alone = Object.entries(graph).filter(
    ([name, to]) => to.length === 0 && !arrows.some((a) => a.endsWith(` ${name}`)),
  );
  return `# Who imports whom

Drawn from the imports in \`packages/*/src\` by \`npm run graph -- --write\`; a test fails where it differs from them. An arrow
reads "imports". Names are those of the packages without their scope; \`node\` is \`packages/runtime-node\`.

\`\`\`mermaid
graph TD
${[...arrows, ...alone.map(([name]) => `  ${name}`)].join('\n')}
\`\`\`
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const line = { usage: 'usage: npm run graph [-- --write] [--json]', options: { write: 'flag' } } as const;
  await main(line, async (args, output) => {
    const graph = drawGraph();
    if (args.flags.has('write')) {
      writeFileSync(
        jsonFile,
        `{\n${Object.entries(graph)
          .map(([name, to]) => jsonLine(name, to))
          .join(',\n')}\n}\n`,
      );
      writeFileSync(markdownFile, graphMarkdown(graph));
    }
    for (const [name, imports] of Object.entries(graph)) {
      output.row({ package: name, imports }, `${name} -> ${imports.join(', ') || 'nothing'}`);
    }
    return JSON.stringify(graph) === JSON.stringify(documentedGraph()) ? ExitCode.holds : ExitCode.fails;
  });
}

function jsonLine(name: string, to: readonly string[]): string {
  return `  ${JSON.stringify(name)}: [${to.map((one) => JSON.stringify(one)).join(', ')}]`;
}
