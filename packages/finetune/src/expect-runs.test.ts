import { Lambda } from '@graft/layers';
import { js, mul, type Tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { expectRuns } from './expect-runs.ts';

const trial = {
  name: 'net.onnx',
  feed: { inputs: { x: { shape: [2, 3], dtype: 'float32' } } } as const,
  shapes: { x: [1, 2, 3] },
  batch: 1,
  backend: js,
};

test('runs a network twice, once compiled, and frees what it computed', async () => {
  const shapes: unknown[] = [];
  const network = new Lambda('network', (x: Tensor) => {
    shapes.push([x.backend.name, x.shape]);
    return mul(x, 2);
  });
  const before = unfreedTensors();
  await expectRuns(network, trial);
  expect(unfreedTensors()).toBe(before);
  expect(shapes).toContainEqual(['js', [1, 2, 3]]);
  expect(shapes).toContainEqual(['trace', [1, 2, 3]]);
});
test('an operator that only fails when it computes is found, with the node', async () => {
  const network = new Lambda('network', (x: Tensor) => {
    if (!x.backend.trace) throw new Error('Node "conv1" (ConvInteger): no kernel.');
    return x;
  });
  await expect(expectRuns(network, trial)).rejects.toThrow(
    '"net.onnx" cannot run on the backend "js": Node "conv1" (ConvInteger): no kernel.',
  );
});
test('a batch of many gigabytes is not made up', async () => {
  const network = new Lambda('network', () => {
    throw new Error('It ran.');
  });
  await expectRuns(network, { ...trial, shapes: { x: [4096, 224, 224] }, batch: 4096 });
  await expect(expectRuns(network, trial)).rejects.toThrow('It ran.');
});
