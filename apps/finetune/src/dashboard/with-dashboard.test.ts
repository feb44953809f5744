import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Callback } from '@graft/train';
import { chromium } from 'playwright-core';
import { beforeAll, expect, test, vi } from 'vitest';
import { findChromium, noChromium } from '../../../../tools/release/find-chromium.mjs';
import { colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { LiveRun, type Watchable } from './live-run.ts';
import { Pace } from './pace.ts';

const folder = workFolder();
const [data, model] = [join(folder, 'colours'), put(tinyBackbone({ side: 32 }), folder, 'tiny.onnx')];
const evil = '<img src=x onerror=document.title=1>&"\'';
beforeAll(async () => {
  await colourFolder(data, 12);
  cpSync(join(data, 'red'), join(data, evil), { recursive: true });
});
let count = 0;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
/** A run, and its page's port. */
async function run(...more: string[]): Promise<{ out: string; port: number; ended: Promise<Ended> }> {
  const [out, port] = [join(folder, `run-${count++}`), await freePort()];
  const ended = graft([
    'finetune',
    '--model',
    model,
    '--data',
    data,
    '--out',
    out,
    '--mean',
    '0.5',
    '--std',
    '0.5',
    '--learning-rate',
    '0.02',
    '--dashboard',
    String(port),
    ...more,
  ]);
  return { out, port, ended };
}
interface Event {
  readonly event: string;
  readonly data: Record<string, string>;
}
/** What a page that listens is sent, until the server ends or the page has heard of the end. */
function listen(port: number): Promise<Event[]> {
  return new Promise((resolve) => {
    const ask = (): void =>
      void get({ host: '127.0.0.1', port, path: '/events', agent: false }, (response) => {
        let text = '';
        const finish = (): void =>
          resolve(
            [...text.matchAll(/event: (.*)\ndata: (.*)\n\n/g)].map(([, event, json]) => ({
              event: event!,
              data: JSON.parse(json!) as Record<string, string>,
            })),
          );
        response
          .on('data', (part: Buffer) => {
            text += String(part);
            if (/event: end\n.*\n\n/.test(text)) response.destroy();
          })
          .on('close', finish);
      }).on('error', () => setTimeout(ask, 5)); // it has not begun yet
    ask();
  });
}
/** The parts of the page as they were at the end. */
const last = (events: readonly Event[]): Record<string, string> =>
  Object.assign({}, ...events.filter(({ event }) => event === 'sections').map((one) => one.data)) as Record<
    string,
    string
  >;

test.each([
  ['with a frozen backbone', ['--epochs', '40']],
  ['with a backbone that learns', ['--epochs', '6', '--unfreeze', 'all']],
])('a page hears of a run %s, from its beginning to its end', { timeout: 60_000 }, async (_, more) => {
  const { port, out, ended } = await run(...more);
  const events = await listen(port);
  expect(await ended).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`graft: the dashboard is at http://127.0.0.1:${port}/\n`),
  });
  expect(events.at(-1)).toEqual({ event: 'end', data: { report: true } });
  const { stage, now, learning, classes, hardest, warnings } = last(events);
  expect(stage).toContain('The run has ended');
  expect(now).toMatch(/<dt>epoch<\/dt><dd>(\d+) of \1<\/dd>/);
  for (const title of ['Loss', 'Accuracy', 'Learning rate', 'Length of the gradient'])
    expect(learning).toContain(`<strong>${title}</strong>`);
  expect(learning).toMatch(/training <b>.*validation <b>/s);
  expect(classes).toContain('&#60;img src=x onerror');
  expect(hardest).toMatch(/<img src="thumbnails\/\d+\.jpg"/);
  expect(warnings).toContain('under another name'); // the same files lie in two classes
  for (const html of Object.values(last(events))) expect(html).not.toContain('<img src=x');
  expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).toMatchObject({ options: { dashboard: port } });
});
test('with and without a dashboard a run ends in the same bytes', { timeout: 60_000 }, async () => {
  const more = ['--epochs', '3', '--unfreeze', 'all'];
  const [seen, plain] = [await run(...more), join(folder, 'plain')];
  const listening = listen(seen.port);
  await seen.ended;
  await listening;
  await graft([
    'finetune',
    '--model',
    model,
    '--data',
    data,
    '--out',
    plain,
    '--mean',
    '0.5',
    '--std',
    '0.5',
    '--learning-rate',
    '0.02',
    ...more,
  ]);
  expect(readFileSync(join(seen.out, 'model.onnx')).equals(readFileSync(join(plain, 'model.onnx')))).toBe(true);
});
test(
  'a run that fails says so to its page, and a port that is taken ends it before it begins',
  { timeout: 60_000 },
  async () => {
    const { port, ended, out } = await run('--unfreeze', '99');
    const events = await listen(port);
    expect((await ended).code).toBe(1);
    expect(events.at(-1)).toEqual({ event: 'end', data: { report: false } });
    expect(last(events)['stage']).toContain('The run ended before its time.</strong>');
    expect(() => readdirSync(out)).toThrow('ENOENT');
    const other = createServer().listen(port, '127.0.0.1');
    expect(
      await graft(['finetune', '--model', model, '--data', data, '--out', out, '--dashboard', String(port)]),
    ).toMatchObject({
      code: 1,
      stderr: `graft: Port ${port} is taken, so the dashboard cannot be there. Give another one, such as --dashboard ${port + 1}, or --dashboard 0 for any that is free.\n`,
    });
    other.close();
    const config = put(
      JSON.stringify({ model: 'tiny.onnx', data: 'colours', dashboard: 70_000 }),
      folder,
      'graft.config.json',
    );
    expect((await graft(['finetune', '--config', config])).stderr).toContain(
      'wants "dashboard" to be true, false or a port from 0 to 65535, got 70000.',
    );
  },
);
test('a page whose time is used up is renewed every five seconds only', { timeout: 60_000 }, async () => {
  const due = vi.spyOn(Pace.prototype, 'isDue', 'get').mockReturnValue(false);
  const spent = vi.spyOn(Pace.prototype, 'spend');
  try {
    const started = performance.now();
    const { port, ended } = await run('--epochs', '120', '--unfreeze', 'all');
    const events = await listen(port);
    await ended;
    expect(events.map(({ event }) => event)).toContain('sections');
    // Once for the page that asks, and once at the first look.
    expect(spent.mock.calls.length).toBeLessThanOrEqual(2 + Math.floor((performance.now() - started) / 5000));
    expect(due).toHaveBeenCalled();
  } finally {
    due.mockRestore();
    spent.mockRestore();
  }
});

