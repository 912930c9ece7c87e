/** What this file uses of the JavaScript interface of WebAssembly; hosts without it, and without its SIMD, exist. */
interface WasmHost {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

declare const WebAssembly: WasmHost | undefined;
declare const atob: (base64: string) => string;

/** Linear memory that a kernel exports. Its `buffer` stays the same: our kernels never grow. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/**
 * Compiles a kernel: a small WebAssembly module whose text is a package's `src/kernel/*.wat`.
 *
 * @param base64 the module, as `*.wasm.ts` carries it
 * @param imports what it imports, by module and name: the memory of another kernel
 * @returns what the module exports; undefined where the host cannot run it: then do without
 */
export function instantiateKernel<Exports>(
  base64: string,
  imports: Readonly<Record<string, object>> = {},
): Exports | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  if (!WebAssembly.validate(bytes)) return undefined;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as Exports;
}
