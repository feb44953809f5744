import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { image, type Labelled } from '@graft/data';
import { readModel } from '@graft/onnx';
import { buildModel, floats, noise } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { type Feed, modality, objective } from '@graft/tasks';
import { Random } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraft } from './node/index.ts';

/** Written by tools/golden/image_processing.py: transformers 5.24, timm 1.0.31. */
const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('image-processing.golden.json', import.meta.url)), 'utf8'),
) as Readonly<
  Record<
    string,
    {
      readonly file: readonly [name: string, content: object];
      readonly image: readonly [width: number, height: number];
      readonly shape: readonly [number, number, number];
      readonly step: number;
      readonly values: readonly number[];
    }
  >
>;

let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
});
afterAll(() => app.dispose());

/** A network of any size. */
const network = buildModel({
  inputs: { x: { shape: ['N', 3, 'height', 'width'] } },
  outputs: ['y'],
  opset: 17,
  constants: { w: floats([4, 3, 1, 1], noise(1)) },
  nodes: [
    ['Conv', ['x', 'w'], ['c']],
    ['GlobalAveragePool', ['c'], ['y']],
  ],
});
const picture = (width: number, height: number) =>
  image(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    width,
    height,
    3,
  );

test.each(Object.keys(golden))('%s', async (name) => {
  const { file, image: size, shape, step, values } = golden[name]!;
  const network_ = {
    card: undefined,
    file: readModel(network),
    companion: (wanted: string) =>
      Promise.resolve(wanted === file[0] ? new TextEncoder().encode(JSON.stringify(file[1])) : undefined),
  };
  const images = app.get(modality, 'image').create({}, app);
  const feed = (await images.feed(network_, app.get(objective, 'classification').create({}, app))) as Feed;
  const [input] = Object.values(feed.inputs);
  expect(input!.shape).toEqual(shape);
  const ready = await feed.evaluation(picture(...size), new Random(0));
  const batch = feed.collate([{ input: ready, label: 0 } as Labelled<unknown, never>], [0]);
  const found = (batch as { inputs: Float32Array }).inputs.filter((_, i) => i % step === 0);
  expect(found).toHaveLength(values.length);
  const { std } = feed.preprocessing as { readonly std: readonly number[] };
  const area = shape[1] * shape[2];
  // In levels of 8 bits: pixels are rounded between the two passes of a resize, and after them.
  const differences = Array.from(
    found,
    (value, i) => Math.abs(value - values[i]!) * 255 * std[Math.floor((i * step) / area)]!,
  );
  expect(Math.max(...differences)).toBeLessThan(2.1);
  expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(0.5);
});
