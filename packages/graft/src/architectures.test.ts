import { createWasmBackend } from '@graft/backend-wasm';
import { withoutDrawing } from '@graft/layers';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { createApp } from '@graft/plugin';
import { scope, sizeOf, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import zoo, { architecture } from '@graft/zoo';
import { expect, test } from 'vitest';
import { noise } from '../../../tools/testing/noise.mjs';
import { randomWeight } from '../../../tools/testing/random-weight.ts';
import { runInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';

const app = await createApp([zoo]);
const backend = await createWasmBackend();
const ofImages = app.all(architecture).filter(({ inputs }) => !inputs);
/** Options and image sizes that are fast; an odd height or width where the network takes one. */
const small: Readonly<Record<string, readonly [options: object, height: number, width: number]>> = {
  deitSmall: [{ blocks: 2, size: 48 }, 48, 48],
  dinoV2Small: [{ blocks: 2, size: 56 }, 42, 70],
  visionTransformer: [{}, 64, 64],
  vitB16: [{ blocks: 1, size: 48 }, 48, 48],
};

test.each(ofImages.map(({ name }) => name))(
  '%s computes the same when exported, in onnxruntime and imported again',
  async (name) => {
    const [options, height, width] = small[name] ?? [{}, 64, 81];
    const module = withoutDrawing(() => app.get(architecture, name).create(options));
    for (const [path, parameter] of module.parameters()) {
      const { shape } = parameter.value;
      parameter.take(tensor(randomWeight(path, shape), { shape }));
      parameter.initialised = true;
    }
    await module.to(backend);
    const shape = [2, 3, height, width];
    const values = noise(sizeOf(shape), 1);
    const images = tensor(values, { shape, backend });
    const expected = scope(() => module.forward(images as never).numbers());
    const scale = Math.max(...expected.map(Math.abs));
    const file = await exportOnnx(module, { inputShape: shape.slice(1) });
    module.dispose();
    expectClose([...(await runInOnnxruntime(file, values, shape))], expected, 1e-4, name, scale);
    const imported = await importOnnx(file).to(backend);
    expectClose(
      scope(() => imported.forward(images).numbers()),
      expected,
      1e-4,
      name,
      scale,
    );
    imported.dispose();
  },
  60_000,
);

test('weights by name differ also where shapes are the same', () => {
  const [query, key] = ['query', 'key'].map((name) => randomWeight(`${name}.weight`, [8, 8])) as [
    Float32Array,
    Float32Array,
  ];
  const product = query.reduce((sum, value, i) => sum + value * key[i]!, 0);
  const squares = query.reduce((sum, value) => sum + value ** 2, 0);
  expect(Math.abs(product / squares)).toBeLessThan(0.5);
});
