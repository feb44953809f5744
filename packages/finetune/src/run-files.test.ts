import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { put, workFolder } from '../test/work-folder.ts';
import { fileStorage } from '@graft/storage/node';
import { inRunFolder } from './node/run-folder.ts';
import { RunFiles } from './run-files.ts';
import type { Summary } from './summary.ts';

const folder = workFolder();
const filesIn = (path: string): RunFiles => new RunFiles(fileStorage(path));
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

test('a finished run can be read back, with the digest of its model', async () => {
  const path = join(folder, 'whole');
  await filesIn(path).fill(async (run) => {
    await run.write('model.onnx', 'bytes');
    await run.finish(summary);
  });
  const run = filesIn(path);
  const read = await run.summary();
  expect(read).toEqual({ ...summary, modelSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(new TextDecoder().decode(await run.model(read))).toBe('bytes');
});
test('a wrong model is refused before it is held in memory', async () => {
  const path = join(folder, 'wrong');
  put('another model', path, 'model.onnx');
  const storage = fileStorage(path);
  const read = vi.spyOn(storage, 'read');
  await expect(new RunFiles(storage).model({ modelSha256: '0'.repeat(64) })).rejects.toThrow(
    /model\.onnx" is damaged or belongs to another run/,
  );
  expect(read).not.toHaveBeenCalled();
});
test('a failed run leaves the folder unchanged', async () => {
  for (const [path, kept] of [
    [join(folder, 'new'), undefined],
    [join(folder, 'old'), ['mine.txt']],
  ] as const) {
    if (kept) put('', path, kept[0]);
    await expect(
      inRunFolder(path, () =>
        filesIn(path).fill(async (run) => {
          await run.write('model.onnx', 'bytes');
          throw new Error('lost');
        }),
      ),
    ).rejects.toThrow('lost');
    expect(existsSync(path) ? readdirSync(path) : undefined).toEqual(kept);
  }
});
test('too little disk space is an error before training', () =>
  expect(filesIn(join(folder, 'large')).fill((run) => run.expectSpace(1e18))).rejects.toThrow(
    /^The run needs about 1000000000000\.0 MB in ".*large", but only [\d.]+ MB are free\. Free some space, or choose a folder on another disk\.$/,
  ));
