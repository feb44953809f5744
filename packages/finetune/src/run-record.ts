import { weightsOf } from '@graft/layers';
import { GraftError, showJson } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Backbone } from './backbone.ts';
import { anyObject, anyText, type Check, isObject, misfit } from './check.ts';
import { digestOf } from './digest.ts';
import { defaultOptions, parseRunOptions, type RunOptions } from './run-options.ts';
import { type WantedPlugin, wantedPluginList } from './wanted-plugins.ts';

/** A feed that was chosen by a measurement. */
export interface RecordedFeed {
  readonly preprocessing: object;
  /** Undefined if it is still an assumption. */
  readonly reason?: string;
}

/** The contents of `run.json`: everything needed to start the same run again. */
export interface RunRecord {
  readonly options: Omit<RunOptions, 'plugins'>;
  /** Plugins that a resumed run needs. They are listed in an error if missing, but never loaded from here. */
  readonly plugins: readonly WantedPlugin[];
  /** Digests of the backbone's weights and of the examples' names and labels. */
  readonly backboneSha256: string;
  readonly imagesSha256: string;
  /** How examples are fed and why, if that was measured. A resumed run does not measure it again, because another version may choose another way. */
  readonly feed?: RecordedFeed;
}

const format = 1;

/** The checked fields of the file; without plugins, there is no list of them. */
type StoredRecord = Omit<RunRecord, 'plugins'> & Partial<Pick<RunRecord, 'plugins'>>;

const sha256: Check = {
  expected: 'a SHA-256 in hexadecimal',
  fits: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
};
const checks = {
  options: anyObject,
  plugins: wantedPluginList,
  backboneSha256: sha256,
  imagesSha256: sha256,
  feed: {
    expected: 'an object with its preprocessing and a reason',
    fits: (value: unknown) =>
      isObject(value) && misfit(value, { preprocessing: anyObject, reason: anyText }, ['preprocessing']) === undefined,
  },
};

export const encodeRunRecord = (record: RunRecord): string => `${JSON.stringify({ format, ...record }, null, 2)}\n`;

/** How runs of versions without the option `solver` were trained. */
const beforeSolvers = { solver: 'epochs', balance: 'none', batchNorm: 'train' } as const satisfies Partial<RunOptions>;

/** Parses and validates `run.json`, because the folder may come from someone else. @throws if it is damaged */
export function parseRunRecord(text: string, file: string): RunRecord {
  const broken = (what: string): GraftError =>
    new GraftError(`"${file}" ${what}. The run cannot be resumed; train again.`, { code: 'run.damaged', place: file });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('is not JSON');
  }
  if (!isObject(value)) throw broken('is not an object');
  if (value['format'] !== format)
    throw broken(
      value['format'] === undefined
        ? 'does not specify its "format"'
        : `has the format ${showJson(value['format'], 60)}, but this version reads format ${format}`,
    );
  const wrong = misfit(value, checks, ['options', 'backboneSha256', 'imagesSha256']);
  if (wrong !== undefined) throw broken(wrong);
  const { backboneSha256, imagesSha256, feed, plugins = [] } = value as unknown as StoredRecord;
  const { plugins: _, ...given } = parseRunOptions(value['options'], `"${file}"`);
  const options = { ...defaultOptions, ...(given.solver === undefined && beforeSolvers), ...given };
  if (options.model === undefined || options.data === undefined) throw broken('has no model or no data');
  return {
    options: options as RunRecord['options'],
    plugins,
    backboneSha256,
    imagesSha256,
    ...(feed && { feed }),
  };
}

/** @throws if the model or the examples have changed since the run began, because the result would differ */
export function checkSameStart(
  record: RunRecord,
  { backboneSha256, imagesSha256 }: Pick<RunRecord, 'backboneSha256' | 'imagesSha256'>,
): void {
  const { model, data } = record.options;
  if (record.backboneSha256 !== backboneSha256)
    throw new GraftError(
      `The model "${model}" has changed since the run began: its weights up to the cut differ. Restore the file, or train again.`,
      { code: 'run.changed', place: model },
    );
  if (record.imagesSha256 !== imagesSha256)
    throw new GraftError(
      `The examples in "${data}" have changed since the run began: files were added, removed, relabelled or can no longer be read. Restore them, or train again.`,
      { code: 'run.changed', place: data },
    );
}

/** Digest of the weights up to the cut. */
export async function backboneDigest({ module, cut }: Pick<Backbone, 'module' | 'cut'>): Promise<string> {
  const parts: (string | Uint8Array)[] = [cut];
  for (const [path, { data, shape, dtype }] of await weightsOf(module))
    parts.push(
      `\n${path} ${dtype} ${shape.join(',')}\n`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  return digestOf(...parts);
}

/** Digest of the examples' names and labels, but not of their contents. */
export const examplesDigest = (
  names: readonly string[],
  examples: readonly { readonly name: string; readonly label: Label }[],
): Promise<string> =>
  digestOf(JSON.stringify(names), ...examples.map(({ name, label }) => `\n${String(label)} ${name}`));
