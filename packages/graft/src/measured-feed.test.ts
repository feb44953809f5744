import { finetune } from '@graft/finetune';
import { buildModel, floats, noise } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let files: File[];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 10 });
});
afterAll(() => app.dispose());

/** A network whose first layer reacts to values above a threshold. */
const above = (threshold: number): Uint8Array =>
  buildModel({
    inputs: { x: { shape: ['N', 3, 16, 16] } },
    outputs: ['y'],
    opset: 17,
    constants: {
      w: floats([6, 3, 1, 1], (i) => (i % 4 === 0 ? 1 : 0)), // each channel by itself
      b: floats([6], () => -threshold),
      fc: floats([6, 5], noise(1)),
    },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c']],
      ['Relu', ['c'], ['r']],
      ['GlobalAveragePool', ['r'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'fc'], ['y']],
    ],
  });
const run = async (
  threshold: number,
  more: object = {},
): Promise<{ mean: unknown; std: unknown; warnings: string }> => {
  const storage = memoryStorage();
  const { summary, warnings } = await finetune(
    { model: above(threshold), data: files, epochs: 2, batch: 4, views: 1, ...more },
    { app, storage },
  );
  const { mean, std } = summary.preprocessing as { mean: number[]; std: number[] };
  return { mean, std, warnings: warnings.map(({ message }) => message).join('\n') };
};

test('a network that only reacts to values up to 255 is fed with them, and a sentence says why', async () => {
  const { mean, std, warnings } = await run(100);
  expect([mean, std]).toEqual([
    [0, 0, 0],
    [1 / 255, 1 / 255, 1 / 255],
  ]);
  expect(warnings).toMatch(
    /features of 24 images were compared: the network is fed RGB images of 16×16, values from 0 to 255 \(24 of 24\) instead of .* \(\d+ of 24\), because more of them are closest to their own class/,
  );
  expect(warnings).not.toContain('does not specify its normalisation');
});
test('without a clear difference, and with chosen statistics, the assumption stands', async () => {
  const assumed = await run(0);
  expect(assumed.mean).toEqual([0.485, 0.456, 0.406]);
  expect(assumed.warnings).toContain("ImageNet's");
  expect((await run(100, { mean: [0.5], std: [0.5] })).mean).toEqual([0.5, 0.5, 0.5]);
});
