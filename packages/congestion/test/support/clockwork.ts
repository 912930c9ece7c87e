interface Planned {
  readonly when: number;
  readonly order: number;
  readonly what: () => void;
}

/** Virtual time: what is to happen, in order; at one time in the order in which it was planned. */
export class Clockwork {
  now = 0;
  readonly #heap: Planned[] = [];
  #order = 0;

  at(when: number, what: () => void): void {
    const planned = { when, order: this.#order++, what };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(planned);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(heap[parent], planned)) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = planned;
  }

  runUntil(end: number): void {
    while (this.#heap.length > 0 && this.#heap[0].when <= end) {
      this.now = this.#heap[0].when;
      this.#pop().what();
    }
    this.now = end;
  }

  #pop(): Planned {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop() as Planned;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (before(last, heap[child])) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.when < b.when || (a.when === b.when && a.order < b.order);
}
