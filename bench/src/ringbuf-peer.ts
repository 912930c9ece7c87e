/** What the benches use of ringbuf.js. */
export interface RingbufModule {
  readonly RingBuffer: {
    new (memory: SharedArrayBuffer, type: Uint8ArrayConstructor): RingbufRing;
    getStorageForCapacity(capacity: number, type: Uint8ArrayConstructor): SharedArrayBuffer;
  };
}

export interface RingbufRing {
  push(elements: Uint8Array): number;
  pop(elements: Uint8Array): number;
  availableRead(): number;
  availableWrite(): number;
}
