/** One text for one value: fields in order of name, bytes in hex, functions left out. Equal data give equal texts. */
export function describe(value: unknown): string {
  if (value instanceof Uint8Array)
    return `<${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}>`;
  if (ArrayBuffer.isView(value)) return describe(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (Array.isArray(value)) return `[${value.map(describe).join(' ')}]`;
  if (value instanceof Set) return `{${[...value].map(describe).sort().join(' ')}}`;
  if (value instanceof Map) return describe(Object.fromEntries(value));
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => typeof field !== 'function')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${name}: ${describe(field)}`).join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
