// @ts-check
// Bundles a project with Vite and runs it in Chromium.
import { createServer } from 'node:http';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { findChromium, noChromium } from '../testing/find-chromium.mjs';
import { run } from './npm.mjs';

const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
});

/**
 * Bundles the project in a folder, measures the bundle and runs it.
 * @param {string} folder
 * @param {{ limit: number, accuracy: number }} bars bytes that the page may load, compressed, and the accuracy that it must exceed
 * @returns {Promise<string>} sizes, and what the page has learned @throws if it learns nothing
 */
export async function inBrowser(folder, { limit, accuracy }) {
  await build({ root: folder, logLevel: 'error', base: './', build: { modulePreload: false } });
  const { script, wasm } = await bundleSizes(folder, limit);
  const sizes = `bundle ${kilobytes(script)} of script and ${kilobytes(wasm)} of kernels, compressed`;
  const executablePath = findChromium();
  if (!executablePath) return `${sizes}; NOT RUN: ${noChromium}`;
  const server = createServer((request, response) => {
    const path = join(
      folder,
      'dist',
      new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '/index.html'),
    );
    if (!existsSync(path)) return void response.writeHead(404).end();
    // Threads can share memory only in cross-origin isolated pages.
    response
      .writeHead(200, {
        'content-type': types[extname(path)] ?? 'application/octet-stream',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      })
      .end(readFileSync(path));
  });
  await /** @type {Promise<void>} */ (new Promise((resolve) => server.listen(0, '127.0.0.1', resolve)));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const problems = [];
    page
      .on('pageerror', (error) => problems.push(error.message))
      .on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`);
    const answer = await page
      .waitForFunction(
        () =>
          document.querySelector('#answer')?.textContent?.startsWith('{') &&
          document.querySelector('#answer')?.textContent,
        undefined,
        { timeout: 240_000 },
      )
      .catch((error) => {
        throw new Error(`The page did not finish: ${problems.join('; ') || error.message}`);
      });
    const said = JSON.parse(String(await answer.jsonValue()));
    if (problems.length || said.failed?.length || !(said.accuracy > accuracy))
      throw new Error(`The page says ${JSON.stringify(said)}; ${problems.join('; ')}`);
    return `${sizes}; in Chromium it says: ${JSON.stringify(said)}`;
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

/**
 * Bytes after gzip, of all scripts together and of the larger of the two kernels, of which a page loads one.
 * @param {string} folder a project that was built @param {number} limit @throws if they are over it
 */
async function bundleSizes(folder, limit) {
  const kernels = readdirSync(join(folder, 'dist/assets'))
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => ({ name, path: join(folder, 'dist/assets', name), gzip: true }));
  const config = join(folder, '.size-limit.json');
  writeFileSync(
    config,
    JSON.stringify([{ name: 'script', path: join(folder, 'dist/assets/*.js'), gzip: true }, ...kernels]),
  );
  const bin = join(dirname(createRequire(import.meta.url).resolve('size-limit/package.json')), 'bin.js');
  /** @type {{ name: string, size: number }[]} */
  const measured = JSON.parse(
    await run(process.execPath, [bin, '--json', '--config', config], fileURLToPath(new URL('.', import.meta.url))),
  );
  const script = measured.find(({ name }) => name === 'script')?.size ?? Number.NaN;
  const wasm = Math.max(0, ...measured.filter(({ name }) => name !== 'script').map(({ size }) => size));
  if (!(script + wasm <= limit))
    throw new Error(
      `The bundle has ${kilobytes(script)} of script and ${kilobytes(wasm)} of kernels, compressed, but the limit is ${kilobytes(limit)}.`,
    );
  return { script, wasm };
}

const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
