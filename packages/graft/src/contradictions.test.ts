import { sharpDecoder } from '@graft/augment/node';
import { resize } from '@graft/augment';
import { image, type Image } from '@graft/data';
import { finetune, type FinetuneOptions, type FinetuneResult } from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraft } from './node/index.ts';

let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
});
afterAll(() => app.dispose());

/** Random blobs, different for each seed; its class decides the colour. */
function picture(seed: number, label: 'cats' | 'dogs'): Image {
  const random = new Random(seed).fork(label);
  const blobs = Array.from({ length: 7 }, () => ({
    x: random.range(0, 96),
    y: random.range(0, 96),
    size: random.range(8, 30),
    value: random.range(60, 200),
  }));
  const pixels = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 96, Math.floor(i / 288)];
    const blob = blobs.find((one) => Math.hypot(one.x - x, one.y - y) < one.size);
    return (blob?.value ?? 30) * (i % 3 === (label === 'cats' ? 0 : 2) ? 1 : 0.4);
  });
  return image(pixels, 96, 96, 3);
}
const file = (bytes: Uint8Array, name: string): File => new File([bytes as BlobPart], name);
const png = (one: Image): Promise<Uint8Array> => sharpDecoder.encode(one, { type: 'png' });
async function classes(): Promise<File[]> {
  const files: File[] = [];
  for (const label of ['cats', 'dogs'] as const)
    for (let i = 0; i < 8; i++) files.push(file(await png(picture(i, label)), `${label}/${i}.png`));
  return files;
}
const run = (data: File[], more: Partial<FinetuneOptions> = {}): Promise<FinetuneResult> =>
  finetune(
    { model: smallNetwork({ side: 32 }), data, mean: [0.5], std: [0.25], views: 1, ...more },
    { app, storage: memoryStorage() },
  );
const read = async ({ storage }: FinetuneResult, name: string): Promise<string> =>
  new TextDecoder().decode(await storage.read(name));

test('an image in two classes is named in the warnings, the summary, the report and the card', async () => {
  const files = await classes();
  files.push(file(await files[3]!.bytes(), 'dogs/copy.png'));
  const result = await run(files);
  const sentence =
    '"cats/3.png" and "dogs/copy.png" are the same image in two classes ("cats" and "dogs"). Remove the wrong one.';
  expect(result.warnings.map(({ message }) => message)).toContain(sentence);
  expect(result.summary['contradictions']).toEqual({
    count: 2,
    complete: true,
    pairs: [{ names: ['cats/3.png', 'dogs/copy.png'], labels: ['cats', 'dogs'], exact: true }],
  });
  expect(await read(result, 'report.html')).toMatch(
    /Contradictions[\s\S]*cats\/3\.png[\s\S]*dogs\/copy\.png[\s\S]*identical/,
  );
  expect(await read(result, 'model-card.md')).toContain('are the same image in two classes');
});
test('a smaller and recompressed copy in another class is nearly the same image', async () => {
  const files = await classes();
  const small = await resize({ size: { width: 60, height: 60 } })(picture(5, 'dogs'), new Random(0));
  files.push(file(await sharpDecoder.encode(small, { quality: 80 }), 'cats/copy.jpg'));
  const { summary, warnings } = await run(files);
  expect(summary['contradictions']).toMatchObject({
    count: 2,
    pairs: [{ names: ['cats/copy.jpg', 'dogs/5.png'], exact: false }],
  });
  expect(warnings.some(({ message }) => message.includes('are nearly the same image in two classes'))).toBe(true);
});
test('copies within a class, and different images, are no contradiction', async () => {
  const files = await classes();
  files.push(file(await files[3]!.bytes(), 'cats/copy.png'));
  const { summary, warnings } = await run(files);
  expect(summary).not.toHaveProperty('contradictions');
  expect(warnings.filter(({ message }) => message.includes('two classes'))).toEqual([]);
});
test('a smaller and recompressed copy among the validation images is named', async () => {
  const small = await resize({ size: { width: 60, height: 60 } })(picture(5, 'dogs'), new Random(0));
  const copy = file(await sharpDecoder.encode(small, { quality: 80 }), 'dogs/copy.jpg');
  const others = await Promise.all(
    (['cats', 'dogs'] as const).map(async (label) => file(await png(picture(20, label)), `${label}/other.png`)),
  );
  const { warnings, summary } = await run(await classes(), { validationData: [...others, copy] });
  expect(warnings.map(({ message }) => message)).toEqual([
    '1 validation image is nearly the same as one of the training set, which makes the accuracy too optimistic: "dogs/5.png" and "the data/dogs/copy.jpg". Remove the duplicates, or keep them on one side.',
  ]);
  expect(summary).not.toHaveProperty('contradictions');
});
