import { Network, type SimSocket } from '@hawser/netsim';

const network = new Network('seed 7');
const cloud = network.addCloud();
const alice = network.addHost('alice', { interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] });
const bob = network.addHost('bob', { interfaces: [{ name: 'eth0', addresses: ['192.0.2.9'] }] });
const access = cloud.attach(alice.interface('eth0'), { delayMs: 20, rateBps: 1e6, loss: 0.01 });
cloud.attach(bob.interface('eth0'), { delayMs: 5, jitterMs: 2 });

export const answeredAtMs: number[] = [];
const echo: SimSocket = bob.bind('192.0.2.9', 7, (packet) => {
  echo.send(packet.bytes, 0, packet.bytes.length, packet.source, packet.sourcePort);
});
const socket = alice.bind('10.0.0.1', 0, () => answeredAtMs.push(network.clock.now));
network.clock.schedule(0, () => socket.send(new Uint8Array(1000), 0, 1000, '192.0.2.9', 7));
network.clock.schedule(100, () => access.cut());
network.clock.schedule(101, () => socket.send(new Uint8Array(1000), 0, 1000, '192.0.2.9', 7));
network.clock.runUntilIdle();
