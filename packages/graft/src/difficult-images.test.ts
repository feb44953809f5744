import { sharpDecoder } from '@graft/augment/node';
import { finetune, openRun } from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pngStrip } from '../../../tools/testing/png.mjs';
import { createGraft } from './node/index.ts';

/** Removes the last bytes of a JPEG's data, so libjpeg decodes it with a warning. */
const withWarning = (jpeg: Uint8Array): Uint8Array => Buffer.concat([jpeg.subarray(0, -6), jpeg.subarray(-2)]);

let app: App;
const files: { input: Uint8Array; label: string; name: string }[] = [];
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  for (let i = 0; i < 16; i++) {
    const colour = i % 2 ? [220 - i, 40, 30] : [30, 60, 220 - i];
    const data = Uint8Array.from({ length: 24 * 20 * 3 }, (_, k) => colour[k % 3]! + ((7919 * k) % 30));
    const jpeg = await sharpDecoder.encode({ data, width: 24, height: 20, channels: 3 });
    files.push({ input: withWarning(jpeg), label: i % 2 ? 'red' : 'blue', name: `${i}.jpg` });
  }
});
afterAll(() => app.dispose());

test('trains on JPEGs with decoder warnings; leaves out images of extreme proportions with the reason, and only those', async () => {
  const strips = [pngStrip(100_000, 1), pngStrip(1, 1_000_000), pngStrip(4_000, 16)];
  const data = [...files, ...strips.map((input, i) => ({ input, label: 'red', name: `strip ${i}` }))];
  const storage = memoryStorage();
  const { scores, files: written } = await finetune(
    { model: smallNetwork({ side: 16 }), data, mean: [0.5], std: [0.25], epochs: 6, batch: 4, learningRate: 0.05 },
    { app, storage },
  );
  expect(scores['accuracy']).toBe(1);
  expect(written).toEqual(expect.arrayContaining(['model.onnx', 'predictions.png', 'report.html', 'summary.json']));
  const { quarantined, warnings } = JSON.parse(new TextDecoder().decode(await storage.read('summary.json'))) as {
    quarantined: { path: string; reason: string }[];
    warnings: { source: string }[];
  };
  const reason = (name: string, size: string): object => ({
    path: name,
    reason: `"${name}" has ${size} pixels, and its longer side may be at most 100 times the shorter one. Crop or remove it.`,
  });
  expect(quarantined).toEqual([
    reason('strip 0', '100000×1'),
    reason('strip 1', '1×1000000'),
    reason('strip 2', '4000×16'),
  ]);
  expect(warnings.map(({ source }) => source)).toEqual(['data', 'data', 'data']);
  const run = await openRun(storage, { app });
  const predictions = await run.predict([strips[0], files[1]!.input, strips[1], files[0]!.input]);
  expect(predictions.map(({ error, text }) => text ?? error)).toEqual([
    expect.stringContaining('100000×1'),
    'red',
    expect.stringContaining('1×1000000'),
    'blue',
  ]);
  await run.dispose();
});

test('the option maxPixels of the modality image limits images, in training and in prediction', async () => {
  const storage = memoryStorage();
  const large = pngStrip(30, 20);
  const modality = { name: 'image', maxPixels: 500 };
  const data = [...files, { input: large, label: 'red', name: 'large' }];
  const { summary } = await finetune(
    { model: smallNetwork({ side: 16 }), data, mean: [0.5], std: [0.25], epochs: 1, modality },
    { app, storage },
  );
  const error = 'has more than 500 pixels. Scale it down, or raise the option maxPixels of the modality image.';
  expect((summary['quarantined'] as { reason: string }[]).map(({ reason }) => reason)).toEqual([`"large" ${error}`]);
  const run = await openRun(storage, { app });
  expect((await run.predict([large]))[0]!.error).toContain(error);
  await run.dispose();
  await expect(
    finetune(
      { model: smallNetwork({ side: 16 }), data, modality: { ...modality, maxPixels: 0 } },
      { app, storage: memoryStorage() },
    ),
  ).rejects.toThrow('The option maxPixels of the modality image must be 1 or more, got 0.');
});
