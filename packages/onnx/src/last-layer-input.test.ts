import { Flatten, Linear, ReLU, Sequential } from '@graft/layers';
import { expect, test } from 'vitest';
import { exportOnnx, importOnnx, lastLayerInput, readModel } from './index.ts';
import { buildModel, floats, noise, smallNetwork } from './testing/index.ts';

test('a new head reads the features of the network, also if activations and scales follow it', async () => {
  const bytes = smallNetwork({ side: 8 });
  const found = lastLayerInput(bytes);
  const features = importOnnx(bytes).cut(found);
  const file = readModel(
    await exportOnnx(new Sequential(features, new Linear({ in: 16, out: 5 }).initialize(1), new ReLU())),
  );
  expect(lastLayerInput(file)).toBe(found);
  const hidden = new Sequential(
    features,
    new Flatten(),
    new Linear({ in: 16, out: 7 }).initialize(1),
    new ReLU(),
    new Linear({ in: 7, out: 5 }).initialize(2),
  );
  const written = importOnnx(await exportOnnx(hidden));
  expect(
    written
      .cut(lastLayerInput(written.file))
      .shapes({ inputShapes: { [written.inputs[0]!]: [2, 3, 8, 8] } })
      .get(lastLayerInput(written.file)),
  ).toEqual([2, 7]);
});
test('a network without a linear layer is refused', () => {
  const convolution = buildModel({
    inputs: { x: { shape: ['N', 3, 4, 4] } },
    outputs: ['y'],
    constants: { w: floats([2, 3, 1, 1], noise(1)) },
    nodes: [['Conv', ['x', 'w'], ['y']]],
  });
  expect(() => lastLayerInput(convolution)).toThrow('does not end in a linear layer (Gemm or MatMul)');
});
