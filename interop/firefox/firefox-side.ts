/**
 * Firefox's process: serves the page that Chromium gets too, drives Debian's Firefox headless over WebDriver BiDi, and
 * passes calls of its parent on to the page. One JSON-RPC message a line on standard input and output.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import { type Browser, launch, type Page } from 'puppeteer-core';

const EXECUTABLE = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

const PAGE_FILES = new Map([
  ['/', ['../chromium/page/index.html', 'text/html']],
  ['/page.js', ['../chromium/page/page.js', 'text/javascript']],
  ['/exchange.js', ['../exchange/side.js', 'text/javascript']],
]);

/** A camera and a microphone that are made up, and permitted: so Firefox uses all its addresses, and names them. */
const PREFERENCES = {
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  'media.navigator.streams.fake': true,
  // The machine has no way to the world; that is not to be offline.
  'network.manage-offline-status': false,
  'network.connectivity-service.enabled': false,
  'network.captive-portal-service.enabled': false,
};

function servePage(): Promise<number> {
  const server = createServer((request, response) => {
    const [file, type] = PAGE_FILES.get(request.url ?? '') ?? [];
    if (file === undefined || type === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': type });
    createReadStream(fileURLToPath(new URL(file, import.meta.url))).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    server.unref();
  });
}

let browser: Browser | undefined;
let page: Page;

const rpc = new JsonRpcPeer(process.stdin, process.stdout);

rpc.on('launch', async (params) => {
  const { loopback } = params as { loopback: boolean };
  const port = await servePage();
  browser = await launch({
    browser: 'firefox',
    executablePath: EXECUTABLE,
    headless: true,
    extraPrefsFirefox: { ...PREFERENCES, 'media.peerconnection.ice.loopback': loopback },
  });
  page = await browser.newPage();
  await page.goto(`http://localhost:${port}/`);
  return { version: (await browser.version()).replace(/^firefox\//i, '') };
});

rpc.on('peer', (params) => {
  const { name, args } = params as { name: string; args: unknown };
  return page.evaluate(
    (method, argument) => {
      const { peer } = globalThis as unknown as { peer: Record<string, (argument: unknown) => unknown> };
      return peer[method](argument);
    },
    name,
    args,
  );
});

rpc.on('exit', async () => {
  await browser?.close();
  setImmediate(() => process.exit(0));
});

process.stdin.on('end', () => process.exit(1));
