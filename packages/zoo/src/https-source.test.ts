import { afterEach, expect, test, vi } from 'vitest';
import { httpsSource } from './https-source.ts';

const url = 'https://models.example/tiny.onnx';
const answer = (response: () => Response | Promise<Response>): void => void vi.stubGlobal('fetch', async () => response());
afterEach(() => void vi.unstubAllGlobals());

test('brings a file, telling how far it is', async () => {
  answer(() => new Response(Uint8Array.of(1, 2, 3)));
  const seen: (number | undefined)[][] = [];
  expect(await httpsSource.fetch(url, { from: [], bytes: 3, progress: (...args) => void seen.push(args) })).toEqual(Uint8Array.of(1, 2, 3));
  expect(seen.at(-1)).toEqual([3, 3]);
});
test('stops when more comes than the card says', async () => {
  answer(() => new Response(new Uint8Array(100)));
  await expect(httpsSource.fetch(url, { from: [], bytes: 10 })).rejects.toThrow(`${url} is longer than the 10 bytes that the model card says.`);
});
test('says what the server or the network says', async () => {
  answer(() => new Response('', { status: 404, statusText: 'Not Found' }));
  await expect(httpsSource.fetch(url, { from: [] })).rejects.toThrow(`${url} answered 404 Not Found. Check the address`);
  answer(() => Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })));
  await expect(httpsSource.fetch(url, { from: [] })).rejects.toThrow(`Could not reach ${url} (getaddrinfo ENOTFOUND). Check the network, or download the file and give its path.`);
});
test('does not follow to where nothing is encrypted', async () => {
  answer(() => Object.defineProperty(new Response('x'), 'url', { value: 'http://models.example/tiny.onnx' }));
  await expect(httpsSource.fetch(url, { from: [] })).rejects.toThrow('which is not https');
});
test('a download that breaks off', async () => {
  answer(() => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(5)), pull: () => Promise.reject(new Error('reset')) }, { highWaterMark: 0 })));
  await expect(httpsSource.fetch(url, { from: [] })).rejects.toThrow(`The download of ${url} broke off after 5 bytes (reset). Try again.`);
});
