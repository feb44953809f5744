import { once } from 'node:events';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, weightsOf } from '@graft/layers';
import { adamW, Optimizer } from '@graft/optimizers';
import { markup, reportPage, shortNumber } from '@graft/report';
import { classification } from '@graft/tasks';
import { Random } from '@graft/tensor';
import { accuracy, type Callback, fit } from '@graft/train';
import { chromium } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { findChromium, noChromium } from '../../../../tools/testing/find-chromium.mjs';
import { dashboardCallback } from '../dashboard-callback.ts';
import type { HeldOut, LiveExample } from '../held-out.ts';
import { LiveRun } from '../live-run.ts';
import { thisMachine } from '../machine.ts';
import { type DashboardServer, serveDashboard } from './serve-dashboard.ts';

const evil = '<img src=x onerror=document.title=1>&"\'';
const names = ['red', 'green', 'blue', evil];
/** A PNG of one pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);
const examples: LiveExample[] = Array.from({ length: 40 }, (_, i) => ({
  name: `${names[i % 4]!}/${i}.png`,
  show: async () => ({ picture: { bytes: pixel, type: 'image/png' } }),
}));
const heldOut: HeldOut = { objective: classification, names, examples };

/** Trains a small model. @returns its weights */
async function train(callbacks: readonly Callback[], epochs = 4): Promise<unknown> {
  const random = new Random(5);
  const made = Array.from({ length: 40 }, (_, i) => ({
    input: Float32Array.from({ length: 8 }, (_, k) => random.normal() + (k % 4 === i % 4 ? 1 : 0)),
    label: i % 4,
  }));
  const model = new Linear({ in: 8, out: 4 }).initialize(1);
  const loader = (shuffle: boolean) =>
    new Loader(arrayDataset(made), { batchSize: 8, seed: 1, shuffle, collate: vectorBatch() });
  await fit({
    model,
    loss: crossEntropy(),
    optimizer: new Optimizer(model, adamW({ learningRate: 0.05 })),
    data: loader(true),
    validation: loader(false),
    epochs,
    metrics: [accuracy()],
    callbacks,
  });
  return weightsOf(model);
}

interface Event {
  readonly event: string;
  readonly data: Record<string, string>;
}
/** Connects like a page. `heard` collects all events; `ended` resolves after the end event, when a page disconnects. */
async function listen({ address }: DashboardServer): Promise<{
  readonly heard: Event[];
  readonly ended: Promise<void>;
}> {
  const heard: Event[] = [];
  let text = '';
  const [response] = (await once(get(`${address}events`, { agent: false }), 'response')) as [
    import('node:http').IncomingMessage,
  ];
  const ended = once(response, 'close').then(() => {});
  response.on('data', (part: Buffer) => {
    text += String(part);
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const [, event, json] = /event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      if (event !== undefined) heard.push({ event, data: JSON.parse(json!) as Record<string, string> });
    }
    if (heard.at(-1)?.event === 'end') response.destroy();
  });
  await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 10_000 });
  return { heard, ended };
}
/** The latest version of each part of the page. */
const last = (heard: readonly Event[]): Record<string, string> =>
  Object.assign({}, ...heard.filter(({ event }) => event === 'sections').map(({ data }) => data)) as Record<
    string,
    string
  >;
const request = async (
  url: string,
): Promise<{ status: number; type: string | null; policy: string | null; body: Buffer }> => {
  const response = await fetch(url);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    policy: response.headers.get('content-security-policy'),
    body: Buffer.from(await response.arrayBuffer()),
  };
};

