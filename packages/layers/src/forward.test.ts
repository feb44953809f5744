import { add, concat, grad, integers, mul, ones, Random, relu, sum, type Tensor, tensor, trace } from '@graft/tensor';
import { expect, test } from 'vitest';
import {
  Checkpoint,
  compile,
  Embedding,
  forward,
  GraphModule,
  inference,
  Linear,
  Module,
  type ModuleInput,
  ReLU,
  type Run,
  Sequential,
  summary,
  traceModule,
  TrainingRun,
} from './index.ts';

/** An image's features beside those of a text. */
class TwoTowers extends Module<{ image: Tensor; text: Tensor }> {
  readonly image = new Linear({ in: 3, out: 2 });
  readonly text = new Embedding({ count: 5, features: 2 });
  override forward({ image, text }: { image: Tensor; text: Tensor }): Tensor {
    return concat([this.image.forward(image), sum(this.text.forward(text), 1)], 1);
  }
}
/** A bias that may be left out. */
class Shifted extends Module<{ x: Tensor; shift?: Tensor }> {
  override forward({ x, shift }: { x: Tensor; shift?: Tensor }): Tensor {
    return shift ? add(x, shift) : x;
  }
}
const towers = (): TwoTowers => new TwoTowers().initialize(1);
const inputs = (batch = 2, length = 4): { image: Tensor; text: Tensor } => ({
  image: tensor(
    Array.from({ length: 3 * batch }, (_, i) => Math.sin(i)),
    { shape: [batch, 3] },
  ),
  text: integers(
    Array.from({ length: batch * length }, (_, i) => i % 5),
    [batch, length],
  ),
});
/** What JavaScript gives, types aside. */
const wrongly = (module: object, input: object): (() => Tensor) => {
  const any = module as Module<ModuleInput>;
  return () => forward(any, input as ModuleInput);
};

test('a module of named inputs, alone and in front of others', () => {
  const model = new Sequential(towers(), new ReLU());
  expect(forward(model, inputs()).numbers()).toEqual(relu(model.layers[0]!.forward(inputs())).numbers());
  expect([...model.parameters()].map(([path]) => path)).toEqual(['0.image.weight', '0.image.bias', '0.text.weight']);
});

test('compiled it computes the same, for other shapes and with the inputs in another order', () => {
  const model = towers();
  const compiled = compile(model);
  for (const [batch, length] of [
    [2, 4],
    [3, 2],
    [2, 4],
  ]) {
    const { image, text } = inputs(batch, length);
    const wanted = model.forward({ image, text }).numbers();
    expect(compiled.forward({ image, text }).numbers()).toEqual(wanted);
    expect(compiled.forward({ text, image }).numbers()).toEqual(wanted);
  }
  compiled.dispose();
});

test('traced and summed up by name', () => {
  const { image, text } = inputs();
  const graph = traceModule(towers(), { text, image });
  expect(graph.inputs.map(({ name, dtype }) => [name, dtype])).toEqual([
    ['text', 'int64'],
    ['image', 'float32'],
  ]);
  expect(trace((x) => x, [image]).inputs[0]!.name).toBeUndefined();
  const { rows, total } = summary(towers(), { image: [2, 3], text: { shape: [2, 4], dtype: 'int64' } });
  expect(rows.map(({ path, outputShape }) => [path, outputShape])).toEqual([
    ['', [2, 4]],
    ['image', [2, 2]],
    ['text', [2, 4, 2]],
  ]);
  expect(total.multiplyAdds).toBe(12);
});

test('gradients flow through a checkpoint of named inputs', () => {
  const [plain, kept] = [towers(), new Checkpoint(towers())];
  const [own, other] = [plain, kept].map((model) => {
    const parameters = [...model.parameters()].map(([, parameter]) => parameter);
    const run = new TrainingRun(new Random(0));
    const loss = (): Tensor => sum(mul(forward<{ image: Tensor; text: Tensor }>(model, inputs(), run), 0.5));
    return grad(loss, parameters).map((one) => one.numbers());
  });
  expect(other).toEqual(own);
  expect(own!.flat().some((value) => value !== 0)).toBe(true);
});

test('an optional input may be omitted', () => {
  const x = ones([2]);
  expect(forward(new Shifted(), { x }).numbers()).toEqual([1, 1]);
  expect(forward(new Shifted(), { x, shift: ones([2]) }).numbers()).toEqual([2, 2]);
});

test.each<[string, object, (all: { image: Tensor; text: Tensor }) => object, string]>([
  [
    'missing',
    towers(),
    ({ image }) => ({ image }),
    'The model expects an input "text", which is missing. Given inputs: image.',
  ],
  [
    'misspelt',
    towers(),
    ({ image, text }) => ({ image, txt: text }),
    'The model expects an input "text", which is missing. Given inputs: image, txt. Did you mean "txt"?',
  ],
  [
    'extra',
    towers(),
    (all) => ({ ...all, mask: all.text }),
    'The model does not have an input "mask". It expects image, text.',
  ],
  [
    'misspelt and optional',
    new Shifted(),
    ({ image }) => ({ x: image, shfit: image }),
    'The model does not have an input "shfit". It expects x, shift. Did you mean "shift"?',
  ],
  [
    'named for a module of one tensor',
    new Sequential(new Linear({ in: 3, out: 2 })),
    (all) => all,
    'The model takes one tensor but got named inputs: image, text. Give it one of them.',
  ],
  [
    'one for a module of named inputs',
    new Sequential(towers(), new ReLU()),
    ({ image }) => image,
    'The model takes named inputs (image, text) but got one tensor.',
  ],
])('mismatched inputs are rejected with a clear error: %s', (_, module, give, sentence) => {
  expect(wrongly(module, give(inputs()))).toThrow(sentence);
  const compiled = compile(module as Module<ModuleInput>);
  expect(() => compiled.forward(give(inputs()) as ModuleInput)).toThrow(sentence);
});

test("a module's own error is not mistaken for a missing input", () => {
  class Broken extends Module<{ x: Tensor; scale?: Tensor }> {
    override forward({ x, scale }: { x: Tensor; scale?: Tensor }, _: Run = inference): Tensor {
      if (!scale) throw new RangeError(`a scale for ${x.shape.length} axes is needed`);
      return x;
    }
  }
  expect(() => forward(new Broken(), { x: ones([2]) })).toThrow(RangeError);
});

test('a graph takes its inputs by name, and refuses others', () => {
  const graph = new GraphModule({
    inputs: ['a', 'mask'],
    outputs: ['y'],
    nodes: [{ name: 'n', type: 'Mul', inputs: ['a', 'mask'], outputs: ['y'], run: ([a, mask]) => mul(a!, mask!) }],
    weights: new Map(),
    constants: new Map(),
  });
  const [a, mask] = [tensor([1, 2]), tensor([0, 3])];
  expect(forward(graph, { mask, a }).numbers()).toEqual([0, 6]);
  expect(wrongly(graph, { a, msk: mask })).toThrow(
    'The graph has no input "msk". Did you mean "mask"? Its inputs are a, mask.',
  );
  expect(wrongly(graph, { a })).toThrow('Input "mask" is missing. Give a tensor for each of: a, mask.');
  expect(wrongly(graph, a)).toThrow('This graph has 2 inputs (a, mask) but got one tensor.');
});
