import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { BatchNorm1d, GraphModule, Linear, Module, ReLU, Sequential } from './index.ts';
import { Parameter, type Tensor, tensor } from '@graft/tensor';

class Tower extends Module {
  readonly blocks = [new Linear({ in: 2, out: 3 }), new ReLU()];
  readonly scale = new Parameter(tensor([1]));
  override forward(x: Tensor): Tensor {
    return this.blocks.reduce((y: Tensor, block: Module) => block.forward(y), x);
  }
}

test('a model is the tree of its modules with what each has', () => {
  const model = new Sequential(new Tower(), new BatchNorm1d({ features: 3 }), new Linear({ in: 3, out: 1000 }));
  model.layers[0]!.freeze();
  expect(inspect(model)).toBe(
    `Sequential (4,016 parameters, 10 frozen)
  0: Tower (10 parameters, frozen)
    blocks.0: Linear (weight [3, 2], bias [3], 9 parameters, frozen)
    blocks.1: ReLU
  1: BatchNorm1d (weight [3], bias [3], 6 parameters)
  2: Linear (weight [1000, 3], bias [1000], 4,000 parameters)`,
  );
});
test('large ones are shortened', () => {
  const weights = new Map(Array.from({ length: 30 }, (_, i) => [`w${i}`, new Parameter(tensor([1, 2]))]));
  const graph = new GraphModule({ inputs: ['x'], outputs: ['x'], nodes: [], weights, constants: new Map() });
  expect(inspect(graph)).toBe('GraphModule (60 parameters)');
  const deep = new Sequential(...Array.from({ length: 100 }, () => new ReLU()));
  const lines = inspect(deep).split('\n');
  expect([lines.length, lines[60]]).toEqual([61, '… and 41 more modules']);
});
