import { get, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterAll, expect, test, vi } from 'vitest';
import { servePage } from './serve-page.ts';

const server = await servePage({
  port: 0,
  greet: () => ['hello', { text: 'first\nsecond' }],
  respond: (path) => {
    if (path === '/broken') throw new Error('/home/somebody/secret');
    return path === '/'
      ? { type: 'text/html; charset=utf-8', body: '<p>page</p>', policy: "default-src 'self'" }
      : undefined;
  },
});
afterAll(() => server.close(0));
const { port, pathname: base } = new URL(server.address);

const send = (
  path: string,
  { method = 'GET', ...headers }: Record<string, string> = {},
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> =>
  new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: path.startsWith('/') ? `${base}${path.slice(1)}` : path,
        method,
        headers: { host: `127.0.0.1:${port}`, ...headers },
        agent: false,
      },
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

test('serves its page with headers against caching and framing', async () => {
  expect(await send('/?query')).toMatchObject({
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
    (
      await send('/', {
        host: `localhost:${port}`,
        origin: `http://localhost:${port}`,
        'sec-fetch-site': 'same-origin',
      })
    ).status,
  ).toBe(200);
});
test.each<[string, number, Record<string, string>, string]>([
  ['a foreign host name that resolves to this server', 421, { host: `evil.example:${port}` }, '/'],
  ['a host without the port', 421, { host: '127.0.0.1' }, '/'],
  ['a script of another site', 403, { origin: 'https://evil.example' }, '/'],
  ['a page with an opaque origin', 403, { origin: 'null' }, '/'],
  ['an image on another site', 403, { 'sec-fetch-site': 'cross-site' }, '/'],
  ['another port of this machine', 403, { 'sec-fetch-site': 'same-site' }, '/events'],
  ['POST', 405, { method: 'POST' }, '/'],
  ['an unknown path', 404, {}, '/../../etc/passwd'],
  ['an absolute URL instead of a path', 403, {}, 'http://evil.example/'],
])('%s gets %i', async (_, status, headers, path) => {
  const response = await send(path, headers);
  expect([response.status, response.body.includes('page')]).toEqual([status, false]);
  expect(response.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
});
test('without the secret of the address nothing is served', async () => {
  expect(base).toMatch(/^\/[\w-]{16}\/$/);
  for (const path of ['/', '/events', base.slice(0, -1), base.toLowerCase().replace(/^\/./, '/!'), `/x${base}`])
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(403);
});
test('idle connections are bounded, and leave room for pages', async () => {
  const own = await servePage({
    port: 0,
    greet: () => ['hello', {}],
    respond: () => ({ type: 'text/plain', body: 'a' }),
  });
  const idle = Array.from({ length: 200 }, () => connect(Number(new URL(own.address).port), '127.0.0.1'));
  for (const socket of idle) socket.on('error', () => {});
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const open = (): number => idle.filter((socket) => !socket.closed && !socket.destroyed).length;
  await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(64), { timeout: 20_000 });
  for (const socket of idle) socket.destroy();
  await vi.waitFor(async () => expect(await (await fetch(own.address)).text()).toBe('a'), { timeout: 20_000 });
  await own.close(0);
});
test('an internal error reveals no details', async () =>
  expect(await send('/broken')).toMatchObject({ status: 500, body: 'Internal error.\n' }));
test('a listener gets the greeting and every event, and is disconnected at the end', async () => {
  const own = await servePage({ port: 0, greet: () => ['hello', { text: 'first\nsecond' }], respond: () => undefined });
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
test.runIf(process.platform === 'linux')('it listens on 127.0.0.1 only', async () => {
  // The same port is still free on another address.
  const other = createServer();
  expect(
    await new Promise(
      (resolve) => void other.once('error', resolve).listen(Number(port), '127.0.0.2', () => resolve('free')),
    ),
  ).toBe('free');
  other.close();
});
test('the error for a port in use names the port and suggests another', async () => {
  await expect(servePage({ port: Number(port), greet: () => ['', 0], respond: () => undefined })).rejects.toThrow(
    `The dashboard cannot listen on port ${port}, which is already in use. Choose another port, such as ${Number(port) + 1}, or 0 for any free port.`,
  );
});