test('a page receives updates from the start to the end of a run', { timeout: 60_000 }, async () => {
  const live = new LiveRun({ heldOut });
  const report = Buffer.from('<!doctype html><p>the report</p>');
  const server = await serveDashboard(live, { title: `${evil} on colours`, port: 0, report: async () => report });
  expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{16}\/$/);
  const { heard, ended } = await listen(server);
  expect(last(heard)).toMatchObject({ stage: 'starting' });
  live.listen({ type: 'warning', message: evil });
  await train([dashboardCallback(live, { phase: 'head' })]);
  const page = await request(server.address);
  expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect(page.policy).toMatch(
    /^default-src 'none'; script-src 'self'; .*style-src 'sha256-\S+' 'sha256-\S+'; .*frame-ancestors 'none'$/,
  );
  expect(String(page.body)).not.toContain('<img src=x');
  expect(await request(`${server.address}live.js`)).toMatchObject({
    status: 200,
    type: 'text/javascript; charset=utf-8',
  });
  expect(await request(`${server.address}report.html`)).toMatchObject({ body: report, policy: page.policy });
  expect(await request(`${server.address}examples/0`)).toMatchObject({ status: 200, type: 'image/png', body: pixel });
  for (const path of ['examples/999', 'examples/-1', 'examples/', 'examples/0.png', 'package.json'])
    expect((await request(server.address + path)).status).toBe(404);
  await server.close({ score: 0.75, folder: 'runs/x' });
  await ended;
  expect(heard.at(-1)).toEqual({ event: 'end', data: { report: true } });
  const { stage, now, learning, scores, hardest, warnings } = last(heard);
  expect(stage).toBe(
    '<strong>The run has ended</strong>: accuracy 75.0 % on held-out examples. Its files are in runs/x.',
  );
  expect(now).toMatch(/<dt>epoch<\/dt><dd>4 of 4<\/dd>/);
  for (const title of ['Loss', 'Accuracy', 'Learning rate', 'Gradient norm', 'Memory in MB'])
    expect(learning).toContain(`<strong>${title}</strong>`);
  expect(learning).toMatch(/training <b>.*validation <b>/s);
  expect(scores).toContain('&#60;img src=x onerror');
  expect(hardest).toMatch(/<img src="examples\/\d+"/);
  expect(warnings).toContain('&#60;img src=x');
  for (const html of Object.values(last(heard))) expect(html).not.toContain('<img src=x');
  await expect(fetch(server.address)).rejects.toThrow('fetch failed');
});
test('an open page does not change the trained weights', async () => {
  const live = new LiveRun({ heldOut });
  const server = await serveDashboard(live, { title: 'watched', port: 0 });
  const { ended } = await listen(server);
  const watched = await train([dashboardCallback(live)]);
  await server.close();
  await ended;
  expect(watched).toEqual(await train([]));
});
test('a page is updated in every epoch', { timeout: 60_000 }, async () => {
  // On this clock every step takes six seconds, so the page is updated regardless of the processor time used.
  let now = 0;
  const live = new LiveRun({ heldOut, machine: { ...thisMachine, now: () => now } });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const server = await serveDashboard(live, { title: 'followed', port: 0 });
    const { heard, ended } = await listen(server);
    const seen: string[] = [];
    const clock: Callback = {
      name: 'clock',
      beforeStep: () => void (now += 6000),
      async afterEpoch({ epoch }) {
        now += 6000;
        vi.advanceTimersByTime(500);
        const shown = `<dd>${epoch + 1} of 4</dd>`;
        await vi.waitFor(() => expect(last(heard)['now']).toContain(shown), { timeout: 10_000 });
        seen.push(/training <b>(.*?)<\/b>/.exec(last(heard)['learning']!)![1]!);
      },
    };
    await train([dashboardCallback(live), clock]);
    expect(seen).toEqual(live.log.map(({ loss }) => shortNumber(loss!)));
    await server.close();
    await ended;
  } finally {
    vi.useRealTimers();
  }
});
test('a page that has used up its processor time is updated only every five seconds', async () => {
  let [now, used] = [0, 0];
  const live = new LiveRun({ machine: { ...thisMachine, now: () => now, processorTime: () => used } });
  const drawn = vi.spyOn(live, 'phases', 'get').mockImplementation(() => {
    used += 1; // each rendering takes 1 ms, so the next is due after 100 ms
    return [];
  });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const server = await serveDashboard(live, { title: 'paced', port: 0 });
    const { ended } = await listen(server);
    const drawings = (milliseconds: number): number => {
      const before = drawn.mock.calls.length;
      now += milliseconds;
      vi.advanceTimersByTime(500);
      return drawn.mock.calls.length - before;
    };
    now = 1e6;
    vi.advanceTimersByTime(500);
    expect([500, 4500, 1].map(drawings)).toEqual([0, 0, 1]);
    expect([5000, 1].map(drawings)).toEqual([0, 1]);
    used += 1000;
    expect([500, 500].map(drawings)).toEqual([1, 0]);
    await server.close();
    await ended;
  } finally {
    vi.useRealTimers();
  }
});
test('nothing is rendered while no page is open', async () => {
  const live = new LiveRun();
  const drawn = vi.spyOn(live, 'phases', 'get');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const server = await serveDashboard(live, { title: 'alone', port: 0 });
    vi.advanceTimersByTime(60_000);
    await server.close();
    expect(drawn).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});
