export { BroadcastConsumer } from './broadcast-consumer.ts';
export { BroadcastProducer } from './broadcast-producer.ts';
export { Consumer } from './consumer.ts';
export type { WaitOutcome } from './door.ts';
export { RingBufferError, type RingBufferErrorCode } from './errors.ts';
export {
  ALIGNMENT_BYTES,
  HEADER_BYTES,
  MAX_CAPACITY_BYTES,
  MIN_CAPACITY_BYTES,
  type RingKind,
  TRAILER_BYTES,
} from './layout.ts';
export { ManyToOneConsumer } from './many-to-one-consumer.ts';
export { ManyToOneProducer } from './many-to-one-producer.ts';
export { OneToOneConsumer } from './one-to-one-consumer.ts';
export { OneToOneProducer } from './one-to-one-producer.ts';
export { Producer } from './producer.ts';
export type { RecordsOptions } from './records.ts';
export { allocateLocalRing, allocateRing, formatRing, type RingMemory, ringBytes } from './region.ts';
export { BoundedRing, Ring } from './ring.ts';
export {
  Action,
  CORRUPT,
  type ControlledHandler,
  INSUFFICIENT_CAPACITY,
  LAPPED,
  type RecordHandler,
  type RingRecord,
} from './status.ts';
export { backOff, busySpin, parking, type WaitStrategy, yielding } from './wait.ts';
export type { AsyncWaitOptions } from './wait-async.ts';
