import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { describePlugin } from '@graft/plugin/testing';
import { type Callback, type EpochLog, fit, trainPlugin } from '@graft/train';
import { describeCallback } from '@graft/train/testing';
import { afterEach, expect, test, vi } from 'vitest';
import plugin, { remoteLogger } from './index.ts';

interface Post {
  run: string;
  entries: { number: number; event: string; epoch: number; step: number; metrics?: Record<string, number | null> }[];
}

/** Servers to close after each test. */
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The milliseconds that some work spends waiting, measured with fake timers. */
async function waitingTime(work: () => Promise<unknown>): Promise<number> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let [waited, done] = [0, false];
  const ended = work().finally(() => (done = true));
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    if (vi.getTimerCount() === 0) continue;
    await vi.advanceTimersByTimeAsync(1);
    waited++;
  }
  await ended;
  return waited;
}

/** A server that responds to each post with the next status, then always with the last one; 0 means no response. */
async function receiver(
  statuses: readonly number[] = [200],
  port = 0,
): Promise<{ url: string; port: number; posts: Post[]; server: Server }> {
  const posts: Post[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => (body += String(text)));
    request.on('end', () => {
      const status = statuses[Math.min(count++, statuses.length - 1)]!;
      if (status === 200) posts.push(JSON.parse(body) as Post);
      if (status) response.writeHead(status).end('{}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${own}/metrics`, port: own, posts, server };
}

/** Trains, and returns the warnings of the run. */
async function train(callbacks: readonly Callback[], epochs = 3): Promise<string[]> {
  const warnings: string[] = [];
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const samples = Array.from({ length: 12 }, (_, i) => ({ input: [Math.sin(i), Math.cos(i)], label: i % 2 }));
  const optimizer = new Optimizer(model, adam({ learningRate: 0.1 }));
  await fit({
    model,
    loss: crossEntropy(),
    optimizer,
    data: new Loader(arrayDataset(samples), { batchSize: 4, collate: vectorBatch() }),
    epochs,
    callbacks,
    onWarning: ({ source, message }) => warnings.push(`${source} ${message}`),
  });
  return warnings;
}
const numbersOf = (posts: readonly Post[]): number[] =>
  posts.flatMap(({ entries }) => entries.map(({ number }) => number));

const dead = 'http://127.0.0.1:9/metrics'; // the discard port, on which no server listens
describePlugin(plugin, { after: [trainPlugin], options: { remoteLogger: { url: dead } } });
describeCallback('remoteLogger', () => remoteLogger({ url: dead, patience: 0.05 }));

test('each epoch, step and the end arrive once and in order', async () => {
  const { url, posts } = await receiver();
  const log: EpochLog[] = [];
  await train([
    remoteLogger({ url, run: 'first', everySteps: 2 }),
    { name: 'log', afterEpoch: (state) => void log.push(state.log.at(-1)!) },
  ]);
  const entries = posts.flatMap((post) => post.entries);
  expect(new Set(posts.map(({ run }) => run))).toEqual(new Set(['first']));
  expect(numbersOf(posts)).toEqual(entries.map((_, i) => i));
  expect(entries.map(({ event, step }) => `${event} ${step}`)).toEqual([
    'step 2',
    'epoch 3',
    'step 4',
    'step 6',
    'epoch 6',
    'step 8',
    'epoch 9',
    'end 9',
  ]);
  expect(entries.filter(({ event }) => event === 'epoch').map(({ metrics }) => metrics)).toEqual(
    log.map((row) => ({ ...row })),
  );
});
test('an unreachable server only causes a warning', async () => {
  let printed: string[] = [];
  const sent = vi.fn<typeof fetch>(() =>
    Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })),
  );
  vi.stubGlobal('fetch', sent);
  const waited = await waitingTime(() =>
    train([remoteLogger({ url: dead, patience: 0.2 })]).then((warnings) => (printed = warnings)),
  );
  expect(waited).toBeGreaterThanOrEqual(200); // its patience
  expect(waited).toBeLessThan(400);
  expect(sent.mock.calls.length).toBeLessThanOrEqual(4);
  expect(printed).toEqual([
    'remoteLogger http://127.0.0.1:9: Metrics cannot be delivered (ECONNREFUSED). Training continues, and they will be resent.',
    'remoteLogger http://127.0.0.1:9: 4 entries have not been delivered.',
  ]);
});
test('a server that never responds does not delay the run longer than patience', async () => {
  vi.stubGlobal('fetch', () => new Promise(() => {}));
  const waited = await waitingTime(() => train([remoteLogger({ url: dead, patience: 0.3, timeout: 0.2 })]));
  expect(waited).toBeGreaterThanOrEqual(300);
  expect(waited).toBeLessThan(600);
});
test('entries that a server rejects are resent', async () => {
  const { url, posts } = await receiver([500, 503, 200]);
  const warnings = await train([remoteLogger({ url })]);
  expect(numbersOf(posts)).toEqual([0, 1, 2, 3]);
  expect(warnings.map((message) => message.replace(/^remoteLogger \S+ /, ''))).toEqual([
    'Metrics cannot be delivered (HTTP 500). Training continues, and they will be resent.',
    'Metrics are delivered again.',
  ]);
});
test('the queue is bounded, and dropped entries are counted', async () => {
  const { url, posts } = await receiver([500, 500, 200]);
  const warnings = await train([remoteLogger({ url, capacity: 2 })], 6);
  expect(numbersOf(posts)).toEqual([5, 6]);
  expect(warnings.at(-1)).toMatch(/Metrics are delivered again; 5 were dropped in the meantime\.$/);
});
test('a resumed run keeps its name and sends undelivered entries', async () => {
  const first = remoteLogger({ url: dead, patience: 0.05 });
  await train([first], 1);
  const saved = JSON.parse(JSON.stringify(first.save!())) as { run: string };
  const { url, posts } = await receiver();
  const second = remoteLogger({ url });
  second.restore!(saved, new Map());
  await train([second], 1);
  expect(new Set(posts.map(({ run }) => run))).toEqual(new Set([saved.run]));
  expect(numbersOf(posts)).toEqual([0, 1, 2, 3]);
});
test('invalid options are rejected', () => {
  expect(() => remoteLogger({ url: 'file:///etc/passwd' })).toThrow(
    'remoteLogger expects a "url" that starts with http:// or https://, got "file:///etc/passwd".',
  );
  expect(() => remoteLogger({} as never)).toThrow(
    'remoteLogger expects a "url" that starts with http:// or https://, got none.',
  );
  expect(() => remoteLogger({ url: dead, capacity: 0 })).toThrow(
    'remoteLogger expects "capacity" to be an integer of at least 1, got 0.',
  );
  expect(() => remoteLogger({ url: dead, dialect: 'wandb' as never })).toThrow(
    'remoteLogger expects "dialect" to be json, mlflow or trackio, got "wandb".',
  );
  expect(() => remoteLogger({ url: dead, patience: -1 })).toThrow(
    'remoteLogger expects "patience" to be a positive number of seconds, got -1.',
  );
});