test('the page of a failed run shows the error and no report', async () => {
  const live = new LiveRun();
  const server = await serveDashboard(live, { title: 'failing', port: 0, report: async () => pixel });
  const { heard, ended } = await listen(server);
  await Promise.all([server.close({ failure: 'The loss became NaN.' }), server.close(), ended]);
  expect(last(heard)['stage']).toBe('<strong>The run failed.</strong> The loss became NaN.');
  expect(heard.at(-1)).toEqual({ event: 'end', data: { report: false } });
});
test.each([
  ['there is none', async () => undefined],
  ['it cannot be read', () => Promise.reject(new Error('gone'))],
])('the page offers no report if %s', async (_, report) => {
  const server = await serveDashboard(new LiveRun(), { title: 'without', port: 0, report });
  const { heard, ended } = await listen(server);
  expect([404, 500]).toContain((await request(`${server.address}report.html`)).status);
  await server.close();
  await ended;
  expect(heard.at(-1)).toEqual({ event: 'end', data: { report: false } });
});
test('a port that is in use is rejected', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(serveDashboard(new LiveRun(), { title: 'late', port })).rejects.toThrow(
    `The dashboard cannot listen on port ${port}, which is already in use. Choose another port, such as ${port + 1}, or 0 for any free port.`,
  );
  other.close();
});

test(
  'in Chromium: phone viewport, dark mode, keyboard navigation, and the report at the end',
  { timeout: 60_000 },
  async ({ skip }) => {
    const executablePath = findChromium() ?? skip(noChromium);
    const live = new LiveRun({ heldOut });
    const { html } = await reportPage({ title: 'the report' } as never, markup`done`, [
      {
        name: 'table',
        title: 'A table',
        order: 1,
        render: () => markup`<table><tbody><tr><td>1</td></tr></tbody></table>`,
      },
    ]);
    const server = await serveDashboard(live, { title: 'on a phone', port: 0, report: async () => Buffer.from(html) });
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({
        viewport: { width: 390, height: 640 },
        colorScheme: 'dark',
        reducedMotion: 'no-preference',
      });
      const [problems, elsewhere]: [string[], string[]] = [[], []];
      page
        .on('pageerror', ({ message }) => problems.push(message))
        .on('console', (message) => message.type() === 'error' && problems.push(message.text()))
        .on('request', (request) => {
          const url = request.url();
          if (!url.startsWith(server.address) && !/^(data|blob):/.test(url)) elsewhere.push(url);
        });
      await page.goto(server.address);
      expect(await page.locator('#learning').isVisible()).toBe(false);
      await train([dashboardCallback(live)]);
      await page.locator('#learning figure').nth(3).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(13, 17, 23)');
      // Keyboard order: first the button, then scrollable tables.
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('pause');
      await page.keyboard.press('Enter');
      expect(await page.locator('#pause').textContent()).toBe('Resume');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      const focused = (): Promise<string | null | undefined> =>
        page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      expect(await focused()).toBe('Scores of each class');
      await page.locator('#scores').getByText(evil).first().waitFor();
      await server.close();
      await page.getByText('The run has ended').waitFor();
      // After the server has closed, the page keeps its contents and focus, and the report opens.
      expect(await focused()).toBe('Scores of each class');
      expect(
        await page.evaluate(() => [
          document.images.length > 3,
          [...document.images].every(({ naturalWidth }) => naturalWidth > 0),
        ]),
      ).toEqual([true, true]);
      const [report] = await Promise.all([
        page.context().waitForEvent('page'),
        page.getByRole('link', { name: 'Open the report' }).click(),
      ]);
      await report.getByRole('heading', { name: 'the report' }).waitFor();
      expect(await report.evaluate(() => getComputedStyle(document.querySelector('table')!).borderCollapse)).toBe(
        'collapse',
      ); // the policy allows the report's style
      expect([problems, elsewhere, await page.title()]).toEqual([[], [], 'on a phone']);
    } finally {
      await server.close();
      await browser.close();
    }
  },
);
