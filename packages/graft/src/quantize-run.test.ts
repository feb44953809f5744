import { sharpDecoder } from '@graft/augment/node';
import { describeQuantization, finetune, type OpenedRun, openRun } from '@graft/finetune';
import { quantizeOnnx, readModel } from '@graft/onnx';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraft } from './node/index.ts';

const side = 16;
/** Dark images, whose activations are small, and two kinds of bright ones. */
const kinds = { a_dark: [4, 4, 4], b_blue: [90, 120, 250], c_red: [250, 120, 90] } as const;
const sizes = { a_dark: 180, b_blue: 24, c_red: 24 } as const;

async function imageFile(kind: keyof typeof kinds, i: number): Promise<File> {
  const random = new Random(i).fork(kind);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, k) =>
    Math.min(255, Math.max(0, kinds[kind][k % 3]! + (kind === 'a_dark' ? 6 : 120) * (random.next() - 0.5))),
  );
  const png = await sharpDecoder.encode({ data, width: side, height: side, channels: 3 }, { type: 'png' });
  return new File([png as BlobPart], `${kind}/${String(i).padStart(3, '0')}.png`);
}

let app: App;
let run: OpenedRun;
const files: File[] = [];
const storage = memoryStorage();
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  for (const kind of ['a_dark', 'b_blue', 'c_red'] as const)
    for (let i = 0; i < sizes[kind]; i++) files.push(await imageFile(kind, i));
  await finetune(
    { model: smallNetwork({ side }), data: files, epochs: 12, learningRate: 0.05, views: 1, mean: [0], std: [1] },
    { app, storage },
  );
  run = await openRun(storage, { app });
}, 120_000);
afterAll(async () => {
  await run?.dispose();
  await app.dispose();
});

test('sorted, imbalanced data: calibration covers every class, and held-out examples are evaluated', async () => {
  const { bytes, before, after, calibrated, evaluatedOn } = await run.quantize(files);
  const heldOut = run.summary['validationImages'] as number;
  expect([before.samples, after.samples, calibrated, evaluatedOn]).toEqual([heldOut, heldOut, 128, 'held-out']);
  expect(before.score).toBe(run.summary.validation!['accuracy']);
  expect(before.score).toBeGreaterThan(0.95);
  expect(after.score).toBeGreaterThanOrEqual(before.score - 0.03);
  expect(JSON.parse(readModel(bytes).metadata.get('quantization')!)).toEqual({
    bits: 8,
    calibrationExamples: 128,
    evaluatedOn: 'held-out',
    examples: heldOut,
    metric: 'accuracy',
    score: after.score,
    floatScore: before.score,
  });
  expect(readModel(bytes).metadata.get('labels')).toBe(JSON.stringify(Object.keys(kinds)));
  expect(describeQuantization(run, { bytes, before, after, calibrated, evaluatedOn }, 3_300_000)).toMatch(
    /^0\.0 MB \(was 3\.3 MB\); accuracy \d+\.\d % \(float: \d+\.\d %\) on 46 held-out images; calibrated on 128 training images$/,
  );
  expect((await run.quantize(files)).bytes).toEqual(bytes);
});
test('calibrated on the first class alone, the same model is worse, so the sample matters', async () => {
  const plane = (value: number): number[] => Array<number>(side * side).fill(value);
  const dark = Float32Array.from([4, 7, 1].flatMap((value) => plane(value / 255)));
  const small = await quantizeOnnx(run.export(), {
    calibration: [{ data: dark, shape: [1, 3, side, side], dtype: 'float32' }],
  });
  const copy = memoryStorage();
  for (const name of ['summary.json', 'run.json']) await copy.write(name, await storage.read(name));
  const summary = JSON.parse(new TextDecoder().decode(await copy.read('summary.json'))) as Record<string, unknown>;
  delete summary['modelSha256'];
  await copy.write('summary.json', new TextEncoder().encode(JSON.stringify(summary)));
  await copy.write('model.onnx', small);
  const worse = await openRun(copy, { app });
  const scores = [await run.evaluate(files), await worse.evaluate(files)].map(({ score }) => score);
  await worse.dispose();
  expect(scores[0]).toBeGreaterThan(0.95);
  expect(scores[1]).toBeLessThan(scores[0]! - 0.09); // one of the bright kinds is 10.5 % of the images
});
test('other data is divided: what calibrates is not evaluated', async () => {
  const few = await Promise.all(
    (['a_dark', 'b_blue', 'c_red'] as const).flatMap((kind) =>
      Array.from({ length: 4 }, (_, i) => imageFile(kind, 800 + i)),
    ),
  );
  const { after, calibrated, evaluatedOn } = await run.quantize(few);
  expect([calibrated, after.samples, evaluatedOn]).toEqual([6, 6, 'other']);
});
test('data that is not there any more is an error of one sentence with the way out', async () => {
  await expect(run.quantize()).rejects.toMatchObject({
    code: 'data.open',
    message: expect.stringMatching(
      /^The data of the run, "given in code", cannot be opened any more \(.+\)\. Give labelled examples to calibrate and evaluate the model with\.$/,
    ),
  });
  const record = await storage.read('run.json');
  await storage.remove('run.json');
  await expect(run.quantize()).rejects.toThrow(/does not say which data it was trained on\. Give labelled examples/);
  await storage.write('run.json', record);
});
