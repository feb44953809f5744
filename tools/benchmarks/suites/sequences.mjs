// @ts-check
import { availableParallelism } from 'node:os';
import { createWasmBackend } from '@graft/backend-wasm';
import { encodeWav } from '@graft/audio';
import { finetune } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { compile } from '@graft/layers';
import { exportOnnx } from '@graft/onnx';
import { memoryStorage } from '@graft/storage';
import { Random, scope, tensor } from '@graft/tensor';
import { extractFeatures } from '@graft/transfer';
import { bert } from '@graft/zoo';
import * as ort from 'onnxruntime-node';
import { alternate } from '../measure.mjs';

/** onnxruntime's threads would slow down the next run if they waited by spinning. */
const quiet = { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } };
const threads = Math.min(2, availableParallelism());

/** Texts and sounds through frozen encoders. */
export async function* sequenceRuns(/** @type {import('../bench.mjs').Options} */ options) {
  yield* sentences(options);
  yield* sounds(options);
}

const [batch, tokens] = [16, 64];

/** A network of MiniLM's size: 6 blocks, 384 features. */
async function* sentences(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = `6-layer MiniLM on sentences of ${tokens} tokens, ${threads} threads`;
  if (!wanted(name)) return;
  const backend = await createWasmBackend({ threads });
  const model = bert({ blocks: 6, features: 384, heads: 12, hidden: 1536 }).initialize(1);
  const names = /** @type {const} */ (['input_ids', 'attention_mask', 'token_type_ids']);
  const file = await exportOnnx(model, {
    inputs: Object.fromEntries(names.map((one) => [one, { shape: ['batch', 'tokens'], dtype: 'int64' }])),
  });
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads, extra: quiet });
  await model.to(backend);
  const ids = Array.from({ length: batch * tokens }, (_, i) => (i * 7919) % 30_000);
  const values = [ids, ids.map(() => 1), ids.map(() => 0)];
  const inputs = Object.fromEntries(
    names.map((one, i) => [
      one,
      tensor(BigInt64Array.from(values[i] ?? [], BigInt), { shape: [batch, tokens], backend }),
    ]),
  );
  const feeds = Object.fromEntries(
    names.map((one, i) => [one, new ort.Tensor('int64', BigInt64Array.from(values[i] ?? [], BigInt), [batch, tokens])]),
  );
  const compiled = compile(model);
  const times = await alternate(
    { graft: () => scope(() => void compiled.forward(/** @type {never} */ (inputs))), ort: () => session.run(feeds) },
    { rounds: quick ? 3 : 8 },
  );
  const rate = (/** @type {{ median: number } | undefined} */ time) => (1000 * batch) / (time?.median ?? Number.NaN);
  yield {
    name,
    graft: rate(times['graft']),
    peer: 'onnxruntime',
    peerValue: rate(times['ort']),
    unit: 'texts/s',
    ratio: rate(times['graft']) / rate(times['ort']),
    target: 0.25,
  };
  compiled.dispose();
  await session.release();
  await backend.dispose?.();
}

const [clips, seconds, samplingRate] = [32, 2, 16_000];

/** From WAV files to openWakeWord's embeddings, which onnxruntime gets as decoded waves. */
async function* sounds(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = `WAV files to openWakeWord embeddings, ${threads} threads`;
  if (!wanted(name)) return;
  const waves = Array.from({ length: clips }, (_, i) => {
    const random = new Random(i);
    return Float32Array.from(
      { length: seconds * samplingRate },
      (_one, k) => 0.3 * Math.sin(k * (0.02 + 0.004 * i)) + 0.01 * random.normal(),
    );
  });
  const data = waves.map((samples, i) => ({
    input: encodeWav({ samples, rate: samplingRate }),
    label: i % 2 ? 'odd' : 'even',
  }));
  const app = await createGraft({ modelsFrom: [import.meta.dirname] });
  /** @type {{ median: number } | undefined} */
  let graft;
  const storage = memoryStorage();
  await finetune(
    { model: 'openwakeword-embedding', data, views: 1, validation: 0.25 },
    {
      app,
      storage,
      async onPrepared({ model, loaderOf, readable }) {
        const run = () => extractFeatures(model.backbone, loaderOf(readable));
        ({ graft } = await alternate({ graft: run }, { rounds: quick ? 2 : 5 }));
      },
    },
  );
  await app.dispose();
  const session = await ort.InferenceSession.create(await storage.read('model.onnx'), {
    intraOpNumThreads: threads,
    extra: quiet,
  });
  const joined = new Float32Array(batch * seconds * samplingRate);
  const { ort: peer } = await alternate(
    {
      async ort() {
        for (let from = 0; from < clips; from += batch) {
          for (let i = 0; i < batch; i++) joined.set(waves[from + i] ?? [], i * seconds * samplingRate);
          await session.run({
            [session.inputNames[0] ?? '']: new ort.Tensor('float32', joined, [batch, seconds * samplingRate]),
          });
        }
      },
    },
    { rounds: quick ? 2 : 5 },
  );
  await session.release();
  const speed = (/** @type {{ median: number } | undefined} */ time) =>
    (1000 * clips * seconds) / (time?.median ?? Number.NaN);
  const row = { name, graft: speed(graft), unit: '× real time' };
  yield { ...row, peer: 'real time', peerValue: 1, ratio: speed(graft), target: 60 };
  yield { ...row, peer: 'onnxruntime', peerValue: speed(peer), ratio: speed(graft) / speed(peer), target: null };
}
