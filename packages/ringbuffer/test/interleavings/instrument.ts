import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type * as api from '../../src/index.ts';

/**
 * Turns the sources of this package, as they are, into generators that stop before every step in shared memory: each
 * element of a view that is read or written, and each operation of Atomics. What runs between two stops touches only what
 * its own thread has. So the very code that ships can be led through every interleaving, one step at a time.
 */

/** A step that a thread is about to take. */
export interface Step {
  readonly atomic: boolean;
  readonly writes: boolean;
  /** Bytes of the memory that it touches. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** For Atomics.wait: what the word has to be for the thread to fall asleep. */
  readonly sleepsOn?: number;
}

/** What the instrumented code says to whoever leads it. */
export interface Leader {
  readonly memory: SharedArrayBuffer;
  /** After a step: what it read, for telling states apart. */
  took(value: number | bigint): void;
  notified(byte: number): void;
}

/** A call that can be led: `next()` takes the step that the last `next()` announced. */
export type Led<T> = Generator<Step, T, unknown>;

/** A method of the real class, as the instrumented one has it. */
export type Instrumented<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Led<R> : C[K];
};

export interface InstrumentedPackage {
  OneToOneProducer: new (memory: SharedArrayBuffer) => Instrumented<api.OneToOneProducer>;
  OneToOneConsumer: new (memory: SharedArrayBuffer) => Instrumented<api.OneToOneConsumer>;
  ManyToOneProducer: new (memory: SharedArrayBuffer) => Instrumented<api.ManyToOneProducer>;
  ManyToOneConsumer: new (memory: SharedArrayBuffer) => Instrumented<api.ManyToOneConsumer>;
  BroadcastProducer: new (memory: SharedArrayBuffer) => Instrumented<api.BroadcastProducer>;
  BroadcastConsumer: new (memory: SharedArrayBuffer) => Instrumented<api.BroadcastConsumer>;
}

/** In the order in which one may stand on the other. */
const FILES = [
  'layout',
  'errors',
  'status',
  'region',
  'ring',
  'door',
  'wait',
  'wait-async',
  'records',
  'copy',
  'producer',
  'consumer',
  'one-to-one-producer',
  'one-to-one-consumer',
  'many-to-one-producer',
  'many-to-one-consumer',
  'broadcast-producer',
  'broadcast-consumer',
];
/** What runs before the threads do, or does not block: left as it is. */
const PLAIN_FILES = new Set(['layout', 'errors', 'status', 'region', 'wait-async', 'records']);
const PLAIN_NAMES = new Set([
  ...['trailerWord', 'checkMessage', 'checkRange', 'records', 'waitAsync'],
  ...['busySpin', 'yielding', 'backOff', 'parking'],
]);
/** Built-in methods of views that touch many elements at once. */
const BULK = new Set(['set', 'fill']);

/** The classes of this package, led by `leader`. */
export function instrumentedPackage(leader: () => Leader): InstrumentedPackage {
  const sources = FILES.map((name) => ({ name, source: parse(name) }));
  const generators = new Set<string>();
  for (const { name, source } of sources) if (!PLAIN_FILES.has(name)) collectNames(source, generators);
  generators.add('poll').add('#outcome');
  // The constructor of the broadcast consumer looks at the ring once, before its thread runs.
  generators.delete('#catchUp');
  const code = sources
    .map(({ name, source }) => emit(source, PLAIN_FILES.has(name) ? undefined : generators))
    .join('\n');
  const names =
    'OneToOneProducer, OneToOneConsumer, ManyToOneProducer, ManyToOneConsumer, BroadcastProducer, BroadcastConsumer';
  return new Function('$get', '$set', '$atomic', '$bulk', `${code}\nreturn { ${names} };`)(
    ...steps(leader),
  ) as InstrumentedPackage;
}

function parse(name: string): ts.SourceFile {
  const text = readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), 'utf8');
  return ts.createSourceFile(`${name}.ts`, text, ts.ScriptTarget.ES2022, true);
}

