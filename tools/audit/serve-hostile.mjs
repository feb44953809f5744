// @ts-check
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

/** 16 MiB in 16 kB. */
const bomb = gzipSync(Buffer.alloc(2 ** 24));

/** Answers of the server by path. @type {Readonly<Record<string, (response: import('node:http').ServerResponse) => void>>} */
const answers = {
  '/empty.onnx': (response) => response.end(),
  '/page.onnx': (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Log in</title>'),
  '/missing.onnx': (response) => response.writeHead(404).end('no such file'),
  '/forbidden.onnx': (response) => response.writeHead(403).end(),
  '/teapot.onnx': (response) => raw(response, 'HTTP/1.1 418 \u009b2J\u001b[2J\r\n\r\n'),
  '/endless.onnx': (response) => {
    const chunk = Buffer.alloc(2 ** 16);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  },
  '/silent.onnx': (response) => response.writeHead(200, { 'content-length': '1000' }).write('x'),
  '/gzip-bomb.onnx': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  '/not-gzip.onnx': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip'),
  '/short.onnx': (response) => {
    response.writeHead(200, { 'content-length': '100000' }).write('too little');
    setImmediate(() => response.destroy());
  },
  '/long.onnx': (response) => response.end(Buffer.alloc(2000)),
  '/to-file.onnx': (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/to-data.onnx': (response) => response.writeHead(302, { location: 'data:text/plain,hello' }).end(),
  '/to-private.onnx': (response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  '/to-local-network.onnx': (response) => response.writeHead(302, { location: 'http://10.0.0.1/model.onnx' }).end(),
  '/to-decimal.onnx': (response) => response.writeHead(302, { location: 'http://2852039166/model.onnx' }).end(),
  '/to-itself.onnx': (response) => response.writeHead(302, { location: '/to-itself.onnx' }).end(),
  '/to-nothing.onnx': (response) => response.writeHead(302, { location: 'http://[' }).end(),
  '/to-nowhere.onnx': (response) => response.writeHead(302).end(),
  '/not-modified.onnx': (response) => response.writeHead(304).end(),
  '/partial.onnx': (response) =>
    response.writeHead(206, { 'content-range': 'bytes 500-599/1000' }).end(Buffer.alloc(100)),
  '/negative.onnx': (response) => raw(response, 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello'),
  '/not-http.onnx': (response) => raw(response, 'SSH-2.0-OpenSSH_9.6\r\n'),
  '/headers.onnx': (response) => raw(response, `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(2 ** 20)}\r\n\r\n`),
  '/busy.onnx': (response) => response.writeHead(503).end(),
};

const raw = (/** @type {import('node:http').ServerResponse} */ response, /** @type {string} */ text) => {
  response.socket?.end(text);
};

/**
 * A server on this machine whose answers are hostile, one per path.
 * @returns {Promise<{ address: string, requests: Map<string, number>, close: () => void }>}
 */
export async function serveHostile() {
  /** @type {Map<string, number>} */
  const requests = new Map();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    response.on('error', () => {});
    (answers[path.slice(path.lastIndexOf('/'))] ?? answers['/missing.onnx'])?.(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${address.port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
