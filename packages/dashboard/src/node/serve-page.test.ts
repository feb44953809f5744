import { get, request } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { servePage } from './serve-page.ts';

const server = await servePage({
  port: 0,
  greet: () => ['hello', { text: 'first\nsecond' }],
  answer: (path) => {
    if (path === '/broken') throw new Error('/home/somebody/secret');
    return path === '/'
      ? { type: 'text/html; charset=utf-8', body: '<p>page</p>', policy: "default-src 'self'" }
      : undefined;
  },
});
afterAll(() => server.close(0));
const { port } = new URL(server.address);

const ask = (
  path: string,
  { method = 'GET', ...headers }: Record<string, string> = {},
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> =>
  new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false },
      (response) => {
        let body = '';
        response
          .on('data', (text) => (body += text))
          .on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    )
      .on('error', reject)
      .end();
  });

test('answers its own page, with nothing kept or framed', async () => {
  expect(await ask('/?query')).toMatchObject({
    status: 200,
    body: '<p>page</p>',
    headers: {
      'content-security-policy': "default-src 'self'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    },
  });
  expect(
    (await ask('/', { host: `localhost:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' }))
      .status,
  ).toBe(200);
});
test.each<[string, number, Record<string, string>, string]>([
  ['a name of another site that leads here', 421, { host: `evil.example:${port}` }, '/'],
  ['the address without its port', 421, { host: '127.0.0.1' }, '/'],
  ['another site’s script', 403, { origin: 'https://evil.example' }, '/'],
  ['a page without an origin', 403, { origin: 'null' }, '/'],
  ['another site’s image', 403, { 'sec-fetch-site': 'cross-site' }, '/'],
  ['another port of this machine', 403, { 'sec-fetch-site': 'same-site' }, '/events'],
  ['writing', 405, { method: 'POST' }, '/'],
  ['what is not there', 404, {}, '/../../etc/passwd'],
  ['an address in place of a path', 404, {}, 'http://evil.example/'],
])('%s gets %i', async (_, status, headers, path) => {
  const answer = await ask(path, headers);
  expect([answer.status, answer.body.includes('page')]).toEqual([status, false]);
  expect(answer.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
});
test('what fails says nothing of this machine', async () =>
  expect(await ask('/broken')).toMatchObject({ status: 500, body: 'This could not be shown.\n' }));
test('who listens is greeted, hears every event, and is let go', async () => {
  const own = await servePage({ port: 0, greet: () => ['hello', { text: 'first\nsecond' }], answer: () => undefined });
  const heard = await new Promise<string>((resolve) => {
    get(`${own.address}events`, (response) => {
      let text = '';
      response
        .on('data', (part) => {
          if (!text) own.send('later', [1]);
          text += part;
        })
        .on('end', () => resolve(text))
        .on('error', () => resolve(text));
      setTimeout(() => void own.close(0), 100);
    });
  });
  expect(heard).toBe('retry: 2000\n\nevent: hello\ndata: {"text":"first\\nsecond"}\n\nevent: later\ndata: [1]\n\n');
});
test.runIf(process.platform === 'linux')('it listens for this machine alone', async () => {
  // The same port at another address is still to be had.
  const other = createServer();
  expect(
    await new Promise(
      (resolve) => void other.once('error', resolve).listen(Number(port), '127.0.0.2', () => resolve('free')),
    ),
  ).toBe('free');
  other.close();
});
test('a port that is taken is named, with the way out', async () => {
  await expect(servePage({ port: Number(port), greet: () => ['', 0], answer: () => undefined })).rejects.toThrow(
    `Port ${port} is taken, so the dashboard cannot listen on it. Give another port, such as ${Number(port) + 1}, or 0 for any free one.`,
  );
});
