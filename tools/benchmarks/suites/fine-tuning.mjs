// @ts-check
import { imagenet } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { createWasmBackend } from '@graft/backend-wasm';
import { decoded, imageBatch, Loader, onInput, subset } from '@graft/data';
import { fileFeatureStore, imageFolder } from '@graft/data/node';
import { encodeSafetensors, loadWeights, TrainingRun, weightsOf } from '@graft/layers';
import { exportOnnx, findCut, importOnnx } from '@graft/onnx';
import { Random, scope, tensor, zeros } from '@graft/tensor';
import { accuracy } from '@graft/train';
import { linearHead, trainHead, TransferModel } from '@graft/transfer';
import { mobileNetV2 } from '@graft/zoo';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from '../peers/python.mjs';
import { makePhotos } from '../photos.mjs';

const [photos, heldOut, epochs, batchSize] = [200, 40, 10, 32];

/**
 * A new head on a frozen MobileNetV2, end to end: from photos on disk to a trained head, validated after each epoch. PyTorch runs the
 * backbone over all photos in each epoch, as its tutorial does, or once, with manually cached features.
 */
export async function* fineTuning(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = `new head on frozen MobileNetV2, ${photos} photos, ${epochs} epochs`;
  const names = {
    cold: `${name}, cold`,
    warm: `${name}, warm`,
    cached: `${name}, cold, features kept by both`,
    accuracy: `${name}, accuracy`,
  };
  if (!Object.values(names).some(wanted)) return;
  const threads = Math.min(2, availableParallelism());
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
  try {
    await makePhotos(join(folder, 'photos'), photos);
    const network = await seasoned(join(folder, 'photos'));
    const model = await exportOnnx(network, { inputShape: [3, 224, 224] });
    writeFileSync(join(folder, 'weights.safetensors'), encodeSafetensors(await weightsOf(network)));
    network.dispose();
    const [colds, warms] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
    let right = 0;
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const store = join(folder, `features ${round}`);
      const cold = await graft(model, join(folder, 'photos'), store, threads);
      colds.push(cold.seconds);
      right = cold.accuracy;
      warms.push((await graft(model, join(folder, 'photos'), store, threads)).seconds);
    }
    const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
    const [cold, warm] = [median(colds), median(warms)];
    const torch = runPython(
      'torch_fine_tuning.py',
      join(folder, 'weights.safetensors'),
      join(folder, 'photos'),
      photos - heldOut,
      epochs,
      batchSize,
      threads,
      quick ? 1 : 3,
    );
    if (!torch) return;
    const peer = `PyTorch ${torch.version} eager`;
    const row = (
      /** @type {string} */ name,
      /** @type {number} */ own,
      /** @type {string} */ peer,
      /** @type {number} */ theirs,
      /** @type {number | null} */ target,
    ) => ({ name, graft: own, peer, peerValue: theirs, unit: 's', ratio: theirs / own, target });
    yield row(names.cold, cold, `${peer}, backbone in each epoch`, torch.recomputed, 8);
    yield row(names.warm, warm, `${peer}, backbone in each epoch`, torch.recomputed, 50);
    yield row(names.cached, cold, `${peer}, features kept by hand`, torch.kept, null);
    yield {
      ...row(names.accuracy, 100 * right, peer, 100 * torch.accuracy, null),
      unit: '%',
      ratio: right / torch.accuracy,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One run from the folder of photos; features in the store are not computed again. */
async function graft(
  /** @type {Uint8Array} */ model,
  /** @type {string} */ photosAt,
  /** @type {string} */ storeAt,
  /** @type {number} */ threads,
) {
  const start = performance.now();
  const backend = await createWasmBackend({ threads });
  const files = await imageFolder(photosAt);
  const whole = importOnnx(model);
  const cut = findCut(model, { inputShapes: { [whole.inputs[0] ?? '']: [1, 3, 224, 224] } });
  const transfer = await new TransferModel(
    whole.cut(cut.value),
    linearHead({ features: [1, 1280], classes: 2 }).initialize(1),
  ).to(backend);
  const log = await trainHead(transfer, loaderOf(files, 'learned'), {
    epochs,
    batchSize,
    validation: loaderOf(files, 'held'),
    metrics: [accuracy()],
    store: fileFeatureStore(storeAt),
  });
  transfer.dispose();
  await backend.dispose?.();
  return { seconds: (performance.now() - start) / 1000, accuracy: log.at(-1)?.['validationAccuracy'] ?? 0 };
}

/** A network with random weights and batch-norm statistics of the photos; without these, no information about an image reaches the last layer. */
async function seasoned(/** @type {string} */ photosAt) {
  const backend = await createWasmBackend();
  const network = await mobileNetV2().initialize(1).to(backend);
  for (const [path, parameter] of network.parameters())
    if (path.endsWith('running_var')) parameter.take(zeros(parameter.value.shape, { backend })); // far below its initial value of 1
  for (let epoch = 0; epoch < 3; epoch++)
    for await (const { inputs, shape } of loaderOf(await imageFolder(photosAt), 'all').batches(epoch))
      scope(() => {
        const run = new TrainingRun(new Random(epoch));
        network.forward(tensor(inputs, { shape, backend }), run);
        run.commit();
      });
  const weights = await weightsOf(network);
  network.dispose();
  await backend.dispose?.();
  const onHost = mobileNetV2();
  loadWeights(onHost, weights);
  return onHost;
}

/** Photos in batches, as a network takes them. */
function loaderOf(
  /** @type {Awaited<ReturnType<typeof imageFolder>>} */ files,
  /** @type {'all' | 'learned' | 'held'} */ part,
) {
  const { evaluation, normalization } = imagenet();
  const indices = Array.from({ length: files.length }, (_, i) => i).filter(
    (i) => part === 'all' || (i % (photos / heldOut) === 0) === (part === 'held'),
  );
  return new Loader(subset(decoded(files, sharpDecoder, { shortestSide: 256 }), indices), {
    batchSize,
    collate: imageBatch(normalization, { reuse: true }),
    transform: onInput(evaluation),
  });
}
