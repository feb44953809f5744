import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { proxiedFetch } from './proxied-fetch.ts';

test('without a proxy, the global fetch is used', async () => {
  expect(await proxiedFetch({})).toBeUndefined();
  expect(await proxiedFetch({ NO_PROXY: 'x', HTTPS_PROXY: '' })).toBeUndefined();
});
test('uses the proxy, except for NO_PROXY', async () => {
  const target = createServer((_, response) => response.end('here'));
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url);
    const [host, port] = request.url!.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const end of [far, socket]) end.on('error', () => far.destroy());
  });
  const [there, through] = await Promise.all(
    [target, proxy].map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  );
  const url = `http://127.0.0.1:${there}/`;
  try {
    const proxied = (await proxiedFetch({ HTTP_PROXY: `http://127.0.0.1:${through}` }))!;
    expect(await (await proxied(url)).text()).toBe('here');
    expect(tunnels).toEqual([`127.0.0.1:${there}`]);
    const direct = (await proxiedFetch({ http_proxy: `http://127.0.0.1:${through}`, no_proxy: '127.0.0.1' }))!;
    expect(await (await direct(url)).text()).toBe('here');
    expect(tunnels.length).toBe(1);
  } finally {
    for (const server of [target, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  }
});
