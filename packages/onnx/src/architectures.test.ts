import { describe, expect, test } from 'vitest';
import { expectSameAsOnnxruntime } from '../test/onnxruntime.ts';
import { importOnnx } from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise, type NodeSketch } from './testing/index.ts';

/** Networks in the form in which PyTorch writes torchvision's, narrow and shallow. */
class Sketch {
  readonly nodes: NodeSketch[] = [];
  readonly constants: Record<string, ReturnType<typeof floats>> = {};
  #count = 0;

  /** One node under PyTorch's scope names; its output is called `/scope/Op_output_0`. */
  node(scope: string, op: string, inputs: readonly string[], attributes: NodeSketch[3] = {}): string {
    const name = `${scope}/${op}${this.nodes.some((one) => one[4] === `${scope}/${op}`) ? `_${++this.#count}` : ''}`;
    this.nodes.push([op, inputs, [`${name}_output_0`], attributes, name]);
    return `${name}_output_0`;
  }
  constant(name: string, shape: readonly number[]): string {
    this.constants[name] = floats(shape, (i) => noise(name.length + i)(i) * 0.5);
    return name;
  }
  /** PyTorch's default export folds batch norm into the convolution and renames the weights. */
  conv(
    scope: string,
    x: string,
    [to, from]: readonly [number, number],
    { kernel = 3, stride = 1, group = 1 } = {},
  ): string {
    const id = 193 + 3 * Object.keys(this.constants).length;
    const pad = Math.floor(kernel / 2);
    return this.node(
      scope,
      'Conv',
      [
        x,
        this.constant(`onnx::Conv_${id}`, [to, from / group, kernel, kernel]),
        this.constant(`onnx::Conv_${id + 1}`, [to]),
      ],
      {
        dilations: [1, 1],
        group,
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
      },
    );
  }
  relu6(scope: string, x: string): string {
    return this.node(scope, 'Clip', [
      x,
      this.node(scope, 'Constant', [], { value: floats([], [0]) }),
      this.node(scope, 'Constant', [], { value: floats([], [6]) }),
    ]);
  }
  model(output: string, opset: number): Uint8Array {
    const model: ModelSketch = {
      inputs: { input: { shape: ['batch_size', 3, 32, 32] } },
      outputs: [output],
      nodes: this.nodes,
      constants: this.constants,
      opset,
    };
    return buildModel(model);
  }
}

function resnet(opset: number): Uint8Array {
  const s = new Sketch();
  let x = s.node(
    '',
    'MaxPool',
    [s.node('/relu', 'Relu', [s.conv('/conv1', 'input', [8, 3], { kernel: 7, stride: 2 })])],
    { ceil_mode: 0, dilations: [1, 1], kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
  );
  for (const [layer, from, to] of [
    [1, 8, 8],
    [2, 8, 16],
    [3, 16, 24],
  ] as const) {
    const scope = `/layer${layer}/layer${layer}.0`;
    const stride = from === to ? 1 : 2;
    const inner = s.conv(
      `${scope}/conv2`,
      s.node(`${scope}/relu`, 'Relu', [s.conv(`${scope}/conv1`, x, [to, from], { stride })]),
      [to, to],
    );
    const side = from === to ? x : s.conv(`${scope}/downsample/downsample.0`, x, [to, from], { kernel: 1, stride });
    x = s.node(`${scope}/relu_1`, 'Relu', [s.node(scope, 'Add', [inner, side])]);
  }
  const features = s.node('', 'Flatten', [s.node('/avgpool', 'GlobalAveragePool', [x])], { axis: 1 });
  return s.model(
    s.node('/fc', 'Gemm', [features, s.constant('fc.weight', [10, 24]), s.constant('fc.bias', [10])], {
      alpha: undefined,
      transB: 1,
    }),
    opset,
  );
}

function mobilenetV2(opset: number): Uint8Array {
  const s = new Sketch();
  let x = s.relu6(
    '/features/features.0/features.0.2',
    s.conv('/features/features.0/features.0.0', 'input', [8, 3], { stride: 2 }),
  );
  for (const [block, from, to] of [
    [1, 8, 8],
    [2, 8, 12],
    [3, 12, 12],
  ] as const) {
    const scope = `/features/features.${block}/conv`;
    const wide = s.relu6(
      `${scope}/conv.0/conv.0.2`,
      s.conv(`${scope}/conv.0/conv.0.0`, x, [from * 4, from], { kernel: 1 }),
    );
    const deep = s.relu6(
      `${scope}/conv.1/conv.1.2`,
      s.conv(`${scope}/conv.1/conv.1.0`, wide, [from * 4, from * 4], { stride: from === to ? 1 : 2, group: from * 4 }),
    );
    const narrow = s.conv(`${scope}/conv.2`, deep, [to, from * 4], { kernel: 1 });
    x = from === to ? s.node(`/features/features.${block}`, 'Add', [x, narrow]) : narrow;
  }
  // A mean over positions, and a reshape whose batch comes from the input's shape.
  const pooled = s.node('', 'GlobalAveragePool', [x]);
  s.constants.index = longs([0], []);
  s.constants.axes = longs([0]);
  s.constants.rest = longs([-1]);
  const batch = s.node('', 'Unsqueeze', [
    s.node('', 'Gather', [s.node('', 'Shape', [pooled]), 'index'], { axis: 0 }),
    'axes',
  ]);
  const features = s.node('', 'Reshape', [pooled, s.node('', 'Concat', [batch, 'rest'], { axis: 0 })]);
  return s.model(
    s.node(
      '/classifier/classifier.1',
      'Gemm',
      [features, s.constant('classifier.1.weight', [10, 12]), s.constant('classifier.1.bias', [10])],
      { transB: 1 },
    ),
    opset,
  );
}

function squeezenet(opset: number): Uint8Array {
  const s = new Sketch();
  const pool = (scope: string, x: string): string =>
    s.node(scope, 'MaxPool', [x], { ceil_mode: 1, kernel_shape: [3, 3], pads: [0, 0, 0, 0], strides: [2, 2] });
  let x = pool(
    '/features/features.2',
    s.node('/features/features.1', 'Relu', [s.conv('/features/features.0', 'input', [8, 3], { stride: 2 })]),
  );
  for (const [fire, from] of [
    [3, 8],
    [4, 16],
  ] as const) {
    const scope = `/features/features.${fire}`;
    const squeezed = s.node(`${scope}/squeeze_activation`, 'Relu', [
      s.conv(`${scope}/squeeze`, x, [4, from], { kernel: 1 }),
    ]);
    const expanded = [1, 3].map((kernel) =>
      s.node(`${scope}/expand${kernel}x${kernel}_activation`, 'Relu', [
        s.conv(`${scope}/expand${kernel}x${kernel}`, squeezed, [8, 4], { kernel }),
      ]),
    );
    x = s.node(scope, 'Concat', expanded, { axis: 1 });
  }
  const scores = s.node('/classifier/classifier.2', 'Relu', [
    s.conv('/classifier/classifier.1', s.node('/classifier/classifier.0', 'Dropout', [x]), [10, 16], { kernel: 1 }),
  ]);
  return s.model(
    s.node('', 'Flatten', [s.node('/classifier/classifier.3', 'GlobalAveragePool', [scores])], { axis: 1 }),
    opset,
  );
}

describe.each([13, 17])('in operator set %i', (opset) => {
  test.each([
    ['ResNet', resnet],
    ['MobileNetV2', mobilenetV2],
    ['SqueezeNet', squeezenet],
  ] as const)('%s computes what onnxruntime does', async (_, build) =>
    expectSameAsOnnxruntime(build(opset), { input: floats([2, 3, 32, 32], noise(7)) }),
  );
});

const best = (bytes: Uint8Array) => {
  const model = importOnnx(bytes);
  const [{ kind, features, type } = {}] = model.candidateCuts({ inputShapes: { input: [1, 3, 32, 32] } });
  return { kind, features, type, groups: model.layerGroups().map((group) => group.name) };
};
test('the first cut offered is the features that the classifier sees', () => {
  expect(best(resnet(17))).toEqual({
    kind: 'vector',
    features: 24,
    type: 'Flatten',
    groups: ['conv1', 'layer1', 'layer2', 'layer3', 'fc'],
  });
  expect(best(mobilenetV2(17))).toEqual({
    kind: 'vector',
    features: 12,
    type: 'Reshape',
    groups: ['features.0', 'features.1', 'features.2', 'features.3', 'classifier'],
  });
  // Its classifier is a convolution, so what it sees is a map.
  expect(best(squeezenet(17))).toEqual({
    kind: 'map',
    features: 16,
    type: 'Dropout',
    groups: ['features.0', 'features.3', 'features.4', 'classifier'],
  });
});
