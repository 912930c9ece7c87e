import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { MDNS_GROUP_V4, MDNS_GROUP_V6, MDNS_PORT, Subnets } from '@hawser/mdns';
import { splitZone } from '../interfaces.ts';
import type { DatagramHandlers, DatagramSocket } from '../sockets.ts';

/** An interface in one address family, on which multicast DNS is spoken. */
export interface MulticastLink {
  readonly interface: string;
  readonly family: 4 | 6;
  /** Its address that sends: of `family`, link-local IPv6 with its zone. */
  readonly address: string;
  /** All its addresses of both families, with prefix lengths. */
  readonly subnets: readonly string[];
}

/** Where multicast DNS is spoken. The default is the machine's own; a test may have one in memory. */
export interface MulticastNetwork {
  /** The links of now. */
  links(): MulticastLink[];
  /**
   * Opens a link: what its neighbours say to the group or to us comes to the handlers, and `send` reaches them from port
   * 5353. Rejects with the system's error.
   */
  open(link: MulticastLink, handlers: DatagramHandlers): Promise<DatagramSocket>;
}

interface OpenLink {
  readonly link: MulticastLink;
  readonly subnets: Subnets;
  readonly handlers: DatagramHandlers;
}

/**
 * Multicast DNS on this machine's interfaces. On every link two sockets share port 5353 with whoever else has it: one for all
 * links of a family, which hears the group, and one bound to the link's address, which sends, and to which answers to us
 * alone come. Neither keeps the process alive.
 */
class SystemMulticast implements MulticastNetwork {
  readonly #listeners = new Map<4 | 6, GroupListener>();

  links(): MulticastLink[] {
    return multicastLinks();
  }

  async open(link: MulticastLink, handlers: DatagramHandlers): Promise<DatagramSocket> {
    const listener = this.#listeners.get(link.family) ?? new GroupListener(link.family);
    this.#listeners.set(link.family, listener);
    const entry = { link, subnets: new Subnets(link.subnets), handlers };
    const forget = () => {
      if (listener.leave(entry)) this.#listeners.delete(link.family);
    };
    try {
      await listener.join(entry);
      return await openSender(link, handlers, forget);
    } catch (error) {
      forget();
      throw error;
    }
  }
}

/** The network of this machine: one for the process, so that all connections share its sockets. */
export const systemMulticast: MulticastNetwork = new SystemMulticast();

/** Every interface with an address of the family; loopback by IPv4 alone, since IPv6 has no multicast there. */
function multicastLinks(): MulticastLink[] {
  const links: MulticastLink[] = [];
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    const subnets = entries.flatMap(({ cidr }) => (cidr === null ? [] : [cidr])).slice(0, 64);
    const v4 = entries.find(({ family }) => family === 'IPv4');
    if (v4 !== undefined) links.push({ interface: name, family: 4, address: v4.address, subnets });
    const v6 = entries.filter(({ family, internal }) => family === 'IPv6' && !internal);
    const linkLocal = v6.find((entry) => entry.family === 'IPv6' && entry.scopeid !== 0);
    const [first] = v6;
    if (linkLocal !== undefined) {
      links.push({ interface: name, family: 6, address: `${linkLocal.address}%${name}`, subnets });
    } else if (first !== undefined) links.push({ interface: name, family: 6, address: first.address, subnets });
  }
  return links;
}

/** The socket that hears the group on all links of a family, and tells each what its neighbours say. */
class GroupListener {
  readonly #family: 4 | 6;
  readonly #entries = new Set<OpenLink>();
  readonly #socket: Socket;
  readonly #bound: Promise<void>;

  constructor(family: 4 | 6) {
    this.#family = family;
    this.#socket = createMdnsSocket(family, ({ address, port }, bytes) => this.#dispatch(address, port, bytes));
    this.#bound = bind(this.#socket, family === 4 ? '0.0.0.0' : '::');
    // What could not be read is lost as datagrams are; without a listener it would end the process.
    this.#socket.on('error', () => {});
  }

  async join(entry: OpenLink): Promise<void> {
    this.#entries.add(entry);
    await this.#bound;
    const { address, interface: name } = entry.link;
    try {
      // IPv6 names the interface by a zone, IPv4 by an address of it.
      if (this.#family === 4) this.#socket.addMembership(MDNS_GROUP_V4, address);
      else this.#socket.addMembership(MDNS_GROUP_V6, `::%${name}`);
    } catch (error) {
      // A member already: a link that was here before, or another address of its interface. Groups are left with the socket.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }

  /** True when nobody is left and the socket was closed. */
  leave(entry: OpenLink): boolean {
    if (!this.#entries.delete(entry)) return false;
    if (this.#entries.size > 0) return false;
    closeQuietly(this.#socket);
    return true;
  }

  #dispatch(from: string, port: number, bytes: Uint8Array): void {
    const { address, zone } = splitZone(from);
    for (const { link, subnets, handlers } of this.#entries) {
      const isTheirs = zone === undefined ? subnets.isOnLink(address) : zone === link.interface;
      if (!isTheirs) continue;
      handlers.onDatagram(bytes, address, port);
      return;
    }
  }
}

/** The socket that sends on a link. Bound to its address it gets what is sent there, whoever else listens on the port. */
async function openSender(
  link: MulticastLink,
  handlers: DatagramHandlers,
  onClosed: () => void,
): Promise<DatagramSocket> {
  const { family, address, interface: name } = link;
  const socket = createMdnsSocket(family, (from, bytes) => {
    handlers.onDatagram(bytes, splitZone(from.address).address, from.port);
  });
  await bind(socket, address);
  try {
    socket.setMulticastInterface(family === 4 ? address : `::%${name}`);
    // RFC 6762 11: others may check it. Multicast stays on the link whatever it says.
    socket.setMulticastTTL(255);
    socket.setTTL(255);
  } catch (error) {
    closeQuietly(socket);
    throw error;
  }
  socket.on('error', (error: NodeJS.ErrnoException) => handlers.onError(error.code ?? error.message));
  let closed: Promise<void> | undefined;
  return {
    address: splitZone(address).address,
    port: MDNS_PORT,
    send(bytes, offset, length, port, to, done) {
      // Link-local addresses of IPv6, the group's among them, are this interface's.
      const zoned = /^(fe[89ab]|ff02)/.test(to) ? `${to}%${name}` : to;
      if (closed !== undefined) done(Object.assign(new Error('the socket is closed'), { code: 'ERR_SOCKET_CLOSED' }));
      else socket.send(bytes, offset, length, port, zoned, done);
    },
    close() {
      closed ??= new Promise((resolve) => {
        onClosed();
        socket.close(() => resolve());
      });
      return closed;
    },
  };
}

type From = { readonly address: string; readonly port: number };

function createMdnsSocket(family: 4 | 6, onMessage: (from: From, bytes: Uint8Array) => void): Socket {
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    reuseAddr: true,
    ipv6Only: family === 6,
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  socket.on('message', (message, from) => {
    if (from.port !== 0) onMessage(from, new Uint8Array(message.buffer, message.byteOffset, message.length));
  });
  return socket;
}

/** Binds and lets go of the process. Rejects with the system's error, the socket closed then. */
function bind(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      closeQuietly(socket);
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address, port: MDNS_PORT }, () => {
      socket.off('error', fail);
      socket.unref();
      resolve();
    });
  });
}

/** A socket that failed to open may be closed already. */
function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // It is closed: that was to be done.
  }
}
