import { sharpDecoder } from '@graft/augment/node';
import { image } from '@graft/data';
import { finetune, resumeRun, type RunEvent } from '@graft/finetune';
import { Conv2d, encodeSafetensors, Flatten, GlobalAvgPool, Linear, ReLU, Sequential, weightsOf } from '@graft/layers';
import { importOnnx } from '@graft/onnx';
import { smallNetwork } from '@graft/onnx/testing';
import { apiVersion, type App, configurable, definePlugin } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { architecture, type ModelCard, modelCard } from '@graft/zoo';
import { openCompanion } from '@graft/zoo/node';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointOf, dict, pickleOf, tensor, text } from '../../../tools/testing/pickle.mjs';
import { createGraft } from './node/index.ts';

const tinyNet = ({ classes = 10 }: { readonly classes?: number } = {}): Sequential =>
  new Sequential(
    new Conv2d({ in: 3, out: 6, kernel: 3, stride: 2 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 6, out: classes }),
  );
const tiny = definePlugin({
  name: 'tiny',
  apiVersion,
  contributes: [architecture({ ...configurable('tinyNet', tinyNet, { classes: 'integer' }), inputShape: [3, 12, 12] })],
});

/** Trained elsewhere on three classes. */
const trained = await weightsOf(tinyNet({ classes: 3 }).initialize(7));
const safetensors = encodeSafetensors(trained);
const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
/** As a training program in PyTorch saves it. */
const checkpoint = checkpointOf(
  pickleOf(
    dict([
      text('state_dict'),
      dict(
        ...[...trained].map(([name, { shape, data }], i) => {
          const [key, length] = [String(i), data.length];
          return [text(`module.${name}`), tensor({ key, length, shape, strides: stridesOf(shape) })] as const;
        }),
      ),
    ]),
  ),
  Object.fromEntries([...trained.values()].map(({ data }, i) => [i, new Uint8Array(data.buffer as ArrayBuffer)])),
);

let app: App;
let folder: string;
const data: { input: Uint8Array; label: string }[] = [];
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [], plugins: [tiny] });
  folder = await mkdtemp(join(tmpdir(), 'graft-weights-'));
  await writeFile(join(folder, 'tiny.pth'), checkpoint);
  for (let i = 0; i < 12; i++) {
    const red = i % 2 === 0;
    const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, k) => ((k % 3 === 0) === red ? 200 - i : 30 + i));
    const input = await sharpDecoder.encode(image(pixels, 12, 12, 3), { type: 'png' });
    data.push({ input, label: red ? 'red' : 'cyan' });
  }
});
afterAll(async () => {
  await app.dispose();
  await rm(folder, { recursive: true });
});
const options = { model: 'tinyNet', data, mean: [0.5], std: [0.25], epochs: 2, batch: 4 } as const;