test(
  'in Chromium: on a phone, in the dark, by keyboard, to the report at the end',
  { timeout: 60_000 },
  async ({ skip }) => {
    const executablePath = findChromium() ?? skip(noChromium);
    // The run waits in its second phase until the page was looked at.
    let goOn = (): void => {};
    const looked = new Promise<void>((resolve) => (goOn = resolve));
    const { watching } = LiveRun.prototype;
    const spy = vi.spyOn(LiveRun.prototype, 'watching').mockImplementation(function <T extends Watchable>(
      this: LiveRun,
      phase: string,
      options: T,
    ): T {
      const wait: Callback = {
        name: 'wait',
        beforeEpoch: ({ epoch }) => (phase === 'all' && epoch === 2 ? looked : undefined),
      };
      return watching.call(this, phase, { ...options, callbacks: [...options.callbacks, wait] }) as T;
    });
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({
        viewport: { width: 360, height: 640 },
        colorScheme: 'dark',
        reducedMotion: 'no-preference',
      });
      const [problems, elsewhere]: [string[], string[]] = [[], []];
      page
        .on('pageerror', ({ message }) => problems.push(message))
        .on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      const { port, ended } = await run('--epochs', '4', '--unfreeze', 'all');
      page.on(
        'request',
        (request) =>
          new URL(request.url()).port !== String(port) &&
          !/^(data|blob):/.test(request.url()) &&
          elsewhere.push(request.url()),
      );
      await vi.waitFor(
        () => {
          problems.length = 0; // that the server did not listen yet
          return page.goto(`http://127.0.0.1:${port}/`);
        },
        { timeout: 20_000 },
      );
      await page.locator('#learning figure').nth(3).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(13, 17, 23)');
      // By keyboard: the first thing is the button, and tables that are wider than the page can be moved.
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('pause');
      await page.keyboard.press('Enter');
      expect(await page.locator('#pause').textContent()).toBe('Go on');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Scores of each class',
      );
      await page.locator('#classes').getByText(evil).first().waitFor();
      goOn();
      expect((await ended).code).toBe(0);
      await page.getByText('The run has ended').waitFor();
      // What it was is kept, focus and all, though the server is gone; and so is the report.
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Scores of each class',
      );
      const [report] = await Promise.all([
        page.context().waitForEvent('page'),
        page.getByRole('link', { name: 'Open the report' }).click(),
      ]);
      await report.getByRole('heading', { name: 'tiny.onnx on 4 classes' }).waitFor();
      expect(await report.evaluate(() => getComputedStyle(document.querySelector('table')!).borderCollapse)).toBe(
        'collapse',
      ); // its style is let through
      expect(
        await report.evaluate(() => [
          document.images.length > 3,
          [...document.images].every(({ naturalWidth }) => naturalWidth > 0),
        ]),
      ).toEqual([true, true]);
      expect([problems, elsewhere, await page.title()]).toEqual([[], [], 'tiny.onnx on colours']);
    } finally {
      goOn();
      spy.mockRestore();
      await browser.close();
    }
  },
);
