import type { HostArray } from '@graft/tensor';
import { expect, test } from 'vitest';
import { inspectModel } from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from './testing/index.ts';

type Nodes = NonNullable<ModelSketch['nodes']>[number][];

/** Collects nodes and weights of a sketch. */
class Sketch {
  readonly nodes: Nodes = [];
  readonly constants: Record<string, HostArray> = {};

  conv(from: string, to: string, shape: readonly number[], { stride = 1, weight = `${to}.w` } = {}): string {
    this.constants[weight] = floats([...shape], noise(this.nodes.length + 1));
    const pads = shape[2]! > 1 ? [1, 1, 1, 1] : [0, 0, 0, 0];
    this.nodes.push(['Conv', [from, weight], [to], { strides: [stride, stride], pads }, `${weight} node`]);
    return to;
  }

  node(type: string, inputs: string[], to: string, attributes = {}): string {
    this.nodes.push([type, inputs, [to], attributes]);
    return to;
  }

  /** A residual block. */
  residual(
    from: string,
    name: string,
    channels: number,
    weights = [`${name}.conv1.weight`, `${name}.conv2.weight`],
  ): string {
    const shape = [channels, channels, 3, 3];
    const one = this.node('Relu', [this.conv(from, `${name}a`, shape, { weight: weights[0]! })], `${name}b`);
    const two = this.conv(one, `${name}c`, shape, { weight: weights[1]! });
    return this.node('Relu', [this.node('Add', [two, from], `${name}d`)], `${name}e`);
  }

  head(from: string, channels: number): void {
    this.constants['fc.weight'] = floats([channels, 5], noise(3));
    this.node('Flatten', [this.node('GlobalAveragePool', [from], 'pooled')], 'flat');
    this.node('MatMul', ['flat', 'fc.weight'], 'y');
  }

  build(side = 16): Uint8Array {
    return buildModel({
      inputs: { x: { shape: ['N', 3, side, side] } },
      outputs: ['y'],
      nodes: this.nodes,
      constants: this.constants,
    });
  }
}

function residualNetwork(isNamed: boolean): Uint8Array {
  const sketch = new Sketch();
  const weights = (name: string): string[] | undefined => (isNamed ? undefined : [`${name}1`, `${name}2`]);
  let value = sketch.node(
    'Relu',
    [sketch.conv('x', 'c', [8, 3, 3, 3], { weight: isNamed ? 'stem.weight' : 'w0' })],
    'r',
  );
  for (const name of ['layer1.0', 'layer1.1', 'layer1.2'])
    value = sketch.residual(value, name, 8, weights(name.replace(/\W/g, '_')));
  value = sketch.conv(value, 'd', [16, 8, 3, 3], { stride: 2, weight: isNamed ? 'layer2.0.weight' : 'w9' });
  sketch.head(value, 16);
  return sketch.build();
}

