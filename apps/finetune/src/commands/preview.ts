import { digits, documents, imagenet, type Preset, wholeImage } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { createTransforms, type DecodeOptions, type Image, type Transform, type TransformConfig } from '@graft/data';
import type { App } from '@graft/plugin';
import { Random } from '@graft/tensor';
import { fileStorage } from '@graft/storage/node';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { type ContactRow, contactSheet } from '../contact-sheet.ts';
import { openApp, type PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import type { TaskName } from '../task/task.ts';
import { taskOf } from '../task/tasks.ts';

export interface PreviewOptions extends PluginOptions {
  readonly data: string;
  readonly task?: TaskName;
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
  { data, task, targets, transforms, out, count, views, seed, ...plugins }: PreviewOptions,
  reporter: Reporter,
): Promise<void> {
  const app = await openApp(plugins, []);
  try {
    const { transform, decode } = await way(app, transforms);
    const images = await taskOf({ task }).open(data, targets);
    for (const { reason } of images.rows) reporter.warn(`left out a row: ${reason}`);
    const random = new Random(seed);
    const rows: ContactRow[] = [];
    const shown = Math.min(count, images.length);
    for (let k = 0; k < shown; k++) {
      await reporter.breathe();
      const index = Math.floor((k * images.length) / shown); // from all over the folder
      const { input: path } = await images.get(index);
      const original = await sharpDecoder.decode(path, decode).catch((error: Error) => reporter.warn(error.message));
      if (!original) continue;
      // The streams that a loader's epochs draw from: the sheet shows what training sees.
      const changed: Image[] = [];
      for (let epoch = 0; epoch < views; epoch++)
        changed.push(await transform(original, random.fork('sample', epoch, index)));
      rows.push({ name: relative(images.root, path), original, views: changed });
    }
    if (rows.length === 0)
      throw new Error(`None of the ${shown} images looked at in "${data}" can be read. Repair or remove them.`);
    await fileStorage(dirname(out)).write(basename(out), await contactSheet(rows));
    console.log(`${rows.length} images with ${views} views each: ${out}`);
  } finally {
    await app.dispose();
  }
}

/** What a preset or a configuration does, and how it wants images decoded: for a configuration as for ImageNet's, not at a camera's size. */
async function way(app: App, text: string): Promise<{ transform: Transform<Image>; decode: DecodeOptions }> {
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
      `--transforms wants a JSON list of names or of objects with a "name", such as ["horizontalFlip", {"name": "rotate", "degrees": 15}], got ${text.length > 60 ? `${text.slice(0, 60)}…` : text}.`,
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
