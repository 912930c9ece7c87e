import { StunClass, StunMethod, StunReader, StunWriter, shortTermKey, TransportAddress } from '@hawser/stun';

const key = shortTermKey('VOkJxbRl1RmTxUk/WvJxBt');
const packet = new Uint8Array(1280);

const writer = new StunWriter(); // the answer to a check, in the caller's memory
writer.begin(packet, 0, packet.length, StunClass.success, StunMethod.binding, new Uint8Array(12), 0);
const seen = new TransportAddress();
seen.set('192.0.2.1', 32853);
writer.xorMappedAddress(seen);
writer.integrity(key);
writer.fingerprint();
const length = writer.finish(); // -1 if it did not fit

const reader = new StunReader(); // the other side: parse, authenticate, only then act
const ok = reader.parse(packet, 0, length) === 0 && reader.verifyFingerprint() && reader.verifyIntegrity(key);
const mapped = new TransportAddress();
if (ok && reader.first()) reader.xorAddress(mapped);
export const reflexive = `${mapped.text()}:${mapped.port}`; // 192.0.2.1:32853