function collectNames(source: ts.SourceFile, names: Set<string>): void {
  const visit = (node: ts.Node): void => {
    const named = ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node);
    if (named && node.name !== undefined && !PLAIN_NAMES.has(node.name.getText())) names.add(node.name.getText());
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function emit(source: ts.SourceFile, generators: ReadonlySet<string> | undefined): string {
  const transformed = ts.transform(source, [stripModule, ...(generators === undefined ? [] : [generate(generators)])]);
  const text = ts.createPrinter().printFile(transformed.transformed[0]);
  return (
    ts
      .transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
      .outputText.replace(/^export \{\};$/m, '')
      // A thread that looks a thousand times in vain makes a thousand states that differ in nothing else.
      .replace(/MOST_ATTEMPTS = \d+/, 'MOST_ATTEMPTS = 2')
  );
}

/** All files become one: no imports, no exports. */
const stripModule: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory } = context;
  const strip = (node: ts.Statement): ts.Statement | undefined => {
    if (ts.isImportDeclaration(node)) return undefined;
    const kept = ts.canHaveModifiers(node)
      ? node.modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.ExportKeyword)
      : undefined;
    if (ts.isFunctionDeclaration(node)) {
      return factory.updateFunctionDeclaration(
        node,
        kept,
        node.asteriskToken,
        node.name,
        node.typeParameters,
        node.parameters,
        node.type,
        node.body,
      );
    }
    if (ts.isClassDeclaration(node)) {
      return factory.updateClassDeclaration(
        node,
        kept,
        node.name,
        node.typeParameters,
        node.heritageClauses,
        node.members,
      );
    }
    if (ts.isVariableStatement(node)) return factory.updateVariableStatement(node, kept, node.declarationList);
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return undefined;
    return node;
  };
  return factory.updateSourceFile(
    file,
    file.statements.flatMap((node) => strip(node) ?? []),
  );
};

/** Methods and functions become generators; their calls, and every access to an element or an atomic, a `yield*`. */
function generate(names: ReadonlySet<string>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const star = factory.createToken(ts.SyntaxKind.AsteriskToken);
    const led = (callee: ts.Expression, args: readonly ts.Expression[]) =>
      factory.createParenthesizedExpression(
        factory.createYieldExpression(star, factory.createCallExpression(callee, undefined, args)),
      );
    const helper = (name: string, ...args: ts.Expression[]) => led(factory.createIdentifier(name), args);
    const inside = <N extends ts.Node>(node: N) => ts.visitEachChild(node, visitLed, context);

    const visitPlain = (node: ts.Node): ts.Node => {
      if (ts.isMethodDeclaration(node) && names.has(node.name.getText()) && node.body !== undefined) {
        const body = inside(node.body);
        return factory.updateMethodDeclaration(
          node,
          node.modifiers,
          star,
          node.name,
          undefined,
          node.typeParameters,
          node.parameters,
          undefined,
          body,
        );
      }
      if (
        ts.isFunctionDeclaration(node) &&
        node.name !== undefined &&
        names.has(node.name.text) &&
        node.body !== undefined
      ) {
        return factory.updateFunctionDeclaration(
          node,
          undefined,
          star,
          node.name,
          node.typeParameters,
          node.parameters,
          undefined,
          inside(node.body),
        );
      }
      // What a door is given to look with, in constructors.
      if (ts.isArrowFunction(node) && ts.isNewExpression(node.parent)) {
        const block = ts.isBlock(node.body)
          ? node.body
          : factory.createBlock([factory.createReturnStatement(node.body)]);
        const generator = factory.createFunctionExpression(
          undefined,
          star,
          undefined,
          undefined,
          node.parameters,
          undefined,
          inside(block),
        );
        return factory.createCallExpression(
          factory.createPropertyAccessExpression(factory.createParenthesizedExpression(generator), 'bind'),
          undefined,
          [factory.createThis()],
        );
      }
      return ts.visitEachChild(node, visitPlain, context);
    };

    const visitLed = (node: ts.Node): ts.Node => {
      if (ts.isArrowFunction(node)) return node;
      if (ts.isBinaryExpression(node) && ts.isElementAccessExpression(node.left)) {
        const operators: Partial<Record<ts.SyntaxKind, ts.BinaryOperator>> = {
          [ts.SyntaxKind.PlusEqualsToken]: ts.SyntaxKind.PlusToken,
        };
        const target = [node.left.expression, node.left.argumentExpression].map(
          (part) => visitLed(part) as ts.Expression,
        );
        const right = visitLed(node.right) as ts.Expression;
        if (node.operatorToken.kind === ts.SyntaxKind.EqualsToken) return helper('$set', target[0], target[1], right);
        const operator = operators[node.operatorToken.kind];
        if (operator !== undefined) {
          const sum = factory.createBinaryExpression(helper('$get', target[0], target[1]), operator, right);
          return helper('$set', target[0], target[1], sum);
        }
      }
      if (ts.isElementAccessExpression(node)) {
        return helper(
          '$get',
          visitLed(node.expression) as ts.Expression,
          visitLed(node.argumentExpression) as ts.Expression,
        );
      }
      if (ts.isCallExpression(node)) {
        const args = node.arguments.map((argument) => visitLed(argument) as ts.Expression);
        const { expression } = node;
        if (ts.isPropertyAccessExpression(expression)) {
          const name = expression.name.text;
          if (expression.expression.getText() === 'Atomics')
            return helper('$atomic', factory.createStringLiteral(name), ...args);
          const object = visitLed(expression.expression) as ts.Expression;
          if (names.has(name))
            return led(factory.updatePropertyAccessExpression(expression, object, expression.name), args);
          if (BULK.has(name)) return helper('$bulk', object, factory.createStringLiteral(name), ...args);
        } else if (ts.isIdentifier(expression) && names.has(expression.text)) return led(expression, args);
      }
      return ts.visitEachChild(node, visitLed, context);
    };
    return ts.visitEachChild(file, visitPlain, context);
  };
}

