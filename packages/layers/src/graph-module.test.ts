import { add, keep, mul, Parameter, relu, scope, sum, tensor, valueAndGrad } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { GraphModule, type GraphNode } from './index.ts';

const node = (name: string, type: string, inputs: string[], outputs: string[], run: GraphNode['run']): GraphNode => ({
  name,
  type,
  inputs,
  outputs,
  run,
});
const graph = (): GraphModule =>
  new GraphModule({
    inputs: ['x'],
    outputs: ['y'],
    nodes: [
      node('scale', 'Mul', ['x', 'w'], ['a'], ([x, w]) => mul(x!, w!)),
      node('same', 'Identity', ['a'], ['b'], ([a]) => a!),
      node('act', 'Relu', ['b'], ['c'], ([b]) => relu(b!)),
      node('out', 'Add', ['c', 'one'], ['y'], ([c, one]) => add(c!, one!)),
    ],
    weights: new Map([['w', new Parameter(tensor([2, -1]))]]),
    constants: new Map([['one', keep(tensor([1]))]]),
  });

test('computes its output, and frees intermediates', () => {
  const model = graph();
  const x = keep(tensor([3, 4]));
  const before = unfreedTensors();
  scope(() => expect(model.forward(x).numbers()).toEqual([7, 1]));
  expect(unfreedTensors()).toBe(before);
});
test('any value can be the output; weights are shared', () => {
  const model = graph();
  const cut = model.cut('b');
  expect(cut.nodes.map(({ name }) => name)).toEqual(['scale', 'same']);
  expect(cut.forward(tensor([3, 4])).numbers()).toEqual([6, -4]);
  expect([...cut.parameters()][0]![1]).toBe([...model.parameters()][0]![1]);
  expect([...cut.parameters()][0]![0]).toBe('w');
});
test('after() computes the rest from a value, with the same weights', () => {
  const model = graph();
  const rest = model.after('b');
  expect([rest.inputs, rest.nodes.map(({ name }) => name), [...rest.parameters()]]).toEqual([
    ['b'],
    ['act', 'out'],
    [],
  ]);
  expect(rest.forward(model.cut('b').forward(tensor([3, 4]))).numbers()).toEqual([7, 1]);
  expect([...model.after('x').parameters()][0]![1]).toBe([...model.parameters()][0]![1]);
  expect(() => model.after('d')).toThrow('The graph has no value "d".');
});
test('additional required inputs are named', () => {
  const model = new GraphModule({
    inputs: ['x'],
    outputs: ['y'],
    nodes: [
      node('act', 'Relu', ['x'], ['a'], ([x]) => relu(x!)),
      node('sum', 'Add', ['a', 'x'], ['y'], ([a, x]) => add(a!, x!)),
    ],
    weights: new Map(),
    constants: new Map(),
  });
  expect(() => model.after('a')).toThrow(
    'The outputs y of the graph cannot be computed from "a" alone: they also need its input "x". Choose a value that candidateCuts() lists.',
  );
});
test('trains', () => {
  const model = graph();
  const [[, w]] = [...model.parameters()] as [[string, Parameter]];
  expect(valueAndGrad(() => sum(model.forward(tensor([3, -4]))), [w]).grads[0]!.numbers()).toEqual([3, -4]);
});
test('a missing value is reported with the nearest name', () =>
  expect(() => graph().cut('d')).toThrow(/The graph has no value "d"\. Did you mean "\w"\? It has 5: x, a, b, c, y\./));
test('a failing node is named', () => {
  const broken = new GraphModule({
    inputs: ['x'],
    outputs: ['y'],
    nodes: [node('bad', 'Add', ['x', 'c'], ['y'], ([x, c]) => add(x!, c!))],
    weights: new Map(),
    constants: new Map([['c', tensor([1, 2, 3])]]),
  });
  expect(() => broken.forward(tensor([1, 2]))).toThrow('Node "bad" (Add): Shapes [2] and [3] do not broadcast');
});

test('a node may leave out outputs that nothing reads, but no others', () => {
  const halves = (outputs: string[], nodes: GraphNode[] = []): GraphModule =>
    new GraphModule({
      inputs: ['x'],
      outputs,
      nodes: [node('norm', 'Norm', ['x'], ['y', 'mean'], ([x]) => [relu(x!), undefined]), ...nodes],
      weights: new Map(),
      constants: new Map(),
    });
  const x = tensor([3, -4]);
  expect(halves(['y']).forward(x).numbers()).toEqual([3, 0]);
  const refusal = 'Node "norm" (Norm) does not compute its output "mean", which the graph needs.';
  expect(() => halves(['y', 'mean']).call(new Map([['x', x]]))).toThrow(refusal);
  const reader = node('act', 'Relu', ['mean'], ['z'], ([value]) => relu(value ?? x));
  expect(() => halves(['z'], [reader]).forward(x)).toThrow(refusal);
});
