import { digits, documents, imagenet, type Preset, wholeImage } from '@graft/augment';
import { type ContactRow, contactSheet } from '@graft/augment/node';
import {
  type ExampleFile,
  imageDecoderOf,
  createTransforms,
  type DecodeOptions,
  type Image,
  type Transform,
  type TransformConfig,
} from '@graft/data';
import { openData } from '@graft/finetune';
import type { App } from '@graft/plugin';
import { Random } from '@graft/tensor';
import { fileStorage } from '@graft/storage/node';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { modality, objective } from '@graft/tasks';

export interface PreviewOptions extends PluginOptions {
  readonly data: string;
  readonly task?: string;
  readonly targets?: readonly string[];
  /** A preset's name, a JSON list of transforms, or the path of a file with one. */
  readonly transforms: string;
  readonly out: string;
  readonly count: number;
  readonly views: number;
  readonly seed: number;
}

const presets: Readonly<Record<string, () => Preset>> = { imagenet, digits, documents, wholeImage };

/** Bytes of the largest configuration that is read. */
const largestConfig = 2 ** 20;

/** Draws images of a folder or a table beside what transforms make of them. */
export async function preview(
  { data, task = 'classification', targets, transforms, out, count, views, seed, ...plugins }: PreviewOptions,
  reporter: Reporter,
): Promise<void> {
  await withApp(plugins, async (app) => {
    const { transform, decode } = await pipelineOf(app, transforms);
    const images = app.get(modality, 'image').create({}, app);
    const decoder = imageDecoderOf(app);
    const { examples, problems } = await openData(app, data, {
      modality: images,
      objective: app.get(objective, task).create({}, app),
      columns: targets,
    });
    for (const { reason } of problems) reporter.warn(`left out a row: ${reason}`);
    const random = new Random(seed);
    const rows: ContactRow[] = [];
    const shown = Math.min(count, examples.length);
    for (let k = 0; k < shown; k++) {
      if (reporter.signal?.aborted) throw new Error('Stopped. Nothing was written.');
      const index = Math.floor((k * examples.length) / shown); // from all over the data
      const { name, input } = examples[index]!;
      const file = input as ExampleFile;
      const original = await file
        .bytes()
        .then((bytes) => decoder.decode(bytes, { ...decode, name: file.name }))
        .catch((error: Error) => reporter.warn(error.message));
      if (!original) continue;
      // The streams that a loader's epochs draw from: the sheet shows what training sees.
      const changed: Image[] = [];
      for (let epoch = 0; epoch < views; epoch++)
        changed.push(await transform(original, random.fork('sample', epoch, index)));
      rows.push({ name, original, views: changed });
    }
    if (rows.length === 0)
      throw new Error(`None of the ${shown} images of "${data}" can be read. Repair or remove them.`);
    await fileStorage(dirname(out)).write(basename(out), await contactSheet(rows));
    console.log(`${rows.length} images with ${views} views each: ${out}`);
  });
}

/** What a preset or a configuration does, and how images are decoded for it: for a configuration as for ImageNet's, not at a camera's size. */
async function pipelineOf(app: App, text: string): Promise<{ transform: Transform<Image>; decode: DecodeOptions }> {
  if (Object.hasOwn(presets, text)) {
    const { training, decode } = presets[text]!();
    return { transform: training, decode };
  }
  const configs = configuration(text.trimStart().startsWith('[') ? text : await readConfig(text));
  return { transform: createTransforms(app, configs), decode: imagenet().decode };
}

async function readConfig(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  if (!file?.isFile())
    throw new Error(
      `"${path}" is neither a preset (${Object.keys(presets).join(', ')}) nor a file. Give one of these, a JSON list of transforms, or the path of one.`,
    );
  if (file.size > largestConfig)
    throw new Error(
      `"${path}" has ${file.size} bytes, and a list of transforms ${largestConfig} at most. Give the path of a JSON list.`,
    );
  return readFile(path, 'utf8');
}

function configuration(text: string): TransformConfig[] {
  const wrong = (): Error =>
    new Error(
      `--transforms expects a JSON list of names or of objects with a "name", such as ["horizontalFlip", {"name": "rotate", "degrees": 15}], got ${text.length > 60 ? `${text.slice(0, 60)}…` : text}.`,
    );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const isConfig = (one: unknown): one is TransformConfig =>
    typeof one === 'string' ||
    (typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string');
  if (!Array.isArray(list) || !list.every(isConfig)) throw wrong();
  return list;
}