type View = Int32Array | Uint8Array | BigInt64Array;

/** What the instrumented code calls instead of touching shared memory. What is not shared is touched at once. */
function steps(leader: () => Leader) {
  const isShared = (view: unknown): view is View => ArrayBuffer.isView(view) && view.buffer === leader().memory;
  const step = (view: View, index: number, count: number, atomic: boolean, writes: boolean, text: string): Step => {
    const size = view.BYTES_PER_ELEMENT;
    const from = view.byteOffset + index * size;
    return { atomic, writes, from, to: from + count * size, text };
  };
  function* get(view: View, index: number): Led<unknown> {
    if (!isShared(view)) return view[index];
    yield step(view, index, 1, false, false, `load ${index}`);
    leader().took(view[index]);
    return view[index];
  }
  function* set(view: View, index: number, value: never): Led<unknown> {
    if (isShared(view)) yield step(view, index, 1, false, true, `store ${index}`);
    view[index] = value;
    return value;
  }
  function* bulk(view: View, method: 'set' | 'fill', ...args: never[]): Led<unknown> {
    if (isShared(view)) {
      const [first, second, third] = args as unknown as [View | bigint, number, number?];
      const count = typeof first === 'bigint' ? (third ?? view.length) - second : first.length;
      yield step(view, second, count, false, true, `${method} ${second}`);
    }
    return (view[method] as (...args: never[]) => unknown).apply(view, args);
  }
  function* atomic(operation: string, view: View, index: number, ...args: number[]): Led<unknown> {
    const run = () =>
      (Atomics as unknown as Record<string, (...args: unknown[]) => number>)[operation](view, index, ...args);
    if (!isShared(view)) return run();
    const announced = step(view, index, 1, true, operation !== 'load' && operation !== 'wait', `${operation} ${index}`);
    if (operation === 'wait') {
      yield { ...announced, sleepsOn: args[0] };
      return 'ok';
    }
    yield announced;
    if (operation === 'notify') {
      leader().notified(announced.from);
      return 0;
    }
    const result = run();
    leader().took(result);
    return result;
  }
  return [get, set, atomic, bulk];
}
