import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { presets } from '@graft/augment';
import { contactSheet } from '@graft/augment/node';
import { type Configured, isConfigured, type PreviewOptions, previewTransforms } from '@graft/finetune';
import { counted } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

export interface PreviewCommandOptions extends PluginOptions, Omit<PreviewOptions, 'transforms'> {
  /** A preset's name, a JSON list of transforms, or the path of a file with one. */
  readonly transforms: string;
  readonly views: number;
  readonly out: string;
}

/** Draws images next to their augmented versions. */
export async function preview(
  { transforms, out, plugins, ...options }: PreviewCommandOptions,
  { listen: events, signal }: Reporter,
): Promise<void> {
  await withApp({ ...(plugins && { plugins }) }, async (app) => {
    const previews = await previewTransforms(
      { ...options, transforms: await transformsFrom(transforms) },
      { app, events, ...(signal && { signal }) },
    );
    await fileStorage(dirname(out)).write(basename(out), await contactSheet(previews));
    writeOut(`${counted(previews.length, 'image')} with ${counted(options.views, 'augmented view')} each: ${out}`);
  });
}

async function transformsFrom(text: string): Promise<PreviewOptions['transforms']> {
  if (Object.hasOwn(presets, text)) return text;
  return parseList(text.trimStart().startsWith('[') ? text : await readList(text));
}

const maxBytes = 2 ** 20;

async function readList(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  if (!file?.isFile())
    throw new Error(
      `"${path}" is neither a preset (${Object.keys(presets).join(', ')}) nor a file. Give one of these, a JSON list of transforms, or the path of one.`,
    );
  if (file.size > maxBytes)
    throw new Error(
      `"${path}" has ${file.size} bytes, but a list of transforms has at most ${maxBytes}. Give the path of a JSON list.`,
    );
  return readFile(path, 'utf8');
}

function parseList(text: string): Configured[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (Array.isArray(list) && list.every(isConfigured)) return list;
  throw new Error(
    `--transforms expects a JSON list of names or of objects with a "name", such as ["horizontalFlip", {"name": "rotate", "degrees": 15}], got ${text.length > 60 ? `${text.slice(0, 60)}…` : text}.`,
  );
}
