/**
 * The browser's process: serves the page on localhost, drives Chromium headless, and passes calls of its parent on to the
 * page. One JSON-RPC message a line on standard input and output. Run inside the browser's network namespace.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import { type Browser, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const PAGE_FILES = new Map([
  ['/', ['page/index.html', 'text/html']],
  ['/page.js', ['page/page.js', 'text/javascript']],
  ['/exchange.js', ['../exchange/side.js', 'text/javascript']],
]);

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

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
let address: string;

/** Opens the page. Where it may not use camera and microphone, the browser tells names of multicast DNS for its addresses. */
async function openPage(from: Browser, mayUseMedia: boolean): Promise<void> {
  const context = await from.newContext({ permissions: mayUseMedia ? ['camera', 'microphone'] : [] });
  page = await context.newPage();
  await page.exposeFunction('notify', (event: string, params: unknown) => rpc.notify(event, params));
  page.on('pageerror', (error) => rpc.notify('page-error', error.message));
  await page.goto(address);
}

const rpc = new JsonRpcPeer(process.stdin, process.stdout);

rpc.on('launch', async (params) => {
  const { loopback } = params as { loopback: boolean };
  const port = await servePage();
  const args = loopback ? [...ARGUMENTS, '--allow-loopback-in-peer-connection'] : ARGUMENTS;
  browser = await chromium.launch({ executablePath: EXECUTABLE, headless: true, args });
  address = `http://localhost:${port}/`;
  await openPage(browser, true);
  return { version: browser.version() };
});

rpc.on('peer', (params) => {
  const { name, args } = params as { name: string; args: unknown };
  return page.evaluate(
    ([method, argument]) => {
      const { peer } = globalThis as unknown as { peer: Record<string, (argument: unknown) => unknown> };
      return peer[method](argument);
    },
    [name, args] as [string, unknown],
  );
});

rpc.on('permit', async (params) => {
  const { permitted } = params as { permitted: boolean };
  if (browser === undefined) throw new Error('the browser is not running');
  await page.context().close();
  await openPage(browser, permitted);
});

rpc.on('reload', async () => {
  await page.reload();
});

rpc.on('exit', async () => {
  await browser?.close();
  setImmediate(() => process.exit(0));
});

process.stdin.on('end', () => process.exit(1));
