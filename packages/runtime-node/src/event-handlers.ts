/**
 * Event handler attributes (`onopen`, `onmessage` …) as the DOM defines them: at most one a type, replaceable, called
 * among the listeners in the place where it was first set.
 */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #handlers = new Map<string, ((event: never) => void) | null>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get<E extends Event>(type: string): ((event: E) => void) | null {
    return (this.#handlers.get(type) ?? null) as ((event: E) => void) | null;
  }

  set<E extends Event>(type: string, handler: ((event: E) => void) | null): void {
    if (!this.#handlers.has(type)) {
      this.#target.addEventListener(type, (event) => this.#handlers.get(type)?.(event as never));
    }
    this.#handlers.set(type, handler as ((event: never) => void) | null);
  }
}
