import { allocateRing, OneToOneConsumer, OneToOneProducer } from '@hawser/ringbuffer';

const memory = allocateRing('one-to-one', 1 << 16); // a SharedArrayBuffer: hand it to a worker as workerData

const producer = new OneToOneProducer(memory); // in one thread
producer.write(1, new TextEncoder().encode('copied in'));
const at = producer.tryClaim(2, 8); // or written in place; negative when there is no room now
producer.view.setFloat64(at, Math.E);
producer.commit(at);
producer.close();

const consumer = new OneToOneConsumer(memory); // in the other
export const got: string[] = [];
while (consumer.wait() === 'ready') {
  consumer.read((type, bytes, offset, length) => {
    if (type === 1) got.push(new TextDecoder().decode(bytes.slice(offset, offset + length)));
    else got.push(consumer.view.getFloat64(offset).toFixed(3));
  });
}
