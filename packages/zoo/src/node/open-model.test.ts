import { cacheFolder } from '@graft/storage/node';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ModelCard, modelCard } from '../model-card.ts';
import { modelSource } from '../model-source.ts';
import { parseCard } from '../parse-card.ts';
import zoo from '../plugin.ts';
import { verifiedDigests } from '../verified-digests.ts';
import { installedModels } from './installed-models.ts';
import { pinModel } from './model-lock.ts';
import { openModel } from './open-model.ts';
import { partFile } from './part-file.ts';
import zooNode from './plugin.ts';
import { readCard } from './read-card.ts';

const content = new TextEncoder().encode('not really a network');
const sha256 = createHash('sha256').update(content).digest('hex');
const card: ModelCard = {
  name: 'tiny',
  title: 'Tiny',
  description: 'For tests.',
  licence: 'MIT',
  origin: 'here',
  source: 'stub:tiny.onnx',
  bytes: content.length,
  sha256,
  opset: 17,
  input: { name: 'x', shape: [1] },
  preprocessing: { width: 1, height: 1, channels: 1, order: 'rgb', mean: [0], std: [1] },
  cutPoints: [{ value: 'y', features: 1, pooling: 'none' }],
  verified: false,
};
let folder: string;
let served: Uint8Array;
let fetched: number;
const stub = definePlugin({
  name: 'stub',
  apiVersion,
  contributes: [modelSource({ name: 'stub', remote: true, fetch: async () => (fetched++, served) }), modelCard(card)],
});
const app = await createApp([zoo, zooNode, stub]);
const open = (model: string): ReturnType<typeof openModel> =>
  openModel(model, { app, cache: join(folder, 'cache'), from: [folder] });

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-zoo-')));
  served = content;
  fetched = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('a model is fetched once and then read from the cache', async () => {
  for (let i = 0; i < 3; i++) expect(await open('tiny')).toEqual({ card, bytes: content });
  expect(fetched).toBe(1);
});
test('offline, only local files are used', async () => {
  const offline = (): ReturnType<typeof openModel> =>
    openModel('tiny', { app, cache: join(folder, 'cache'), from: [folder], offline: true });
  await expect(offline()).rejects.toThrow(
    'stub:tiny.onnx is not on this machine, and downloads are disabled offline. Unset GRAFT_OFFLINE, or use the path of a local file.',
  );
  await open('tiny');
  expect((await offline()).bytes).toEqual(content);
});
test('a restrictive licence must be accepted before any download', async () => {
  const path = join(folder, 'card.json');
  writeFileSync(path, JSON.stringify({ ...card, licence: 'CC-BY-NC-4.0' }));
  await expect(open(path)).rejects.toThrow(
    'The licence of "tiny", CC-BY-NC-4.0, restricts its use, and has not been accepted.',
  );
  expect(fetched).toBe(0);
  expect(
    (
      await openModel(path, {
        app,
        cache: join(folder, 'cache'),
        from: [folder],
        accept: ({ licence }) => licence === 'CC-BY-NC-4.0',
      })
    ).bytes,
  ).toEqual(content);
  expect((await open(path)).bytes).toEqual(content); // accepted once
});
test('a file other than the pinned one is rejected', async () => {
  await pinModel(folder, { ...card, sha256: '0'.repeat(64) });
  await expect(open('tiny')).rejects.toThrow('The model "tiny" differs from the file pinned in this project');
  await pinModel(folder, card);
  expect((await open('tiny')).bytes).toEqual(content);
});
test('a corrupt cached file is detected and fetched again', async () => {
  await open('tiny');
  writeFileSync(join(folder, 'cache', 'models', `${sha256}.onnx`), 'spoiled');
  expect((await open('tiny')).bytes).toEqual(content);
  expect(fetched).toBe(2);
});
test('a file that does not match its card is rejected with both digests, and not cached', async () => {
  served = new TextEncoder().encode('something else');
  const actual = createHash('sha256').update(served).digest('hex');
  const message = `does not match its card: 14 bytes with SHA-256 ${actual}, but the card says ${content.length} bytes with SHA-256 ${sha256}.`;
  await expect(open('tiny')).rejects.toThrow(message);
  await expect(open('tiny')).rejects.toThrow(message);
  expect(fetched).toBe(2);
});
test('a card can refer to a file next to it', async () => {
  writeFileSync(join(folder, 'my model.onnx'), content);
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...card, source: 'file:my%20model.onnx' }));
  expect((await open(join(folder, 'card.json'))).bytes).toEqual(content);
  expect(fetched).toBe(0);
  writeFileSync(join(folder, 'my model.onnx'), 'changed');
  await expect(open(join(folder, 'card.json'))).rejects.toThrow('does not match its card: 7 bytes');
});
test('a card cannot refer to a file outside its folder', async () => {
  const path = join(folder, 'card.json');
  symlinkSync(process.execPath, join(folder, 'link.onnx'));
  for (const source of ['file:../a.onnx', 'file:///etc/passwd', 'file:link.onnx']) {
    writeFileSync(path, JSON.stringify({ ...card, source }));
    await expect(readCard(path)).rejects.toThrow(
      `has the source "${source}", which is outside the card's folder. Put the file beside the card.`,
    );
  }
  for (const source of ['file:%E0%A4%A', 'file://server/share/model.onnx']) {
    writeFileSync(path, JSON.stringify({ ...card, source }));
    await expect(readCard(path)).rejects.toThrow(`has the source "${source}", which is not the path of a file.`);
  }
});
test('a file without a card can be opened by path or address', async () => {
  const path = join(folder, 'plain.onnx');
  writeFileSync(path, content);
  expect(await open(path)).toEqual({ bytes: content });
  expect(await open(`file://${path.replaceAll('\\', '/')}`)).toEqual({ bytes: content });
  expect(await open('stub:whatever')).toEqual({ bytes: content });
});
test('the error for an unknown model lists available ones', async () => {
  await expect(open('tinny')).rejects.toThrow(
    'There is no model "tinny". Did you mean "tiny"? Use the path of an ONNX file, or one of: tiny.',
  );
  await expect(open(join(folder, 'none.onnx'))).rejects.toThrow(
    /The model file ".*none\.onnx" does not exist\. Check the path\./,
  );
  await expect(open('ftp://x/y.onnx')).rejects.toThrow('No model source "ftp".');
});
test('invalid cards are rejected', async () => {
  const path = join(folder, 'card.json');
  writeFileSync(path, '{ "name": ');
  await expect(readCard(path)).rejects.toThrow(/The model card ".*card\.json" is not JSON \(.*\)\. Fix it/);
  writeFileSync(path, Uint8Array.of(0xff, 0xfe, 0x00));
  await expect(readCard(path)).rejects.toThrow('is not JSON');
  writeFileSync(path, '{}');
  await expect(readCard(path)).rejects.toThrow(/In the model card ".*card\.json", "name" must be/);
});
test('finds the cards of installed packages, nearest first', async () => {
  for (const [place, name, title] of [
    ['project/', 'a', 'near'],
    ['', 'a', 'far'],
    ['', 'b', 'far'],
  ] as const) {
    const at = join(folder, place, 'node_modules/@graft', `model-${name}`);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'card.json'), JSON.stringify({ ...card, name, title }));
  }
  mkdirSync(join(folder, 'node_modules/@graft/other'), { recursive: true });
  writeFileSync(join(folder, 'project/package.json'), '{}');
  writeFileSync(join(folder, 'package.json'), '{ "workspaces": ["project"] }');
  const found = await createApp([await installedModels({ from: [join(folder, 'project')] })]);
  expect(
    found
      .all(modelCard)
      .filter(({ title }) => ['near', 'far'].includes(title))
      .map(({ name, title }) => [name, title]),
  ).toEqual([
    ['a', 'near'],
    ['b', 'far'],
  ]);
});
test('an invalid card is left out, and the others are found', async () => {
  const project = join(folder, 'invalid');
  for (const [name, content] of [
    ['a', '{'],
    ['b', JSON.stringify({ ...card, name: 'b' })],
  ] as const) {
    const at = join(project, 'node_modules/@graft', `model-${name}`);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'card.json'), content);
  }
  const messages: string[] = [];
  vi.stubEnv('NODE_PATH', '');
  const plugin = await installedModels({ from: [project], onInvalid: (message) => messages.push(message) });
  expect(plugin.contributes.map(({ value }) => (value as ModelCard).name)).toEqual(['b']);
  expect(messages).toEqual([expect.stringMatching(/^The model card ".*model-a\/card\.json" is not JSON/)]);
  await expect(installedModels({ from: [project] })).rejects.toThrow('is not JSON');
});
test('a card cannot make its file verified by saying so', () => {
  expect(parseCard({ ...card, verified: true }, 'x').verified).toBe(false);
  const [known] = verifiedDigests;
  expect(parseCard({ ...card, sha256: known, verified: true }, 'x').verified).toBe(true);
  expect(parseCard({ ...card, sha256: known, verified: false }, 'x').verified).toBe(false);
});
test('the cache folder', () => {
  vi.stubEnv('GRAFT_CACHE', folder);
  expect(cacheFolder()).toBe(folder);
  vi.stubEnv('GRAFT_CACHE', '');
  expect(cacheFolder()).toMatch(/[/\\]\.cache[/\\]graft$/);
});
// Windows has no such device.
test.skipIf(!existsSync('/dev/zero'))('devices are rejected, because reading them may never end', async () => {
  await expect(open('/dev/zero')).rejects.toThrow('The model file "/dev/zero" cannot be read (not a file).');
});

test('a model that cannot be cached is opened with a warning; without a listener it is an error', async () => {
  writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
  await expect(open('tiny')).rejects.toThrow(/^Cannot write ".*cache.models/);
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const opened = await openModel('tiny', { app, cache: join(folder, 'cache'), from: [folder], onWarning });
  expect(opened.bytes).toEqual(content);
  expect(warnings).toEqual([
    expect.stringMatching(/^The model "tiny" is not cached, and will be downloaded again next time: Cannot write /),
  ]);
});
test.runIf(process.platform === 'linux')('a partial download in a folder that does not accept any', () =>
  expect(partFile('/proc/graft/models', 'a').append(content)).rejects.toThrow('does not accept subfolders'),
);
