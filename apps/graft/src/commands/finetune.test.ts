import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '@graft/data';
import { importOnnx, readModel } from '@graft/onnx';
import { Random, scope, tensor } from '@graft/tensor';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import {
  colourFolder,
  graft,
  put,
  relativeDifference,
  runInOnnxruntime,
  tinyBackbone,
  workFolder,
} from '../../test/workbench.ts';
import { createGraft } from '@graft/graft/node';
import { classification, imageModality, type Modality } from '@graft/tasks';
import type { Summary } from '@graft/finetune';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
const data = join(folder, 'colours');
let count = 0;
const finetune = async (...more: string[]): Promise<{ out: string; summary: Summary; stderr: string }> => {
  const out = join(folder, `run-${count++}`);
  const { code, stderr, json } = await graft([
    'finetune',
    '--model',
    model,
    '--data',
    data,
    '--out',
    out,
    '--json',
    '--epochs',
    '8',
    '--learning-rate',
    '0.05',
    ...more,
  ]);
  expect({ code, stderr: stderr.replace(/^graft: .* does not specify its normalisation.*\n/, '') }).toEqual({
    code: 0,
    stderr: '',
  });
  return { out, summary: json<Summary>(), stderr };
};
const bytesOf = (out: string, file = 'model.onnx'): Buffer => readFileSync(join(out, file));
beforeAll(async () => void (await colourFolder(data)));