test('blocks follow the names of modules, equal ones are counted, and what the cut does not need is the head', () => {
  const { blocks, cut } = inspectModel(residualNetwork(true), { inputShapes: { x: [1, 3, 16, 16] } });
  expect(cut).toEqual({ value: 'pooled', shape: [1, 16, 1, 1], features: 16, kind: 'vector' });
  expect(blocks).toEqual([
    {
      name: 'stem',
      count: 1,
      operators: { Conv: 1, Relu: 1 },
      shape: [1, 8, 16, 16],
      parameters: 216,
      part: 'backbone',
    },
    {
      name: 'layer1.0',
      last: 'layer1.2',
      count: 3,
      operators: { Conv: 2, Relu: 2, Add: 1 },
      shape: [1, 8, 16, 16],
      parameters: 6 * 576,
      part: 'backbone',
    },
    { name: 'layer2', count: 1, operators: { Conv: 1 }, shape: [1, 16, 8, 8], parameters: 1152, part: 'backbone' },
    { name: '', count: 1, operators: { GlobalAveragePool: 1 }, shape: [1, 16, 1, 1], parameters: 0, part: 'backbone' },
    { name: 'fc', count: 1, operators: { Flatten: 1, MatMul: 1 }, shape: [1, 5], parameters: 80, part: 'head' },
  ]);
});
test('without names, blocks end where one value alone goes on', () => {
  const { blocks } = inspectModel(residualNetwork(false), { inputShapes: { x: [1, 3, 16, 16] } });
  expect(blocks.map(({ count, operators, parameters }) => [count, operators, parameters])).toEqual([
    [1, { Conv: 1, Relu: 1 }, 216],
    [3, { Conv: 2, Relu: 2, Add: 1 }, 6 * 576],
    [1, { Conv: 1 }, 1152],
    [1, { GlobalAveragePool: 1 }, 0],
    [1, { Flatten: 1, MatMul: 1 }, 80],
  ]);
});
test('a row of patterns of two blocks is counted as one', () => {
  const sketch = new Sketch();
  let value = sketch.conv('x', 'c0', [8, 3, 1, 1]);
  for (let i = 0; i < 3; i++) {
    value = sketch.node('Relu', [sketch.conv(value, `a${i}`, [12, 8, 1, 1])], `b${i}`);
    value = sketch.node('Tanh', [sketch.conv(value, `d${i}`, [8, 12, 1, 1])], `e${i}`);
  }
  sketch.head(value, 8);
  const { blocks } = inspectModel(sketch.build(), { inputShapes: { x: [1, 3, 16, 16] } });
  expect(blocks[1]).toMatchObject({ count: 3, operators: { Conv: 2, Relu: 1, Tanh: 1 }, parameters: 6 * 96 });
});
test('where shortcuts cross, blocks end where maps change their size', () => {
  const sketch = new Sketch();
  const double = (from: string, to: string): string =>
    sketch.node('Resize', [from, '', 'scales'], to, { mode: 'nearest' });
  sketch.constants['scales'] = floats([4], (i) => (i < 2 ? 1 : 2));
  const pair = (from: string, to: string, ins: number, outs: number): string => {
    const second = sketch.conv(sketch.conv(from, `${to}1`, [outs, ins, 3, 3]), `${to}2`, [outs, outs, 3, 3]);
    return sketch.node('Relu', [second], to);
  };
  const pool = (from: string, to: string): string =>
    sketch.node('MaxPool', [from], to, { kernel_shape: [2, 2], strides: [2, 2] });
  const a = pair('x', 'a', 3, 4);
  const b = pair(pool(a, 'pa'), 'b', 4, 8);
  const c = pair(sketch.conv(pool(b, 'pb'), 'c0', [8, 8, 3, 3]), 'c', 8, 16);
  const d = pair(sketch.node('Concat', [double(c, 'uc'), b], 'cb', { axis: 1 }), 'd', 24, 8);
  const e = pair(sketch.node('Concat', [double(d, 'ud'), a], 'da', { axis: 1 }), 'e', 12, 4);
  sketch.conv(e, 'y', [2, 4, 1, 1]);
  const { blocks, cut } = inspectModel(sketch.build(), { inputShapes: { x: [1, 3, 16, 16] } });
  expect(cut).toMatchObject({ value: 'c', kind: 'map', features: 16 });
  expect(blocks.filter(({ part }) => part === 'backbone').map(({ shape }) => shape!.slice(1))).toEqual([
    [4, 16, 16],
    [4, 16, 16],
    [8, 4, 4],
    [16, 4, 4],
  ]);
  expect(blocks.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(
    Object.values(sketch.constants).reduce((sum, { data, shape }) => sum + (shape.length > 1 ? data.length : 0), 0),
  );
});
test('Keras names end with the part of a block', () => {
  const sketch = new Sketch();
  let value = 'x';
  for (const [i, name] of [
    'conv2_block1_1_conv',
    'conv2_block1_2_conv',
    'conv3_block1_1_conv',
    'conv3_block2_1_conv',
  ].entries()) {
    sketch.constants[`w${i}`] = floats([8, i ? 8 : 3, 1, 1], noise(i + 1));
    sketch.nodes.push(['Conv', [value, `w${i}`], [`c${i}`], {}, `model/resnet/${name}/Conv2D`]);
    value = sketch.node('Relu', [`c${i}`], `r${i}`);
  }
  sketch.constants['fc'] = floats([8, 5], noise(9));
  sketch.node('Flatten', [sketch.node('GlobalAveragePool', [value], 'pooled')], 'flat');
  sketch.nodes.push(['MatMul', ['flat', 'fc'], ['y'], {}, 'model/resnet/predictions/MatMul']);
  const { blocks } = inspectModel(sketch.build(), { inputShapes: { x: [1, 3, 16, 16] } });
  expect(blocks.slice(0, 2)).toMatchObject([
    { name: 'conv2_block1', operators: { Conv: 2 } },
    { name: 'conv3_block1', last: 'conv3_block2', count: 2 },
  ]);
});
test('a chosen cut, and a file whose shapes are not known', () => {
  const bytes = residualNetwork(true);
  const { blocks, cut } = inspectModel(bytes, { inputShapes: { x: [1, 3, 16, 16] }, cut: 'layer1.0e' });
  expect(cut).toMatchObject({ value: 'layer1.0e', features: 8 });
  expect(blocks.map(({ name, part }) => [name, part])).toEqual([
    ['stem', 'backbone'],
    ['layer1.0', 'backbone'],
    ['layer1.1', 'head'],
    ['layer2', 'head'],
    ['', 'head'],
    ['fc', 'head'],
  ]);
  const open = buildModel({
    inputs: { x: { shape: ['N', 'L'] } },
    outputs: ['y'],
    constants: { to: longs([0, 7]) },
    nodes: [['Reshape', ['x', 'to'], ['y']]],
  });
  expect(inspectModel(open)).toMatchObject({ supported: true, blocks: [] });
});
