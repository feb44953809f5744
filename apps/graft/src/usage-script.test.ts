import { readFileSync } from 'node:fs';
import { audio } from '@graft/graft';
import { createGraft } from '@graft/graft/node';
import { imageBatch } from '@graft/data';
import { modality, objective } from '@graft/tasks';
import { readModel } from '@graft/onnx';
import { buildModel, smallNetwork } from '@graft/onnx/testing';
import { Random } from '@graft/tensor';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { put, workFolder } from '../test/workbench.ts';

const folder = workFolder();
const app = await createGraft({ modelsFrom: [] });
afterAll(() => app.dispose());

const [width, height] = [144, 96];
const random = new Random(1);
const blocks = Array.from({ length: 15 * 10 * 3 }, () => 256 * random.next());
/** An image with coarse and fine structure. */
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
  const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
  return Math.min(255, blocks[3 * (15 * Math.floor(y / 10) + Math.floor(x / 10)) + c]! * (0.8 + 0.2 * random.next()));
});
const png = put(
  new Uint8Array(
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  ),
  folder,
  'photo.png',
);

test.each([
  ['crop', 'classification'],
  ['squash', 'classification'],
  ['pad', 'classification'],
  [undefined, 'classification'],
  [undefined, 'regression'],
] as const)('the script of a model card prepares images as Graft does: %s, %s', async (resize, task) => {
  const images = app.get(modality, 'image').create({ size: 28, ...(resize && { resize }) }, app);
  const target = app.get(objective, task).create({}, app);
  const network = { card: undefined, file: readModel(smallNetwork()) };
  const feed = await images.feed(network, target);
  const { script } = images.usage(feed.preprocessing, target, '');
  // The lines between the path and the pixels, which use nothing but sharp.
  const [, chain] = /const pixels = await (sharp[^;]+);/.exec(script)!;
  const module = put(`export default (sharp, process) => ${chain!};`, folder, `${resize}-${task}.mjs`);
  const { default: make } = (await import(module)) as { default: (...used: unknown[]) => Promise<Uint8Array> };
  const found = await make(sharp, { argv: ['', '', png] });
  const image = await feed.evaluation(await feed.read(images.inputFrom(png)), new Random(0));
  const { inputs } = imageBatch({ mean: [0], std: [1 / 255] })([{ input: image as never, label: 0 }], [0]);
  expect(found).toHaveLength(3 * 28 * 28);
  const differences = Array.from(found, (value, i) => Math.abs(value - inputs[(i % 3) * 28 * 28 + Math.floor(i / 3)]!));
  expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(4);
});

test.each([
  ['as they are', {}],
  ['normalised', { normalize: true }],
  ['scaled', { amplitude: 32_768 }],
] as const)('the script of a model card prepares sounds as Graft does: %s', async (name, settings) => {
  const sounds = app.get(modality, 'sound').create({ rate: 8000, seconds: 0.25, ...settings }, app);
  const target = app.get(objective, 'classification').create({}, app);
  const nodes: Parameters<typeof buildModel>[0]['nodes'] = [['ReduceMean', ['wave'], ['h']]];
  const model = buildModel({ inputs: { wave: { dtype: 'float32', shape: ['N', 'T'] } }, outputs: ['h'], nodes });
  const feed = await sounds.feed({ card: undefined, file: readModel(model) }, target);
  const { script } = sounds.usage(feed.preprocessing, target, '');
  const samples = Float32Array.from({ length: 9000 }, (_, i) => (0.1 + i / 9000) * random.next());
  const path = put(audio.encodeWav({ samples, rate: 22_050 }), folder, 'sound.wav');
  // The lines up to the session.
  const lines = script.split('const session')[0]!.replace(/^import .*$/gm, '');
  const module = put(
    `export default ({ decodeWav, loudestStart, partOf, resample }, readFileSync, process) => {${lines} return input; };`,
    folder,
    `${name}.mjs`,
  );
  const { default: make } = (await import(module)) as { default: (...used: unknown[]) => Float32Array };
  const found = make(audio, readFileSync, { argv: ['', '', path] });
  expect(found).toEqual(await feed.evaluation(await feed.read(sounds.inputFrom(path)), new Random(0)));
});
