import type { SimHost, SimSocket } from '@hawser/netsim';
import { StunClass, StunMethod, StunReader, StunWriter, TransportAddress } from '@hawser/stun';

/** A Binding server on a host of the simulation; `dead` ones take requests and say nothing. */
export class StunServerHost {
  requests = 0;
  dead = false;
  /** Answers with this error code instead. */
  errorCode = 0;
  readonly #socket: SimSocket;

  constructor(host: SimHost, address: string, port = 3_478) {
    const reader = new StunReader();
    const writer = new StunWriter();
    const source = new TransportAddress();
    this.#socket = host.bind(address, port, (packet) => {
      if (reader.parse(packet.bytes, 0, packet.bytes.length) !== 0) return;
      if (reader.cls !== StunClass.request || reader.method !== StunMethod.binding) return;
      this.requests++;
      if (this.dead) return;
      const out = new Uint8Array(200);
      const id = packet.bytes.slice(8, 20);
      const cls = this.errorCode > 0 ? StunClass.error : StunClass.success;
      writer.begin(out, 0, 200, cls, StunMethod.binding, id, 0);
      source.set(packet.source, packet.sourcePort);
      if (this.errorCode > 0) writer.errorCode(this.errorCode);
      else writer.xorMappedAddress(source);
      this.#socket.send(out, 0, writer.finish(), packet.source, packet.sourcePort);
    });
  }
}