test.each([
  ['the bytes of a checkpoint', () => checkpoint],
  ['the bytes of a safetensors file', () => safetensors],
  ['a file of a browser', () => new File([checkpoint], 'tiny.pth')],
  ['a path', () => join(folder, 'tiny.pth')],
])('an architecture with weights from %s is a pretrained backbone', async (_, weights) => {
  const said: string[] = [];
  const storage = memoryStorage();
  await finetune(
    { ...options, weights: weights() },
    { app, storage, events: (event) => void (event.type === 'status' && said.push(event.message)) },
  );
  const parameters = [...importOnnx(await storage.read('model.onnx')).parameters()].map(([, { value }]) => value);
  const first = parameters.find(({ rank }) => rank === 4)!;
  expect(first.numbers()).toEqual([...trained.get('0.weight')!.data]); // frozen, as in the file
  if (weights() !== safetensors) expect(said.join('\n')).toContain('the prefix "module." of its names is left out');
});
test('a stopped run is resumed with the same weights, and refused with others', async () => {
  const path = join(folder, 'changing.pth');
  await writeFile(path, checkpoint);
  const [whole, stopped] = [memoryStorage(), memoryStorage()];
  await finetune({ ...options, weights: path }, { app, storage: whole });
  const stop = new AbortController();
  const events = (event: RunEvent): void => (event.type === 'epoch' ? stop.abort() : undefined);
  await expect(
    finetune({ ...options, weights: path }, { app, storage: stopped, signal: stop.signal, events }),
  ).rejects.toMatchObject({ code: 'run.stopped' });
  const other = encodeSafetensors(await weightsOf(tinyNet({ classes: 3 }).initialize(8)));
  await expect(resumeRun({ app, storage: stopped }, { weights: other, data })).rejects.toMatchObject({
    code: 'run.changed',
  });
  await resumeRun({ app, storage: stopped }, { data });
  expect(await stopped.read('model.onnx')).toEqual(await whole.read('model.onnx'));
});
test('a card names the architecture of its weights, and companion files with their digests', async () => {
  const file = (name: string, bytes: Uint8Array): Pick<ModelCard, 'source' | 'bytes' | 'sha256'> => ({
    source: `file:${join(folder, name)}`,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  const notes = new TextEncoder().encode('hello');
  await writeFile(join(folder, 'notes.txt'), notes);
  const card: ModelCard = {
    name: 'tiny-trained',
    title: 'A small network',
    description: 'For tests.',
    licence: 'MIT',
    origin: 'this test',
    ...file('tiny.pth', checkpoint),
    architecture: 'tinyNet',
    companions: [
      { name: 'notes.txt', ...file('notes.txt', notes) },
      { name: 'changed.txt', ...file('notes.txt', notes), sha256: '0'.repeat(64) },
    ],
    opset: 17,
    input: { name: 'input', shape: ['N', 3, 12, 12] },
    cutPoints: [],
    verified: false,
  };
  const own = await createGraft({
    modelsFrom: [],
    plugins: [tiny, definePlugin({ name: 'cards', apiVersion, contributes: [modelCard(card)] })],
  });
  const storage = memoryStorage();
  await finetune({ ...options, model: 'tiny-trained' }, { app: own, storage });
  const parameters = [...importOnnx(await storage.read('model.onnx')).parameters()].map(([, { value }]) => value);
  expect(parameters.find(({ rank }) => rank === 4)!.numbers()).toEqual([...trained.get('0.weight')!.data]);
  expect(await openCompanion(card, 'notes.txt', { app: own })).toEqual(notes);
  expect(await openCompanion(card, 'other.txt', { app: own })).toBeUndefined();
  await expect(openCompanion(card, 'changed.txt', { app: own })).rejects.toThrow(
    'The file of model "tiny-trained/changed.txt"',
  );
  await own.dispose();
});
test.each([
  [
    'weights that do not fit',
    { weights: encodeSafetensors(new Map([...trained].slice(1))) },
    'model.weights',
    /^The weights of "the weights" do not fit tinyNet: 1 of its 4 parameters are missing \(0\.weight\)/,
  ],
  [
    'a file that is something else',
    { weights: new TextEncoder().encode('hello, world') },
    'model.weights',
    /is not a PyTorch checkpoint/,
  ],
  ['a file that is missing', { weights: 'nowhere.pth' }, 'model.open', /"nowhere\.pth" does not exist/],
  [
    'weights for an ONNX file',
    { model: smallNetwork({ side: 16 }), weights: checkpoint },
    'options.value',
    /^Weights are loaded into an architecture, but the model is "the model"\. .*tinyNet/,
  ],
  [
    'weights as the model',
    { model: 'resnet18.pth' },
    'model.open',
    /^"resnet18\.pth" holds weights without a network\. Use it as the option weights/,
  ],
])('%s throw an error with a stable code', async (_, change, code, message) => {
  await expect(finetune({ ...options, ...change }, { app, storage: memoryStorage() })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});
