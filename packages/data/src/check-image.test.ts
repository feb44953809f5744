import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  arrayDataset,
  type Batch,
  type Collate,
  decoded,
  type Image,
  type ImageDecoder,
  imageBatch,
  imageTransform,
  iterableDataset,
  type Labelled,
  Loader,
  onInput,
  StreamLoader,
  toPlanes,
  vectorBatch,
} from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-decoded-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.jpg');
writeFileSync(path, 'x');

const files = arrayDataset<Labelled<string>>([{ input: path, label: 0, path }]);
const decoder: ImageDecoder = {
  name: 'grey',
  decode: async () => ({ data: new Uint8Array(4), width: 2, height: 2, channels: 1 }),
  encode: async () => new Uint8Array(),
};
const first = async (loader: AsyncIterable<Batch>): Promise<Batch> => {
  for await (const batch of loader) return batch;
  throw new Error('no batch');
};
const wayOut = 'Decode the dataset first, as in new Loader(decoded(dataset, decoder), …).';

test('loaders reject files that are not decoded at the first batch, with a hint', async () => {
  // @ts-expect-error: paths are not images
  const loader = new Loader(files, { batchSize: 1, collate: imageBatch() });
  await expect(first(loader)).rejects.toThrow(`imageBatch expects a decoded image, got the path "${path}". ${wayOut}`);
  const stream = new StreamLoader(
    iterableDataset(() => [{ input: path, label: 0 }]),
    // @ts-expect-error: paths are not images
    { batchSize: 1, collate: imageBatch() },
  );
  await expect(first(stream)).rejects.toThrow(`imageBatch expects a decoded image, got the path "${path}". ${wayOut}`);
});
test('image transforms reject files that are not decoded, and the loader does not skip the sample', async () => {
  const flip = imageTransform('flip', (image) => image);
  // @ts-expect-error: paths are not images
  const loader = new Loader(files, {
    batchSize: 1,
    transform: onInput(flip),
    collate: imageBatch() as Collate<unknown, Batch>,
  });
  await expect(first(loader)).rejects.toThrow(`flip expects a decoded image, got the path "${path}". ${wayOut}`);
  expect(loader.quarantined).toEqual([]);
});
test('accepts decoded files', async () => {
  const loader = new Loader(decoded(files, decoder), { batchSize: 1, collate: imageBatch() });
  expect((await first(loader)).shape).toEqual([1, 1, 2, 2]);
  const transformed = new Loader(files, {
    batchSize: 1,
    transform: async (sample: Labelled<string>): Promise<Labelled<Image>> => ({
      ...sample,
      input: await decoder.decode(sample.input),
    }),
    collate: imageBatch(),
  });
  expect((await first(transformed)).shape).toEqual([1, 1, 2, 2]);
});
test('describes values that are not images', () => {
  expect(() => toPlanes(new Uint8Array(7) as never)).toThrow(
    `toPlanes expects a decoded image, got 7 bytes of a file. ${wayOut}`,
  );
  expect(() => toPlanes({ width: 2 } as never)).toThrow(
    'toPlanes expects a decoded image, got an object with width. Pass an image from decoded(dataset, decoder) or image(…).',
  );
  expect(() => toPlanes(undefined as never)).toThrow('toPlanes expects a decoded image, got undefined.');
});
test('vectorBatch rejects paths', async () => {
  // @ts-expect-error: a path is not a list of numbers
  const loader = new Loader(files, { batchSize: 1, collate: vectorBatch() });
  await expect(first(loader)).rejects.toThrow(
    `vectorBatch expects lists of numbers, but sample 0 is ${JSON.stringify(path)}. For images, use imageBatch() with decoded(dataset, decoder).`,
  );
});
