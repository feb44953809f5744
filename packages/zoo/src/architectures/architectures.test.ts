import { createWasmBackend } from '@graft/backend-wasm';
import { compile, summary, withoutDrawing } from '@graft/layers';
import { createApp } from '@graft/plugin';
import { sizeOf, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { noise } from '../../../../tools/testing/noise.mjs';
import { goldenNetworks, weightsOf } from '../../test/golden-networks.ts';
import zoo, { architecture, loadPretrained } from '../index.ts';

const app = await createApp([zoo]);
const backend = await createWasmBackend();

test.each(goldenNetworks.map((network) => [`${network.architecture} of ${network.library}`, network] as const))(
  '%s has the names, shapes and outputs of PyTorch',
  async (name, { library, architecture: own, options, shapes, image, scale, logits }) => {
    const found = app.get(architecture, own);
    const small = {
      ...found,
      create: (given?: object) => found.create({ ...options, ...given }),
    };
    const { module, notes } = await loadPretrained(small, weightsOf({ shapes }), { name });
    expect(notes).toEqual([]);
    const isOwn = library === 'torchvision'; // the architecture has the same names
    if (isOwn)
      expect(new Map([...module.parameters()].map(([path, { value }]) => [path, value.shape]))).toEqual(shapes);
    await module.to(backend);
    const images = tensor(noise(sizeOf(image), 1), { shape: image, backend });
    for (const run of isOwn ? [module, compile(module)] : [module]) {
      const output = run.forward(images);
      const classes = output.shape[1]!;
      const first = output.numbers().filter((_, i) => i % classes < 12);
      expectClose(first, logits.flat(), 1e-4, name, scale);
    }
    module.dispose();
  },
  60_000,
);

test('every architecture of images is compared with PyTorch', () => {
  const compared = new Set(goldenNetworks.map((network) => network.architecture));
  const images = app.all(architecture).filter(({ inputs }) => !inputs);
  expect(images.map(({ name }) => name).filter((name) => !compared.has(name))).toEqual([]);
});

// Parameters and GFLOPS (multiply-adds) from torchvision's table of classification weights; parameters of the others from timm.
test.each([
  ['convNextTiny', 28_589_128, 4.46],
  ['deitSmall', 22_050_664, undefined],
  ['dinoV2Small', 22_056_192, undefined], // without the token for masks
  ['efficientNetB0', 5_288_548, 0.39],
  ['efficientNetLite1', 5_416_680, undefined],
  ['efficientNetLite2', 6_092_072, undefined],
  ['mobileNetV2', 3_504_872, 0.3],
  ['mobileNetV3Large', 5_483_032, 0.22],
  ['mobileNetV3Small', 2_542_856, 0.06],
  ['regNetX400mf', 5_495_976, 0.41],
  ['regNetY400mf', 4_344_144, 0.4],
  ['resnet18', 11_689_512, 1.81],
  ['resnet50', 25_557_032, 4.09],
  ['resnet101', 44_549_160, 7.8],
  ['squeezeNet1_1', 1_235_496, 0.35],
  ['vitB16', 86_567_656, undefined],
] as const)('%s has the published number of parameters and multiply-adds', (name, parameters, billions) => {
  const { create, inputShape = [3, 224, 224] } = app.get(architecture, name);
  const model = withoutDrawing(() => create());
  const { total } = summary(model as never, [[1, ...inputShape]]);
  expect(total.parameters).toBe(parameters);
  if (billions !== undefined) expect(total.multiplyAdds / 1e9).toBeCloseTo(billions, 1);
  model.dispose();
});
