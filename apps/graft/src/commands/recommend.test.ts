import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
let data: string;
beforeAll(async () => {
  vi.stubEnv('GRAFT_OFFLINE', '1');
  data = await colourFolder(join(folder, 'photos'), 4);
});

afterAll(() => vi.unstubAllEnvs());

test('compares given models on the data, and prints the command to fine-tune the recommended one', async () => {
  const tiny = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
  const broken = put('not a model', folder, 'broken.onnx');
  const { code, stdout, stderr } = await graft(['models', 'recommend', tiny, broken, '--data', data, '--folds', '2']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^.*tiny\.onnx +\d+\.\d % ± \d+\.\d % +[\d,.]+ +16 +[\d.]+K? +← recommended$/m);
  expect(stdout).toContain('over 2 folds of 12 images');
  expect(stdout).toMatch(/^Not measured: .*broken\.onnx: .+\.$/m);
  expect(stdout).not.toContain('graft models list');
  expect(stdout.trim().split('\n').at(-1)).toBe(`graft finetune --model ${tiny} --data ${data}`);
  expect(stderr).toMatch(/tiny\.onnx: accuracy .* images per second/);
  const json = (
    await graft(['models', 'recommend', tiny, '--data', data, '--folds', '2', '--examples', '6', '--json'])
  ).json<{ examples: number; recommended: { name: string } }>();
  expect(json).toMatchObject({ examples: 6, recommended: { name: tiny } });
});

test('compares the models on this machine by default', { timeout: 60_000 }, async () => {
  const { code, stdout } = await graft(['models', 'recommend', '--data', data, '--folds', '2', '--examples', '6']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ppocr-cls /m);
  expect(stdout).toMatch(/^\d+ models of graft models list are not on this machine\./m);
});
