/**
 * Child of the namespace tests. `serve <address…>` answers every datagram on port 7777 of each address, from that address;
 * `ping <local> <remote> <count>` sends so many at once and prints how many came back, or the error that a send met.
 */
import { createSocket } from 'node:dgram';

const PORT = 7777;
const PAYLOAD_BYTES = 1000;
/** Much longer than a round trip between namespaces takes, so that silence means loss. */
const WAIT_MS = 300;

const [mode, ...operands] = process.argv.slice(2);
if (mode === 'serve') serve(operands);
else ping(operands[0], operands[1], Number(operands[2]));

function serve(addresses: readonly string[]): void {
  let listening = 0;
  for (const address of addresses) {
    // One socket per address: an unbound one would answer from whichever address the default route suggests.
    const socket = createSocket('udp4');
    socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
    socket.bind(PORT, address, () => {
      if (++listening === addresses.length) process.stdout.write('listening\n');
    });
  }
}

function ping(local: string, remote: string, count: number): void {
  const socket = createSocket('udp4');
  let got = 0;
  let refused: string | undefined;
  const end = () => {
    clearTimeout(silence);
    process.stdout.write(refused ?? String(got));
    socket.close();
  };
  const silence = setTimeout(end, WAIT_MS);
  socket.on('message', () => {
    if (++got === count) end();
  });
  socket.bind(0, local, () => {
    for (let i = 0; i < count; i++) socket.send(new Uint8Array(PAYLOAD_BYTES), PORT, remote, noteError);
  });
  function noteError(error: Error | null): void {
    if (error !== null) refused = error.message;
  }
}
