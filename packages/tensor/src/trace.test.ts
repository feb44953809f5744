import { expect, test } from 'vitest';
import { add, gather, integers, keep, matmul, relu, reshape, tensor, trace } from './index.ts';

const spec = { shape: [2, 3], dtype: 'float32' } as const;

test('records ops in order, with weights as constants', () => {
  const w = keep(tensor([[1], [2], [3]]));
  const graph = trace((x) => relu(add(matmul(x, w), 1)), [spec]);
  expect(graph.calls.map((call) => call.op.name)).toEqual(['matmul', 'add', 'relu']);
  expect(graph.outputs[0]!.shape).toEqual([2, 1]);
  expect([...graph.constants.values()]).toContain(w);
});
test('a weight used twice is one constant', () => {
  const w = keep(tensor([1, 2, 3]));
  expect(trace((x) => add(add(x, w), w), [spec]).constants.size).toBe(1);
});
test('host integers are computed while tracing', () => {
  const graph = trace((x) => reshape(x, add(integers([2, 1]), integers([1, 1])).numbers()), [spec]);
  expect(graph.calls.map((call) => call.op.name)).toEqual(['reshape']);
  expect(graph.outputs[0]!.shape).toEqual([3, 2]);
});
test('reading a value throws', () => {
  expect(() =>
    trace(
      (x) => {
        x.numbers();
        return x;
      },
      [spec],
    ),
  ).toThrow('are not known while tracing. Compute with ops instead of reading them.');
});
test('integers may index a traced tensor', () => {
  expect(trace((x) => gather(x, integers([1])), [spec]).outputs[0]!.shape).toEqual([1, 3]);
});
