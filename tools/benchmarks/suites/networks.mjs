// @ts-check
import { createNativeBackend } from '@graft/backend-native/node';
import { createWasmBackend } from '@graft/backend-wasm';
import { compile, crossEntropy } from '@graft/layers';
import { exportOnnx } from '@graft/onnx';
import { Optimizer, sgd } from '@graft/optimizers';
import { profile, Random, scope, tensor } from '@graft/tensor';
import { trainStep } from '@graft/train';
import { mobileNetV2, resnet18, squeezeNet1_1 } from '@graft/zoo';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { alternate } from '../measure.mjs';
import { runPython } from '../peers/python.mjs';

/** Graft's name, torchvision's, and the target ratios: forward against PyTorch and onnxruntime, training against PyTorch. */
const networks = /** @type {const} */ ([
  [mobileNetV2, 'mobilenet_v2', 2.5, 0.5, 1.4],
  [resnet18, 'resnet18', 1.1, 0.9, 0.9],
  [squeezeNet1_1, 'squeezenet1_1', 1.5, 0.7, 1.1],
]);
const batch = 16;
/** onnxruntime's threads would slow down the next run if they waited by spinning. */
const quiet = { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } };
const shape = [batch, 3, 224, 224];

/** Whole networks on 224×224 images: frozen forward and a training step, on up to two threads. */
export async function* networkRuns(/** @type {import('../bench.mjs').Options} */ { quick, wanted, backend: named }) {
  const threads = Math.min(2, availableParallelism());
  const on = named === 'wasm' ? '' : `, backend ${named}`;
  for (const [create, torchName, torchForward, ortForward, torchTraining] of networks) {
    const names = {
      forward: `${create.name} forward, ${threads} threads${on}`,
      training: `${create.name} training step, ${threads} threads${on}`,
      memory: `${create.name} training memory${on}`,
    };
    if (!Object.values(names).some(wanted)) continue;
    const backend = await (named === 'native' ? createNativeBackend : createWasmBackend)({ threads });
    const model = create().initialize(1);
    const session = await ort.InferenceSession.create(await exportOnnx(model, { inputShape: shape.slice(1) }), {
      intraOpNumThreads: threads,
      extra: quiet,
    });
    await model.to(backend);
    const values = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.sin(i));
    const [x, y] = [
      tensor(values, { shape, backend }),
      tensor(
        Int32Array.from({ length: batch }, (_, i) => i),
        { backend },
      ),
    ];
    const compiled = compile(model);
    const feeds = { [session.inputNames[0] ?? '']: new ort.Tensor('float32', values, shape) };
    const rounds = quick ? 3 : 8;
    const forward = await alternate(
      { graft: () => scope(() => void compiled.forward(x)), ort: () => session.run(feeds) },
      { rounds },
    );
    const forwardProfile = shares(() => scope(() => void compiled.forward(x)));
    compiled.dispose();
    const optimizer = new Optimizer(model, sgd({ learningRate: 1e-3 }));
    const loaded = backend.memory?.().reserved ?? 0;
    const step = () =>
      scope(() => void trainStep({ model, loss: crossEntropy(), optimizer, random: new Random(0) }, x, y));
    const training = await alternate({ graft: step }, { rounds: quick ? 2 : 5, warmUp: 1 });
    const trainingProfile = shares(step);
    const grown = (backend.memory?.().reserved ?? 0) - loaded;
    const torch = runPython('torch_networks.py', torchName, batch, threads, quick ? 3 : 8);
    const rate = (/** @type {{ median: number } | undefined} */ time) => (1000 * batch) / (time?.median ?? Number.NaN);
    const row = (
      /** @type {string} */ name,
      /** @type {number} */ graft,
      /** @type {string} */ peer,
      /** @type {number} */ peerValue,
      /** @type {number} */ target,
      /** @type {string} */ where,
    ) => ({
      name,
      graft,
      peer,
      peerValue,
      unit: 'images/s',
      ratio: graft / peerValue,
      target,
      why: `${wider} Where Graft's time goes: ${where}.`,
    });
    yield row(names.forward, rate(forward['graft']), 'onnxruntime', rate(forward['ort']), ortForward, forwardProfile);
    if (torch) {
      yield row(
        names.forward,
        rate(forward['graft']),
        `PyTorch ${torch.version} eager`,
        torch.forward,
        torchForward,
        forwardProfile,
      );
      yield row(
        names.training,
        rate(training['graft']),
        `PyTorch ${torch.version} eager`,
        torch.training,
        torchTraining,
        trainingProfile,
      );
      yield {
        name: names.memory,
        graft: grown / 1e6,
        peer: `PyTorch ${torch.version} eager`,
        peerValue: torch.bytes / 1e6,
        unit: 'MB',
        ratio: torch.bytes / grown,
        target: 1,
        why: 'The backward pass holds the same values; the heap rounds sizes up by at most a quarter, and reuses freed blocks for other sizes only when memory is short.',
      };
    }
    await backend.dispose?.();
  }
}

const wider = 'Native code multiplies eight or sixteen floats per instruction, WebAssembly four.';

/** The ops that take most of a function's time, as text. */
function shares(/** @type {() => void} */ run) {
  const { rows } = profile(run);
  /** @type {Map<string, number>} */
  const byOp = new Map();
  for (const { op, milliseconds } of rows) byOp.set(op, (byOp.get(op) ?? 0) + milliseconds);
  const total = [...byOp.values()].reduce((a, b) => a + b, 0);
  return [...byOp]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 6)
    .map(([op, milliseconds]) => `${op} ${((100 * milliseconds) / total).toFixed(0)} %`)
    .join(', ');
}
