import { createHash } from 'node:crypto';
import { weightsOf } from '@graft/layers';
import type { Backbone } from '../backbone.ts';
import type { Label } from '../task/task.ts';
import { parseWantedPlugins, type WantedPlugin } from '../wanted-plugins.ts';
import { defaultOptions, parseRunOptions, type RunOptions } from './run-options.ts';

/** What `run.json` says: all that is needed to begin the same run again. */
export interface RunRecord {
  readonly options: Omit<RunOptions, 'plugins'>;
  /** Told to whoever goes on with the run, and never loaded for being named here. */
  readonly plugins: readonly WantedPlugin[];
  /** What the run learns from, by digest. */
  readonly backboneSha256: string;
  readonly imagesSha256: string;
}

const format = 1;

export const encodeRunRecord = (record: RunRecord): string => `${JSON.stringify({ format, ...record }, null, 2)}\n`;

/** @throws where the text is no record; the folder may come from anybody */
export function parseRunRecord(text: string, file: string): RunRecord {
  const broken = (what: string): Error => new Error(`"${file}" ${what}. The run cannot go on; train anew.`);
  let value: Partial<RunRecord & { format: unknown }> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    throw broken('is not JSON');
  }
  if (value?.format !== format)
    throw broken(`is of format ${JSON.stringify(value?.format)}, and this version reads ${format}`);
  for (const name of ['backboneSha256', 'imagesSha256'] as const)
    if (!/^[0-9a-f]{64}$/.test(String(value[name]))) throw broken(`has no "${name}"`);
  const { plugins: _, ...given } = parseRunOptions(value.options, `"${file}"`);
  const options = { ...defaultOptions, ...given };
  if (options.model === undefined || options.data === undefined) throw broken('names no model or no data');
  return {
    options: options as RunRecord['options'],
    plugins: parseWantedPlugins(value.plugins, `"${file}"`),
    backboneSha256: value.backboneSha256!,
    imagesSha256: value.imagesSha256!,
  };
}

/** @throws where the model or the images are not what the run began with: it would not end in the same bits */
export function checkSameStart(
  record: RunRecord,
  { backboneSha256, imagesSha256 }: Pick<RunRecord, 'backboneSha256' | 'imagesSha256'>,
): void {
  const { model, data } = record.options;
  if (record.backboneSha256 !== backboneSha256)
    throw new Error(
      `The model "${model}" is not the one that the run began with: its weights up to the cut differ. Bring that file back, or train anew.`,
    );
  if (record.imagesSha256 !== imagesSha256)
    throw new Error(
      `The images in "${data}" are not those that the run began with: files came, went, changed their class or can no longer be read. Bring them back, or train anew.`,
    );
}

/** Of the weights up to the cut. */
export async function backboneDigest({ module, cut }: Backbone): Promise<string> {
  const hash = createHash('sha256').update(cut);
  for (const [path, { data, shape, dtype }] of await weightsOf(module))
    hash
      .update(`\n${path} ${dtype} ${shape.join(',')}\n`)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** Of the images' paths with what they show; their pixels are not looked at. */
export function imagesDigest(
  classes: readonly string[],
  images: readonly { readonly path: string; readonly label: Label }[],
): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  for (const { path, label } of images) hash.update(`\n${String(label)} ${path}`);
  return hash.digest('hex');
}
