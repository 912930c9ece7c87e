import { AttributeType, type StunWriter } from '@hawser/stun';
import { AddressFamily, writeAddressFamily, writeEvenPort, writeRequestedTransport } from '../attributes.ts';
import type { ResolvedClientConfig } from './config.ts';

/** The attributes of an Allocate request, but for the credentials (RFC 8656 7.1). */
export function writeAllocate(writer: StunWriter, config: ResolvedClientConfig, dontFragment: boolean): void {
  writeRequestedTransport(writer);
  if (config.lifetimeSeconds !== undefined) writer.u32(AttributeType.lifetime, config.lifetimeSeconds);
  if (config.family === 'ipv6') {
    writeAddressFamily(writer, AttributeType.requestedAddressFamily, AddressFamily.ipv6);
  } else if (config.family === 'dual') {
    writeAddressFamily(writer, AttributeType.additionalAddressFamily, AddressFamily.ipv6);
  }
  if (config.evenPort !== undefined) writeEvenPort(writer, config.evenPort === 'even-and-reserve');
  if (config.reservationToken !== undefined) {
    writer.attribute(AttributeType.reservationToken, config.reservationToken);
  }
  if (dontFragment) writer.flag(AttributeType.dontFragment);
}
