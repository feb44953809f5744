import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from './read-config.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'graft-config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('JSON: relative paths are resolved from the folder of the file', async () => {
  const path = put(
    'graft.config.json',
    JSON.stringify({
      model: 'nets/a.onnx',
      data: 'photos',
      pathRoot: '../all',
      epochs: 3,
      optimizer: { name: 'sgd', momentum: 0.9 },
    }),
  );
  expect(await readConfig(path)).toEqual({
    model: join(folder, 'nets/a.onnx'),
    data: join(folder, 'photos'),
    pathRoot: join(folder, '../all'),
    epochs: 3,
    optimizer: { name: 'sgd', momentum: 0.9 },
  });
  expect(await readConfig(put('b.json', '{"model": "ppocr-v4-rec"}'))).toEqual({ model: 'ppocr-v4-rec' });
});
test('TypeScript', async () =>
  expect(
    await readConfig(
      put('graft.config.ts', 'const rate: number = 0.01;\nexport default { model: "a.onnx", learningRate: rate };'),
    ),
  ).toEqual({ model: join(folder, 'a.onnx'), learningRate: 0.01 }));
test('a translation is neither read from nor left in the shared temporary folder', async () => {
  vi.stubEnv('TMPDIR', folder);
  const path = put('graft.config.ts', 'const epochs: number = 3;\nexport default { epochs };');
  expect(await readConfig(path)).toEqual({ epochs: 3 });
  expect(readdirSync(folder)).toEqual(['graft.config.ts']);
  vi.unstubAllEnvs();
});
test.each([
  ['a.json', '{"epoch": 3}', /has no option "epoch"\. Did you mean "epochs"\? The options are: model, weights, data,/],
  ['a.json', '{"epochs": 0}', /expects "epochs" to be an integer of 1 or more, got 0\./],
  ['a.json', '{', /The configuration ".*a\.json" is not JSON/],
  ['a.ts', 'export default () => 1', /expects an object of options/],
  ['a.ts', 'throw new Error("on purpose")', /The configuration ".*a\.ts" cannot be loaded: on purpose\.$/],
  ['a.ts', 'throw undefined', /cannot be loaded: it throws a value without a message\.$/],
  ['a.ts', 'throw "a text"', /cannot be loaded: a text\.$/],
  [
    'a.ts',
    'throw new Error("\\u001b[2J\\nat line 5\\u202e")',
    /^The configuration ".*a\.ts" cannot be loaded: \[2J at line 5\.$/,
  ],
  ['a.ts', 'export default {', /^The configuration ".*a\.ts" cannot be loaded: [^\n]+\.$/],
  ['a.ts', `throw new Error("x".repeat(1e5))`, /cannot be loaded: x{500}…\.$/],
  [
    'a.ts',
    'export default { get model() { throw new Error("boom"); } }',
    /^The configuration ".*a\.ts" cannot be loaded: boom\.$/,
  ],
])('rejects %s: %s', async (name, text, message) => await expect(readConfig(put(name, text))).rejects.toThrow(message));
test('a missing file is an error with its path', async () =>
  await expect(readConfig(join(folder, 'none.json'))).rejects.toThrow(
    /The configuration ".*none\.json" cannot be read \(ENOENT\)\. Check the path\./,
  ));
