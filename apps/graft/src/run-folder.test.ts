import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { put, workFolder } from '../test/workbench.ts';
import { RunFolder, type Summary } from './run-folder.ts';

const folder = workFolder();
const summary: Summary = {
  model: 'm',
  classes: ['a', 'b'],
  parameters: 1,
  trainableParameters: 1,
  epochs: 1,
  validationAccuracy: null,
  testAccuracy: null,
  trainSeconds: 1,
  imagesPerSecond: 1,
  frozenTensors: 0,
  frozenTensorsChanged: 0,
  preprocessing: { width: 8, height: 8, channels: 3, order: 'rgb', mean: [0.5], std: [0.5] },
};

test('what is written can be read, and says which model it is', async () => {
  const path = join(folder, 'whole');
  await RunFolder.fill(path, async (run) => {
    await run.write('model.onnx', 'bytes');
    await run.finish(summary);
  });
  const run = RunFolder.open(path);
  const read = await run.summary();
  expect(read).toEqual({ ...summary, modelSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(new TextDecoder().decode(await run.model(read))).toBe('bytes');
});
test('work that fails leaves what was there before', async () => {
  for (const [path, kept] of [
    [join(folder, 'new'), undefined],
    [join(folder, 'old'), ['mine.txt']],
  ] as const) {
    if (kept) put('', path, kept[0]);
    await expect(
      RunFolder.fill(path, async (run) => {
        await run.write('model.onnx', 'bytes');
        throw new Error('lost');
      }),
    ).rejects.toThrow('lost');
    expect(existsSync(path) ? readdirSync(path) : undefined).toEqual(kept);
  }
});
test('too little space is known before anything is learned', () =>
  expect(RunFolder.fill(join(folder, 'large'), (run) => run.wantSpace(1e18))).rejects.toThrow(
    /^A run wants about 1000000000000\.0 MB in ".*large", and its disk has [\d.]+ MB left\. Free some space, or give an --out on another disk\.$/,
  ));