test('a new head learns three colours, and the run folder is complete', async () => {
  const started = performance.now();
  const { out, summary, stderr } = await finetune();
  const seconds = (performance.now() - started) / 1000;
  expect(readdirSync(out).sort()).toEqual([
    'checkpoint',
    'labels.txt',
    'model-card.md',
    'model.onnx',
    'predictions.json',
    'predictions.png',
    'report.html',
    'run.json',
    'summary.json',
  ]);
  expect(summary).toMatchObject({
    model,
    classes: ['blue', 'green', 'red'],
    parameters: 216 + 1152 + 51,
    trainableParameters: 51,
    epochs: 8,
    testAccuracy: null,
    frozenTensors: 2,
    frozenTensorsChanged: 0,
    cut: 'pooled',
    seed: 0,
    trainImages: 14,
    validationImages: 4,
    ignoredFiles: [],
    quarantined: [],
    preprocessing: { width: 16, height: 16, channels: 3, order: 'rgb' },
  });
  expect(summary.validationAccuracy).toBe(1);
  expect(summary.trainSeconds).toBeLessThan(seconds); // training is part of the command
  expect(summary.imagesPerSecond * summary.trainSeconds).toBeCloseTo(14 * 4, 6);
  expect(stderr).toContain(
    "so ImageNet's mean 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225 are used. Set --mean and --std if the network was trained with other values, or --range to 255",
  );
  expect(JSON.parse(bytesOf(out, 'summary.json').toString())).toMatchObject({
    validationAccuracy: 1,
    modelSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(bytesOf(out, 'labels.txt').toString()).toBe('blue\ngreen\nred\n');
  expect(await sharp(bytesOf(out, 'predictions.png')).metadata()).toMatchObject({ format: 'png', width: 4 * 118 + 6 });
});

test.each([
  ['frozen', []],
  ['--unfreeze 1', ['--unfreeze', '1']],
  ['--unfreeze all', ['--unfreeze', 'all']],
])('%s: the same seed gives the same bytes, a different seed does not', async (_, more) => {
  const [first, second, third] = [
    await finetune(...more),
    await finetune(...more),
    await finetune(...more, '--seed', '1'),
  ];
  expect(bytesOf(first.out).equals(bytesOf(second.out))).toBe(true);
  expect(bytesOf(first.out).equals(bytesOf(third.out))).toBe(false);
  expect(bytesOf(first.out, 'predictions.png').equals(bytesOf(second.out, 'predictions.png'))).toBe(true);
});

test('cached features are reused, and do not change the result', async () => {
  const features = join(folder, 'features');
  const run = async (): Promise<{ out: string; stdout: string }> => {
    const out = join(folder, `run-${count++}`);
    const { code, stdout, stderr } = await graft([
      'finetune',
      '--model',
      model,
      '--data',
      data,
      '--out',
      out,
      '--epochs',
      '8',
      '--learning-rate',
      '0.05',
      '--features',
      features,
    ]);
    expect(code).toBe(0);
    return { out, stdout: stdout + stderr };
  };
  const [first, second, plain] = [await run(), await run(), await finetune()];
  expect(first.stdout).toContain(`features of 0 of 60 views of images from the cache "${features}"`);
  expect(second.stdout).toContain(`features of 60 of 60 views of images from the cache "${features}"`);
  expect(bytesOf(second.out).equals(bytesOf(first.out))).toBe(true);
  expect(bytesOf(plain.out).equals(bytesOf(first.out))).toBe(true);
});

test('--unfreeze trains as many layer groups as given', async () => {
  const [one, all] = [(await finetune('--unfreeze', '1')).summary, (await finetune('--unfreeze', 'all')).summary];
  expect(one).toMatchObject({ trainableParameters: 1152 + 51, frozenTensors: 1, frozenTensorsChanged: 0 });
  expect(all).toMatchObject({ trainableParameters: 216 + 1152 + 51, frozenTensors: 0, frozenTensorsChanged: 0 });
  expect(all['log']).toHaveLength(1 + 8); // the head is fitted at once
});

test.each(['mixup', { name: 'cutmix', alpha: 0.5 }])(
  '%o is applied to batches only while the backbone is trained',
  { timeout: 60_000 },
  async (prepare) => {
    const config = put(JSON.stringify({ prepare }), folder, 'mixed.json');
    const [plain, mixed, again] = [
      await finetune('--unfreeze', 'all', '--keep', 'last'),
      await finetune('--unfreeze', 'all', '--keep', 'last', '--config', config),
      await finetune('--unfreeze', 'all', '--keep', 'last', '--config', config),
    ];
    const lossesOf = ({ summary }: typeof plain): number[] =>
      (summary['log'] as { loss: number }[]).map(({ loss }) => loss);
    expect(lossesOf(mixed)[0]).toBe(lossesOf(plain)[0]); // the head
    expect(lossesOf(mixed).at(-1)).toBeGreaterThan(lossesOf(plain).at(-1)!); // mixed targets have a higher loss
    expect(bytesOf(mixed.out).equals(bytesOf(plain.out))).toBe(false);
    expect(bytesOf(mixed.out).equals(bytesOf(again.out))).toBe(true);
    const name = typeof prepare === 'string' ? prepare : prepare.name;
    expect(
      (await graft(['finetune', '--model', model, '--data', data, '--config', config, '--out', join(folder, 'frozen')]))
        .stderr,
    ).toBe(
      `graft: "${name}" changes batches of inputs, but with a frozen backbone the head is trained on features that are computed once. Unfreeze the backbone (unfreeze), or omit "prepare".\n`,
    );
  },
);

test('the written model gives the same outputs in onnxruntime', async () => {
  const { out, summary } = await finetune('--unfreeze', 'all');
  const bytes = new Uint8Array(bytesOf(out));
  const app = await createGraft();
  const modality = imageModality({}, app) as Modality;
  const network = { card: undefined, file: readModel(bytes) };
  const feed = await modality.restore(summary.preprocessing, network, classification);
  const samples = await Promise.all(
    summary.classes.flatMap((name, label) =>
      [0, 1].map(async (i) => {
        const read = await feed.read(modality.inputFrom(join(data, name, `${i}.${i ? 'png' : 'jpg'}`)));
        return { input: await feed.evaluation(read, new Random(0)), label };
      }),
    ),
  );
  const { inputs, shape } = feed.collate(samples, [0, 1, 2, 3, 4, 5]) as Batch;
  const logits = scope(() => importOnnx(bytes).forward(tensor(inputs, { shape }))).arraySync() as Float32Array;
  expect(relativeDifference(await runInOnnxruntime(bytes, inputs, shape), logits)).toBeLessThan(1e-4);
  expect(JSON.parse(readModel(bytes).metadata.get('labels')!)).toEqual(summary.classes);
});

test('a given cut, mean, standard deviation and backend', async () => {
  const { summary, stderr } = await finetune(
    '--cut',
    'stemRelu',
    '--mean',
    '0.5',
    '--std',
    '0.25,0.25,0.25',
    '--backend',
    'js',
    '--views',
    '1',
  );
  expect(summary).toMatchObject({
    cut: 'stemRelu',
    frozenTensors: 1,
    preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  });
  expect(stderr).toBe('');
});

test('a model written by graft contains its preprocessing', async () => {
  const { out } = await finetune('--mean', '0.4', '--std', '0.2');
  const { summary, stderr } = await finetune('--model', join(out, 'model.onnx'), '--cut', 'pooled');
  expect(summary.preprocessing).toMatchObject({ mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2] });
  expect(stderr).toBe('');
});

test('an open size is that of most networks, and one-channel networks get gray images', async () => {
  const open = put(tinyBackbone(), folder, 'open.onnx');
  const out = join(folder, 'open');
  const { code, stderr } = await graft(['finetune', '--model', open, '--data', data, '--out', out, '--epochs', '1']);
  expect(code).toBe(0);
  expect(stderr).toContain(
    `graft: "${open}" takes images of any size, so 224×224 pixels are used. Set --size if the network was trained with another one.\n`,
  );
  const grey = put(
    tinyBackbone({
      inputs: { image: { shape: [1, 1, 12, 12] } },
      nodes: [
        ['Tile', ['image', 'repeats'], ['three']],
        ['GlobalAveragePool', ['three'], ['pooled']],
        ['Flatten', ['pooled'], ['scores']],
      ],
      constants: { repeats: { shape: [4], dtype: 'int64', data: BigInt64Array.from([1n, 3n, 1n, 1n]) } },
    }),
    folder,
    'grey.onnx',
  );
  const { summary } = await finetune('--model', grey, '--cut', 'pooled');
  expect(summary).toMatchObject({
    frozenTensors: 0,
    preprocessing: { channels: 1, width: 12, mean: [0.449], std: [0.226] },
  });
});

test('--size changes the input size, also in the exported model', async () => {
  const { summary, out } = await finetune('--size', '32');
  expect(summary).toMatchObject({ preprocessing: { width: 32, height: 32 } });
  expect(readModel(bytesOf(out)).inputs[0]!.shape).toEqual(['N', 3, 32, 32]);
});

test('without --json: at most ten lines of progress, and the result on stdout', async () => {
  const out = join(folder, 'told');
  const { code, stdout, stderr } = await graft([
    'finetune',
    '--model',
    model,
    '--data',
    data,
    '--out',
    out,
    '--epochs',
    '33',
  ]);
  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.startsWith('head: epoch'));
  expect(lines.length).toBeLessThanOrEqual(10);
  expect(lines.at(-1)).toMatch(
    /^head: epoch 33\/33 · loss \d\.\d+ · accuracy [\d.]+ % · validation loss \d\.\d+ · validation accuracy [\d.]+ % · \d+ samples\/s$/,
  );
  expect(stdout).toMatch(
    /^\nvalidation: accuracy [\d.]+ % on 4 examples \(95 % confidence interval: [\d.]+ % to [\d.]+ %\)\ntraining: [\d.]+ s, \d+ examples\/s\nThe head ran all 33 epochs; the weights of epoch \d+ were kept \(accuracy [\d.]+ %\)\.\ncompare: class frequencies [\d.]+ %, 5 nearest neighbours [\d.]+ %, linear probe [\d.]+ %\nparameters: 51 of 1,419 trained; 0 of 2 frozen tensors changed\nfiles in .*told: checkpoint, .*model\.onnx, .*\nnext: graft predict --model .*told <files…>\n$/,
  );
});
test('the same file in training and validation data is reported', async () => {
  const twice = join(folder, 'twice');
  await colourFolder(twice, 4);
  // Enough copies for both sides of the split.
  for (let i = 0; i < 6; i++) cpSync(join(twice, 'red', '0.jpg'), join(twice, 'red', `copy ${i}.jpg`));
  const { code, stderr } = await graft([
    'finetune',
    '--model',
    model,
    '--data',
    twice,
    '--mean',
    '0.5',
    '--std',
    '0.5',
    '--epochs',
    '1',
    '--seed',
    '1',
    '--out',
    join(folder, 'twice-run'),
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /1 validation image is also in the training set under another name, which makes the accuracy too optimistic: ".*red.*" and ".*red.*"\. Remove the duplicates\./,
  );
});
