import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ModelCard, modelCard } from '../model-card.ts';
import { modelSource } from '../model-source.ts';
import { lockName, readLock } from './model-lock.ts';
import { hasModel, keptName } from './open-model.ts';
import { pullModel } from './pull-model.ts';
import { verifyModels } from './verify-models.ts';

const content = new TextEncoder().encode('not really a network');
const cardOf = (name: string, source: string, bytes: Uint8Array): ModelCard =>
  ({
    name,
    licence: 'MIT',
    source,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }) as ModelCard;
const remote = cardOf('remote', 'remote:x.onnx', content);
/** A card whose source has a different file. */
const changed = cardOf('changed', 'local:y.onnx', new Uint8Array(3));
let fetched = 0;
const app = await createApp([
  definePlugin({
    name: 'stub',
    apiVersion,
    contributes: [
      modelSource({ name: 'remote', remote: true, fetch: async () => (fetched++, content) }),
      modelSource({ name: 'local', find: async () => content, fetch: async () => content }),
      modelCard(remote),
      modelCard(changed),
    ],
  }),
]);
let folder: string;
const options = (): { app: typeof app; cache: string; from: string[]; offline: boolean } => ({
  app,
  cache: join(folder, 'cache'),
  from: [folder],
  offline: false,
});
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-pull-')));
  fetched = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a model is downloaded once, and pinned by default', async () => {
  expect(await hasModel(remote, options())).toBe(false);
  expect(await pullModel('remote', { ...options(), lock: false })).toEqual({ card: remote, bytes: content });
  expect(existsSync(join(folder, lockName))).toBe(false);
  expect(await hasModel(remote, options())).toBe(true);
  await pullModel('remote', options());
  const { source, bytes, sha256 } = remote;
  expect(await readLock(folder)).toEqual({ remote: { source, bytes, sha256 } });
  expect(fetched).toBe(1);
});
test('a different pin is only replaced with the option update', async () => {
  const pin = { source: 'remote:old.onnx', bytes: 1, sha256: '0'.repeat(64) };
  writeFileSync(join(folder, lockName), JSON.stringify({ models: { remote: pin } }));
  await expect(pullModel('remote', options())).rejects.toThrow('differs from the file pinned in this project');
  expect(await readLock(folder)).toEqual({ remote: pin });
  await pullModel('remote', { ...options(), update: true });
  expect((await readLock(folder))['remote']!.sha256).toBe(remote.sha256);
});
test('an unknown name is rejected without pinning anything', async () => {
  await expect(pullModel('remot', { ...options(), update: true })).rejects.toThrow('Did you mean "remote"?');
  expect(existsSync(join(folder, lockName))).toBe(false);
});
test('verifyModels lists local models and errors in their files', async () => {
  const mismatch = { card: changed, error: expect.stringContaining('does not match its card') as string };
  expect(await hasModel(changed, options())).toBe(false);
  expect(await verifyModels(options())).toEqual([mismatch]);
  await pullModel('remote', options());
  expect(await verifyModels(options())).toEqual([{ card: remote }, mismatch]);
  writeFileSync(join(options().cache, keptName(remote)), 'damaged');
  expect(await verifyModels(options())).toEqual([
    {
      card: remote,
      error:
        'The cached file of "remote" was corrupted and has been removed. Run graft models pull remote to download it again.',
    },
    mismatch,
  ]);
  expect(await verifyModels(options())).toEqual([mismatch]);
});
