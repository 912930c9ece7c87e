/** A DNS message written plainly, to be read by what is under test: no pointers, one record after the other. */
export interface PlainRecord {
  readonly name: string;
  readonly type: number;
  readonly cls?: number;
  readonly ttl?: number;
  readonly rdata?: readonly number[];
}

/** Sections in their order; questions have name, type and class only. */
export interface PlainMessage {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly PlainRecord[];
  readonly answers?: readonly PlainRecord[];
  readonly authority?: readonly PlainRecord[];
  readonly additional?: readonly PlainRecord[];
}

export const A = 1;
export const AAAA = 28;
export const NSEC = 47;
export const RESPONSE = 0x8400;
export const QU = 0x8001;
export const FLUSH = 0x8001;

export function message({
  id = 0,
  flags = 0,
  questions = [],
  answers = [],
  authority = [],
  additional = [],
}: PlainMessage): Uint8Array {
  const sections = [questions, answers, authority, additional];
  return new Uint8Array([
    ...u16(id),
    ...u16(flags),
    ...sections.flatMap((section) => u16(section.length)),
    ...questions.flatMap(({ name, type, cls = 1 }) => [...wireName(name), ...u16(type), ...u16(cls)]),
    ...[...answers, ...authority, ...additional].flatMap(recordBytes),
  ]);
}

/** A response that says one address of a name. */
export function answer(name: string, address: string, ttl = 120): Uint8Array {
  return message({ flags: RESPONSE, answers: [addressRecord(name, address, ttl)] });
}

/** An A record. */
export function addressRecord(name: string, address: string, ttl = 120): PlainRecord {
  return { name, type: A, cls: FLUSH, ttl, rdata: address.split('.').map(Number) };
}

export function wireName(text: string): number[] {
  const labels = text === '' ? [] : text.split('.');
  return [...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
}

function recordBytes({ name, type, cls = 1, ttl = 120, rdata = [] }: PlainRecord): number[] {
  return [
    ...wireName(name),
    ...u16(type),
    ...u16(cls),
    ...u16(ttl >>> 16),
    ...u16(ttl & 0xffff),
    ...u16(rdata.length),
    ...rdata,
  ];
}

function u16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}
