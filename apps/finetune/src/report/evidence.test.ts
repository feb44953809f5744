import { createBackend, createGraft } from '@graft/graft';
import { floats } from '@graft/onnx/testing';
import { scope, sum, tensor, valueAndGrad } from '@graft/tensor';
import { gradCam, linearHead, TransferModel } from '@graft/transfer';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { openBackbone } from '../backbone.ts';
import { evidenceOf } from './evidence.ts';

const folder = workFolder();
const app = await createGraft();
const backend = await createBackend(app, 'js');

const weights = [1, -1, 0.5, /* */ -2, 1, 0];
/** The image itself is the feature map: three channels of 2×2, averaged. */
const averaged = put(
  tinyBackbone({
    inputs: { image: { shape: ['N', 3, 2, 2] } },
    constants: { 'fc.weight': floats([3, 2], weights) },
    outputs: ['scores'],
    nodes: [
      ['Identity', ['image'], ['same']],
      ['Relu', ['same'], ['map']],
      ['GlobalAveragePool', ['map'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
  }),
  folder,
  'averaged.onnx',
);
const image = [4, 0, 1, 0, /* */ 0, 3, 0, 0, /* */ 1, 1, 1, 2];

test('for a mean and a linear head Grad-CAM is CAM: what each class weighs the channels of the map before the pooling with, over its places', async () => {
  const { map, module, cut } = await openBackbone(app, backend, { model: averaged, mean: [0], std: [1] });
  expect(cut).toBe('pooled');
  const model = await new TransferModel(module, linearHead({ features: [1, 3], classes: 2 })).to(backend);
  const [weight, bias] = [...model.head.parameters()].map(([, parameter]) => parameter);
  weight!.value = tensor(weights, { shape: [2, 3], backend });
  bias!.value = tensor([10, -10], { backend });
  const head = (x: Parameters<typeof gradCam>[0]) => model.head.forward(map!.after.forward(x));
  const values = map!.before.forward(tensor([...image, ...image], { shape: [2, 3, 2, 2], backend }));
  expect(values.numbers()).toEqual([...image, ...image]);
  // By hand: 1·first − 1·second + ½·third = [4.5, −2.5, 1.5, 1]; −2·first + 1·second = [−8, 3, −2, 0]; negative places are 0, the strongest is 1.
  const wanted = [1, 0, 1.5 / 4.5, 1 / 4.5, /* */ 0, 1, 0, 0];
  for (const [i, value] of gradCam(values, head, [0, 1]).numbers().entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
  // The gradient of a score is its class's row of weights, divided by the number of places.
  const {
    grads: [slope],
  } = valueAndGrad(() => sum(head(values)), [values]);
  expect(slope!.numbers().slice(0, 12)).toEqual(
    [0, 1, 2].flatMap((k) => Array.from({ length: 4 }, () => (weights[k]! + weights[3 + k]!) / 4)),
  );
});

test('the places that speak for an answer stay bright, the others go dark', async () => {
  const backbone = await openBackbone(app, backend, { model: averaged, mean: [0], std: [1] });
  const model = await new TransferModel(backbone.module, linearHead({ features: [1, 3], classes: 2 })).to(backend);
  const [weight] = [...model.head.parameters()].map(([, parameter]) => parameter);
  weight!.value = scope(() => tensor([1, 0, 0, 0, 0, 0], { shape: [2, 3], backend }));
  // White but for the red of three places: the first class looks at red.
  const inputs = Float32Array.of(1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const [picture] = (await evidenceOf(
    model,
    backbone,
    { inputs, shape: [1, 3, 2, 2], labels: Int32Array.of(0), indices: [0] },
    [0],
  ))!;
  const { data, info } = await sharp(Buffer.from(picture!.split(',')[1]!, 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const green = (x: number, y: number): number =>
    data[3 * (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) + 1]!;
  expect(green(0, 0)).toBeGreaterThan(220);
  for (const [x, y] of [
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const)
    expect(green(x, y)).toBeLessThan(90);
});
