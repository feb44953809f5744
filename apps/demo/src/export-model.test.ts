import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Batch } from '@graft/data';
import { exportModel, openBackbone, openNetwork } from '@graft/finetune';
import { createBackend, createGraft } from '@graft/graft/node';
import { exportOnnx } from '@graft/onnx';
import { Random, scope, tensor } from '@graft/tensor';
import { classification, imageModality, type Modality } from '@graft/tasks';
import { accuracy, evaluate } from '@graft/train';
import { linearHead, trainHead, trainUnfrozen, TransferModel } from '@graft/transfer';
import { afterAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { greyPng } from './digits-png.ts';

const app = await createGraft({ modelsFrom: [import.meta.dirname] });
afterAll(() => app.dispose());

/** The first two handwritten digits of each class, as PNG files. */
const handwritten = Array.from({ length: 10 }, (_, label) => {
  const { data } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve(`mnist/src/digits/${label}.json`), 'utf8'),
  ) as { data: number[] };
  return [0, 1].map((i) => ({
    label,
    png: greyPng(
      Uint8Array.from(data.slice(784 * i, 784 * (i + 1)), (ink) => 255 - Math.round(255 * ink)),
      28,
      28,
    ),
  }));
}).flat();

test(
  'PP-OCRv4, fine-tuned on handwritten digits, has the same outputs in onnxruntime',
  { timeout: 30_000 },
  async () => {
    const backend = await createBackend(app);
    const modality = imageModality({}, app) as Modality;
    const network = await openNetwork(app, 'ppocr-v4-rec');
    const feed = await modality.feed(network, classification);
    const backbone = await openBackbone(app, backend, network, { modality, feed });
    expect(backbone).toMatchObject({
      cut: 'conv2d_203.tmp_0',
      features: 480,
      feed: { assumptions: [], preprocessing: { width: 48, order: 'bgr' } },
    });
    const samples = await Promise.all(
      handwritten.map(async ({ png, label }) => ({
        input: await feed.evaluation(await feed.read(modality.inputFrom(new Uint8Array(png))), new Random(0)),
        label,
      })),
    );
    const batch = feed.collate(
      samples,
      samples.map((_, i) => i),
    ) as Batch;
    const data = {
      length: 1,
      async *batches() {
        yield batch;
      },
      async *[Symbol.asyncIterator]() {
        yield batch;
      },
    };
    // The pretrained backbone in onnxruntime.
    const exported = await exportOnnx(backbone.module, { inputShape: [3, 48, 48] });
    const features = scope(() => backbone.module.forward(tensor(batch.inputs, { shape: batch.shape, backend })));
    expect(features.shape).toEqual([20, 480]);
    expect(
      relativeDifference(
        await runInOnnxruntime(exported, batch.inputs, batch.shape),
        features.arraySync() as Float32Array,
      ),
    ).toBeLessThan(1e-4);

    const model = await new TransferModel(
      backbone.module,
      linearHead({ features: [1, 480], classes: 10 }).initialize(0),
    ).to(backend);
    await trainHead(model, data, { epochs: 30 });
    await trainUnfrozen(model, data, { epochs: 1, learningRate: 1e-4 });
    expect((await evaluate(model, data, { metrics: [accuracy()] }))['accuracy']).toBe(1);

    const names = handwritten.map(({ label }) => String(label)).filter((_, i) => i % 2 === 0);
    const bytes = await exportModel(app, model, backbone, { names, objective: classification, modality });
    const logits = scope(() => model.forward(tensor(batch.inputs, { shape: batch.shape, backend })));
    expect(logits.shape).toEqual([20, 10]);
    expect(
      relativeDifference(await runInOnnxruntime(bytes, batch.inputs, batch.shape), logits.arraySync() as Float32Array),
    ).toBeLessThan(1e-4);
    const single = batch.inputs.slice(0, batch.inputs.length / 20);
    expect(
      relativeDifference(
        await runInOnnxruntime(bytes, single, [1, 3, 48, 48]),
        (logits.arraySync() as Float32Array).slice(0, 10),
      ),
    ).toBeLessThan(1e-4);
  },
);
