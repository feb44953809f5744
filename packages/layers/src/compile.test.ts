import { add, clip, div, mul, optimize, Parameter, Random, scope, tensor, type Tensor, trace } from '@graft/tensor';
import { expectClose, unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  BatchNorm2d,
  compile,
  Conv2d,
  Flatten,
  GlobalAvgPool,
  Linear,
  Module,
  ReLU,
  Sequential,
  SiLU,
} from './index.ts';

const image = (batch: number, channels = 3): Tensor => {
  const random = new Random(8);
  return tensor(
    Float32Array.from({ length: batch * channels * 36 }, () => random.normal()),
    { shape: [batch, channels, 6, 6] },
  );
};
/** Hard-swish in the arithmetic that exporters write, then a learned scale and shift for each channel. */
class Written extends Module {
  readonly scale = new Parameter(tensor([0.5, -1.5, 2, 1]));
  override forward(x: Tensor): Tensor {
    return div(mul(clip(add(x, 3), 0, 6), x), 6);
  }
}
class Scaled extends Module {
  readonly scale = new Parameter(tensor([[[0.5]], [[-1.5]], [[2]], [[1]]]));
  override forward(x: Tensor): Tensor {
    return add(mul(x, this.scale.value), 0.25);
  }
}
const model = (): Sequential => {
  const made = new Sequential(
    new Conv2d({ in: 3, out: 4, kernel: 3, padding: 1, bias: false }),
    new BatchNorm2d({ features: 4 }),
    new Written(),
    new Conv2d({ in: 4, out: 4, kernel: 3, groups: 4 }),
    new Scaled(),
    new SiLU(),
    new Conv2d({ in: 4, out: 4, kernel: 1 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 4, out: 2 }),
  ).initialize(5);
  const norm = made.layers[1] as BatchNorm2d;
  norm.running_mean!.value = tensor([0.1, -0.2, 0.3, 0]);
  norm.running_var!.value = tensor([1.5, 0.5, 2, 1]);
  return made;
};

test('computes what the module computes, for several batch sizes', () => {
  const [eager, compiled] = [model(), compile(model())];
  for (const batch of [1, 3, 1])
    expectClose(compiled.forward(image(batch)).numbers(), eager.forward(image(batch)).numbers(), 1e-5);
});
test('normalisation and arithmetic are folded, activations recognised', () => {
  const made = model();
  const graph = optimize(
    trace((x) => made.forward(x), [{ shape: [1, 3, 6, 6], dtype: 'float32' }]),
    image(1).backend,
  );
  expect(graph.calls.map(({ op }) => op.name)).toEqual([
    'activatedConv2d',
    'conv2d',
    'silu',
    'activatedConv2d',
    'mean',
    'reshape',
    'matmul',
    'add',
  ]);
});
test('values with two readers, and outputs, are not folded', () => {
  const convolution = new Conv2d({ in: 3, out: 4, kernel: 1 }).initialize(1);
  const twice = (x: Tensor): Tensor => {
    const y = convolution.forward(x);
    return add(mul(y, 2), y);
  };
  const graph = optimize(trace(twice, [{ shape: [1, 3, 6, 6], dtype: 'float32' }]), image(1).backend);
  expect(graph.calls.map(({ op }) => op.name)).toEqual(['conv2d', 'mul', 'add']);
});
test('a module that reads values runs unoptimised', () => {
  class Reads extends Module {
    override forward(x: Tensor): Tensor {
      return mul(x, Math.max(...x.numbers()));
    }
  }
  const x = tensor([1, 3]);
  expect(compile(new Reads()).forward(x).numbers()).toEqual([3, 9]);
});
test('frees its tensors', () => {
  const made = model();
  const x = image(2);
  const run = (): void => {
    const compiled = compile(made);
    scope(() => void compiled.forward(x));
    compiled.dispose();
  };
  run();
  const before = unfreedTensors();
  for (let i = 0; i < 3; i++) run();
  expect(unfreedTensors()).toBe(before);
});
