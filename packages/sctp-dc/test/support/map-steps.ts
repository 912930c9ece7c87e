/** Steps that `work` takes in maps: what is looked up, and what is walked over. A measure of work that no clock can disturb. */
export function mapSteps(work: () => void): number {
  const iterator = Object.getPrototypeOf(new Map().keys()) as { next: () => IteratorResult<unknown> };
  const { delete: remove, get, has } = Map.prototype;
  const { next } = iterator;
  let steps = 0;
  const counted = <F extends (...args: never[]) => unknown>(of: F): F =>
    function (this: unknown, ...args: Parameters<F>) {
      steps++;
      return of.apply(this, args);
    } as F;
  Object.assign(Map.prototype, { delete: counted(remove), get: counted(get), has: counted(has) });
  iterator.next = counted(next);
  try {
    work();
  } finally {
    Object.assign(Map.prototype, { delete: remove, get, has });
    iterator.next = next;
  }
  return steps;
}
