import { finetune } from '@graft/finetune';
import { Conv2d, Flatten, GlobalAvgPool, Linear, ReLU, Sequential } from '@graft/layers';
import { apiVersion, type App, configurable, definePlugin } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { architecture } from '@graft/zoo';
import { image } from '@graft/data';
import { sharpDecoder } from '@graft/augment/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraft } from './node/index.ts';

const tiny = definePlugin({
  name: 'tiny',
  apiVersion,
  contributes: [
    architecture({
      ...configurable(
        'tinyNet',
        () =>
          new Sequential(
            new Conv2d({ in: 3, out: 6, kernel: 3, stride: 2 }),
            new ReLU(),
            new GlobalAvgPool(),
            new Flatten(),
            new Linear({ in: 6, out: 10 }),
          ),
        {},
      ),
      inputShape: [3, 12, 12],
    }),
  ],
});
let app: App;
const data: { input: Uint8Array; label: string }[] = [];
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [], plugins: [tiny] });
  for (let i = 0; i < 24; i++) {
    const red = i % 2 === 0;
    const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, k) => ((k % 3 === 0) === red ? 200 - i : 30 + i));
    const input = await sharpDecoder.encode(image(pixels, 12, 12, 3), { type: 'png' });
    data.push({ input, label: red ? 'red' : 'cyan' });
  }
});
afterAll(() => app.dispose());
const options = { model: 'tinyNet', data, mean: [0.5], std: [0.25], epochs: 10, batch: 4, learningRate: 0.1 } as const;

test("a plugin's architecture is trained from scratch by name, reproducibly by seed", async () => {
  const trained = async (seed: number): Promise<Uint8Array> => {
    const storage = memoryStorage();
    const { scores } = await finetune({ ...options, unfreeze: 'all', seed }, { app, storage });
    expect(scores['accuracy']).toBe(1);
    return storage.read('model.onnx');
  };
  const first = await trained(1);
  expect(await trained(1)).toEqual(first);
  expect(await trained(2)).not.toEqual(first);
});
test('a frozen backbone with random weights is rejected', async () =>
  expect(finetune(options, { app, storage: memoryStorage() })).rejects.toMatchObject({
    code: 'options.value',
    message:
      '"tinyNet" is an architecture with random weights, so its backbone must be trained, but the option unfreeze is 0. Set it to "all", or load pretrained weights with the option weights.',
  }));
