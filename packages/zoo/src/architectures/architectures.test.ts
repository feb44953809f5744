import { createWasmBackend } from '@graft/backend-wasm';
import { compile, type Module, summary } from '@graft/layers';
import { sizeOf, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { noise } from '../../../../tools/testing/noise.ts';
import { mobileNetV2, resnet18, resnet34, resnet50, squeezeNet1_1, visionTransformer } from '../index.ts';

interface Golden {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly logits: readonly (readonly number[])[];
}
const golden = (
  JSON.parse(readFileSync(new URL('./architectures.golden.json', import.meta.url), 'utf8')) as {
    networks: Record<string, Golden>;
  }
).networks;
const backend = await createWasmBackend();

const shapesOf = (model: Module): object =>
  Object.fromEntries([...model.parameters()].map(([path, { value }]) => [path, value.shape]));
function fill(model: Module): void {
  for (const [path, parameter] of model.parameters()) {
    const { shape } = parameter.value;
    const values = noise(sizeOf(shape), shape.length > 1 ? Math.sqrt(2 / sizeOf(shape.slice(1))) : 0.1);
    parameter.take(
      tensor(
        path.endsWith('running_var') || (shape.length === 1 && path.endsWith('weight'))
          ? values.map((v) => v + 1)
          : values,
        { shape },
      ),
    );
  }
}

test.each([
  ['mobileNetV2', mobileNetV2],
  ['resnet18', resnet18],
  ['resnet50', resnet50],
  ['squeezeNet1_1', squeezeNet1_1],
  ['visionTransformer', visionTransformer],
] as const)(
  '%s has the names, shapes and outputs of torchvision',
  async (name, create) => {
    const model = create();
    expect(shapesOf(model)).toEqual(golden[name]!.parameters);
    fill(model);
    await model.to(backend);
    const image = tensor(noise(2 * 3 * 64 * 64, 1), { shape: [2, 3, 64, 64], backend });
    const expected = golden[name]!.logits.flat();
    const scale = Math.max(...expected.map(Math.abs));
    for (const run of [model, compile(model)]) {
      const logits = run.forward(image);
      expectClose(
        logits.numbers().filter((_, i) => i % 1000 < 6),
        expected,
        2e-4,
        name,
        scale,
      );
    }
    model.dispose();
  },
  30_000,
);

// Its outputs need no test, because its blocks are those of resnet18.
test(
  'resnet34 has the names and shapes of torchvision',
  () => expect(shapesOf(resnet34())).toEqual(golden['resnet34']!.parameters),
  30_000,
);
// Parameters and GFLOPS (multiply-adds) from torchvision's table of classification weights.
test.each([
  ['resnet18', resnet18, 11_689_512, 1.81],
  ['resnet50', resnet50, 25_557_032, 4.09],
  ['mobileNetV2', mobileNetV2, 3_504_872, 0.3],
  ['squeezeNet1_1', squeezeNet1_1, 1_235_496, 0.35],
] as const)('%s has the number of parameters and multiply-adds of torchvision', (_, create, parameters, billions) => {
  const model = create();
  const { total } = summary(model, [[1, 3, 224, 224]]);
  expect(total.parameters).toBe(parameters);
  expect(total.multiplyAdds / 1e9).toBeCloseTo(billions, 2);
  model.dispose();
});
