import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { huggingFaceSource } from './hugging-face-source.ts';

afterEach(() => void vi.unstubAllEnvs());
const bring = (url: string): Promise<Uint8Array> => huggingFaceSource.fetch(url, { from: [] });

test('asks the endpoint for the file of a revision, with the token', async () => {
  const asked: unknown[] = [];
  const server = createServer(
    (request, response) => (asked.push([request.url, request.headers.authorization]), response.end('model')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(new TextDecoder().decode(await bring('hf:me/net@v1.2/onnx/a model.onnx'))).toBe('model');
  vi.stubEnv('HF_TOKEN', 'secret');
  await bring('hf:me/net/model.onnx');
  expect(asked).toEqual([
    ['/me/net/resolve/v1.2/onnx/a%20model.onnx', undefined],
    ['/me/net/resolve/main/model.onnx', 'Bearer secret'],
  ]);
  server.closeAllConnections();
  server.close();
});
test.each([
  'hf:me/model.onnx',
  'hf:me/net/../other/x.onnx',
  'hf:../net/x.onnx',
  'hf:me/net@/x.onnx',
  'hf:me/net/',
  'hf:me/net/a?b',
  'hf:me/net//x',
])('%s is not an address', (url) =>
  expect(async () => bring(url)).rejects.toThrow(
    'is not the address of a file on the Hugging Face hub. Use hf:owner/repository@revision/folder/model.onnx.',
  ),
);
