import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { huggingFaceSource } from './hugging-face-source.ts';

afterEach(() => void vi.unstubAllEnvs());
const fetchFile = (url: string): Promise<Uint8Array> => huggingFaceSource.fetch(url, { from: [] });

test('requests the file of a revision from the endpoint, with the token', async () => {
  const requests: unknown[] = [];
  const server = createServer(
    (request, response) => (requests.push([request.url, request.headers.authorization]), response.end('model')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(new TextDecoder().decode(await fetchFile('hf:me/net@v1.2/onnx/a model.onnx'))).toBe('model');
  vi.stubEnv('HF_TOKEN', 'secret');
  await fetchFile('hf:me/net/model.onnx');
  expect(requests).toEqual([
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
])('the invalid address %s is rejected', (url) =>
  expect(async () => fetchFile(url)).rejects.toThrow(
    'is not the address of a file on the Hugging Face Hub. Use hf:owner/repository@revision/folder/model.onnx.',
  ),
);
