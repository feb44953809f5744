// @ts-check
// `npm run screenshots -- [--model name|file] [--data folder] [--out folder] [--whole]`: takes screenshots of the dashboard and the report of a real run, for docs/images.
// By default the run is trained on handwritten digits; --whole captures full pages.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { findChromium, noChromium } from '../testing/find-chromium.mjs';

/** Maximum bytes of a screenshot, because it is shown in a README. */
const limit = 150_000;
/** Number of images of each digit. */
const perClass = 24;
const epochs = 8;
/** Timeout in milliseconds. */
const patience = 300_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'ppocr-v4-rec' },
    data: { type: 'string' },
    mean: { type: 'string' },
    std: { type: 'string' },
    whole: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'docs/images') },
  },
});

/** Viewports, with heights that look equal side by side. */
const views = /** @type {const} */ ({
  desktop: { viewport: { width: 1100, height: 1560 }, colorScheme: 'light', deviceScaleFactor: 1 },
  phone: { viewport: { width: 360, height: 1580 }, colorScheme: 'dark', deviceScaleFactor: 1 },
});

/** Writes some digits of each class as a folder of images. @param {string} folder */
async function someDigits(folder) {
  const { writeDigits } = await import(pathToFileURL(join(root, 'apps/demo/dist/digits.js')).href);
  const all = await writeDigits();
  for (const name of readdirSync(all).filter((one) => /^\d$/.test(one))) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const file of readdirSync(join(all, name)).slice(0, perClass))
      cpSync(join(all, name, file), join(folder, name, file));
  }
  return folder;
}

/** @param {Buffer} png @param {string} name */
async function keep(png, name) {
  const { size } = await sharp(png)
    .png({ palette: true, colours: 64, effort: 10, compressionLevel: 9 })
    .toFile(join(values.out, name));
  console.log(`${name}: ${(size / 1000).toFixed(0)} kB`);
  if (size > limit && !values.whole) throw new Error(`${name} has ${size} bytes, but the limit is ${limit}.`);
}

const executablePath = findChromium();
if (!executablePath) {
  console.log(`NOT RUN: ${noChromium}`);
  process.exit();
}
const folder = mkdtempSync(join(tmpdir(), 'graft-screenshots-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  mkdirSync(values.out, { recursive: true });
  const data = values.data ?? (await someDigits(join(folder, 'digits')));
  const given = [...(values.mean ? ['--mean', values.mean] : []), ...(values.std ? ['--std', values.std] : [])];
  const run = spawn(
    process.execPath,
    [
      join(root, 'apps/graft/dist/main.js'),
      'finetune',
      '--model',
      values.model,
      '--data',
      data,
      '--out',
      join(folder, 'run'),
      '--unfreeze',
      'all',
      '--epochs',
      String(epochs),
      '--learning-rate',
      '0.003',
      '--dashboard',
      '0',
      ...given,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  run.stderr.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => run.on('close', resolve));
  const address = await waitFor(() => /http:\S+/.exec(said)?.[0]);
  const pages = await Promise.all(
    Object.entries(views).map(async ([name, view]) => ({ name, page: await browser.newPage(view) })),
  );
  for (const { page } of pages) await page.goto(address);
  // In the middle of the second phase, everything on the page has content.
  for (const { page } of pages)
    await page.locator('#stage', { hasText: 'training: all' }).waitFor({ timeout: patience });
  for (const { page } of pages) await page.getByText(`${epochs - 2} of ${epochs}`).waitFor({ timeout: patience });
  for (const { name, page } of pages)
    await keep(await page.screenshot({ fullPage: values.whole }), `dashboard-${name}.png`);
  await ended;
  if (run.exitCode) throw new Error(`The run failed: ${said}`);
  for (const { name, page } of pages) {
    await page.goto(pathToFileURL(join(folder, 'run', 'report.html')).href);
    await keep(await page.screenshot({ fullPage: values.whole }), `report-${name}.png`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Polls a function until it returns something. @template T @param {() => T} question @returns {Promise<NonNullable<T>>} */
async function waitFor(question) {
  for (const end = performance.now() + patience; performance.now() < end; await setTimeout(50)) {
    const answer = question();
    if (answer) return answer;
  }
  throw new Error('The run did not get this far within five minutes.');
}
