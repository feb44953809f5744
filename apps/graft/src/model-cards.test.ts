import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createBackend, createGraft } from '@graft/graft/node';
import { importOnnx } from '@graft/onnx';
import { scope, tensor } from '@graft/tensor';
import { isPermissive, modelSource } from '@graft/zoo';
import { openModel, readCard } from '@graft/zoo/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';

const models = fileURLToPath(new URL('../../../models', import.meta.url));
const app = await createGraft();
const backend = await createBackend(app, 'wasm');
afterAll(() => app.dispose());

const paths = readdirSync(models, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[^/\\]+[/\\](card\.json|cards[/\\][^/\\]+\.json)$/.test(path))
  .sort();
const cards = await Promise.all(
  paths.map(async (path) => ({
    folder: `${models}/${path.split(/[/\\]/)[0]!}`,
    path: `${models}/${path}`,
    card: await readCard(`${models}/${path}`),
  })),
);

test('cards have unique names, known sources and permissive licences', () => {
  expect(new Set(cards.map(({ card }) => card.name)).size).toBe(cards.length);
  for (const { card } of cards) {
    expect(() => app.get(modelSource, card.source.split(':')[0]!)).not.toThrow();
    expect(isPermissive(card.licence)).toBe(true);
  }
});

test('the cards that say so are verified by this version', () => {
  const claimed = cards.filter(({ path }) => /"verified": true/.test(readFileSync(path, 'utf8')));
  expect(claimed.length).toBeGreaterThan(5);
  expect(claimed.every(({ card }) => card.verified)).toBe(true);
});

/** Values for open sizes; audio lasts one second. */
const sizeOf = (name: string | number): number =>
  typeof name === 'number' ? name : name.startsWith('batch') ? 2 : name === 'samples' ? 16_000 : 48;

// The weights of architectures are in architecture-cards.test.ts.
describe.each(cards.filter(({ card }) => card.verified && card.architecture === undefined))(
  '$card.name',
  ({ folder, path, card }) => {
    test('the file matches its card, and gives the same outputs as onnxruntime', async () => {
      const { bytes } = await openModel(path, { app, from: [folder] });
      const { input, preprocessing, cutPoints } = card;
      const [height, width] = [preprocessing?.height, preprocessing?.width];
      const shape = input.shape.map((size) => (size === 'height' ? height! : size === 'width' ? width! : sizeOf(size)));
      const values = Float32Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        (_, i) => Math.sin(i / 7) * Math.cos(i / 31),
      );
      const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
      expect(session.inputNames).toEqual([input.name]);
      const [name] = session.outputNames;
      const { dims, data } = (await session.run({ [input.name]: new Tensor('float32', values, shape) }))[name!]!;

      const model = await importOnnx(bytes).to(backend);
      expect(model.opset).toBe(card.opset);
      if (card.parameters)
        expect(
          [...model.weights.values()].reduce((sum, { kind, value }) => sum + (kind === 'weight' ? value.size : 0), 0),
        ).toBe(card.parameters);
      const own = scope(() => {
        const y = model.forward(tensor(values, { shape, backend }));
        return { shape: y.shape, data: y.arraySync() as Float32Array };
      });
      expect(own.shape).toEqual([...dims]);
      const greatest = Math.max(1, ...(data as Float32Array).map(Math.abs));
      expect(
        Math.max(...own.data.map((value, i) => Math.abs(value - (data as Float32Array)[i]!))) / greatest,
      ).toBeLessThan(1e-4);
      const shapes = model.shapes({ inputShapes: { [input.name]: shape } });
      for (const { value, features } of cutPoints) expect(shapes.get(value)).toContain(features);
      model.dispose();
    });
  },
);
