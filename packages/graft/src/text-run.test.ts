import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finetune, openRun } from '@graft/finetune';
import { exportOnnx, importOnnx, readModel } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { fileStorage } from '@graft/storage/node';
import { Random } from '@graft/tensor';
import { buildVocabulary, createTokenizer, textBatch } from '@graft/text';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runNamedInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { workFolder } from '../../../tools/testing/work-folder.ts';
import { createGraft } from './node/index.ts';

const words = {
  food: ['bread', 'soup', 'rice', 'bean', 'salt', 'oil', 'pear', 'plum', 'lentil', 'basil'],
  weather: ['rain', 'wind', 'storm', 'cloud', 'sun', 'snow', 'mist', 'hail', 'frost', 'breeze'],
} as const;
type Topic = keyof typeof words;
const topics = Object.keys(words) as Topic[];
const texts = topics.flatMap((label) =>
  Array.from({ length: 20 }, (_, i) => {
    const random = new Random(i).fork(label);
    return {
      label,
      input: Array.from({ length: 2 + random.int(6) }, () => words[label][random.int(10)]!).join(' '),
    };
  }),
);
const vocabulary = buildVocabulary(
  texts.map(({ input }) => input),
  { size: 32 },
);

const folder = workFolder();
const model = join(folder, 'encoder.onnx');
/** The value of the encoder's last hidden state, before pooling. */
let hidden: string;
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  // The file has a fixed length, but its graph works with any. Make the length dynamic, as in published files.
  const path = fileURLToPath(new URL('../../onnx/test/networks/sentence-bert.onnx', import.meta.url));
  const published = importOnnx(new Uint8Array(readFileSync(path)));
  hidden = published.nodes.findLast(({ type }, i) => type === 'Add' && published.nodes[i - 1]!.type === 'Mul')!
    .outputs[0]!;
  const shape = ['batch', 'sequence'];
  writeFileSync(
    model,
    await exportOnnx(published, { inputs: Object.fromEntries(published.inputs.map((name) => [name, { shape }])) }),
  );
  writeFileSync(join(folder, 'tokenizer.json'), vocabulary);
  for (const [i, { label, input }] of texts.entries()) {
    mkdirSync(join(folder, 'texts', label), { recursive: true });
    writeFileSync(join(folder, 'texts', label, `${i}.txt`), input);
  }
});
afterAll(() => app.dispose());
const options = { epochs: 8, batch: 8, unfreeze: 'all', learningRate: 0.05, views: 1 } as const;

test.each([
  ['pooled by the network', undefined],
  ['mean of the tokens', 'mean'],
  ['first token', 'first'],
] as const)(
  'a network fine-tuned on a folder of texts is exported with dynamic length: %s',
  { timeout: 60_000 },
  async (_, pool) => {
    const storage = fileStorage(join(folder, `run-${pool}`));
    const cut = pool && { cut: hidden, pool };
    const { scores, summary, files } = await finetune(
      { model, data: join(folder, 'texts'), ...options, ...cut },
      { app, storage },
    );
    expect(scores['accuracy']).toBeGreaterThan(0.8);
    expect(summary).toMatchObject({ modality: 'text', classes: topics });
    expect(files).toContain('tokenizer.json');
    const bytes = await storage.read('model.onnx');
    const shape = ['batch', 'sequence'];
    expect(readModel(bytes).inputs.map(({ name, dtype, shape: dims }) => [name, dtype, dims])).toEqual(
      ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => [name, 'int64', shape]),
    );

    const report = new TextDecoder().decode(await storage.read('report.html'));
    expect(report).toContain('Words on green support the prediction');
    expect(report).toMatch(
      /<blockquote>(?:[^<]*<mark class="(?:for|against)-[123]">[a-z ]+<\/mark>)+[^<]*<\/blockquote>/,
    );

    const run = await openRun(storage, { app });
    const inputs = ['rain and snow and wind', 'soup'].map((input, label) => ({ input, label }));
    const [long, short, empty] = await run.predict([...inputs.map(({ input }) => input), '  ']);
    expect(empty!.error).toBe('"  " is empty.');
    // Padding to a longer text does not change the prediction, compared with onnxruntime.
    const collate = textBatch(createTokenizer(vocabulary), {
      maxLength: 10,
      inputs: readModel(bytes).inputs.map(({ name }) => name),
    });
    const feeds = collate(inputs, [0, 1]).inputs;
    const logits = await runNamedInOnnxruntime(bytes, feeds);
    const softmax = (row: readonly number[]): number[] => {
      const powers = row.map(Math.exp);
      return powers.map((value) => value / powers.reduce((sum, power) => sum + power));
    };
    const rows = [0, 1].map((n) => softmax(Array.from(logits).slice(2 * n, 2 * n + 2)));
    expect(relativeDifference(rows[0]!, long!.values!)).toBeLessThan(1e-4);
    expect(relativeDifference(rows[1]!, short!.values!)).toBeLessThan(1e-4);
    const { score } = await run.evaluate(join(folder, 'texts'));
    expect(score).toBeGreaterThan(0.8);
    await run.dispose();
  },
);
test(
  'texts of other words are refused, and one text in two classes is a contradiction',
  { timeout: 60_000 },
  async () => {
    const storage = fileStorage(join(folder, 'run-rejecting'));
    const wrong = { input: texts[3]!.input, label: 'weather' };
    const { summary } = await finetune(
      {
        model,
        data: [...texts, wrong],
        unknownData: Array.from({ length: 6 }, (_, i) => ({ input: 'qq '.repeat(i + 3).trim() })),
        reject: 0.25,
        ...options,
        unfreeze: 0,
      },
      { app, storage },
    );
    expect(summary.rejection).toMatchObject({ share: 0.25, unknown: { examples: 6 } });
    expect(summary['contradictions']).toMatchObject({
      count: 2,
      pairs: [{ labels: ['food', 'weather'], exact: true }],
    });
    const run = await openRun(storage, { app });
    const predictions = await run.predict(['rain and wind', 'qq qq qq qq']);
    expect(predictions.map(({ unknown, score }) => [typeof unknown, score!.distance >= 0])).toEqual([
      ['boolean', true],
      ['boolean', true],
    ]);
    await run.dispose();
  },
);
