import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { IterableDataset } from '../iterable-dataset.ts';
import { SampleError } from '../sample-error.ts';
import { tarEntries, type TarEntry, type TarOptions } from '../tar.ts';

/** The files of one key in a shard. For example, the files `0001.jpg`, `0001.cls` and `0001.seg.png` are the fields jpg, cls and seg.png of key 0001. */
export interface TarSample {
  readonly key: string;
  /** The path of the shard and the key, such as `train.tar/0001`. */
  readonly path: string;
  /** Decoded by their last extension: `cls` to an integer, `json` to any JSON value, `txt` to a string; everything else is bytes. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Streams the samples of tar shards in WebDataset format (Aizman et al. 2019): consecutive files with the same key are one sample. Only one
 * file and one sample are in memory at a time. Shards that end in `.gz` or `.tgz` are decompressed.
 * A sample with an invalid field counts as broken; hidden files and files without an extension are skipped.
 * @throws during iteration, if a shard is broken or truncated, or contains a path that leads out of it
 */
export function tarSamples(shards: string | readonly string[], options: TarOptions = {}): IterableDataset<TarSample> {
  const paths = typeof shards === 'string' ? [shards] : shards;
  return {
    async *samples() {
      for (const path of paths) {
        try {
          yield* shardSamples(path, options);
        } catch (error) {
          throw new Error(
            `The shard "${path}" cannot be read: ${(error as Error).message} Download it again, or omit it.`,
            { cause: error },
          );
        }
      }
    },
  };
}

async function* shardSamples(
  path: string,
  options: TarOptions,
): AsyncGenerator<TarSample | SampleError, void, undefined> {
  let key: string | undefined;
  let files: [field: string, content: Uint8Array][] = [];
  const sample = (): TarSample | SampleError => {
    const place = `${path}/${key!}`;
    try {
      return { key: key!, path: place, fields: fieldsOf(files) };
    } catch (error) {
      return new SampleError(`"${place}" ${(error as Error).message}`, { path: place, cause: error });
    }
  };
  for await (const entry of tarEntries(bytesOf(path), options)) {
    const named = keyAndField(entry);
    if (!named) continue;
    if (key !== undefined && named.key !== key) {
      yield sample();
      files = [];
    }
    key = named.key;
    files.push([named.field, entry.content]);
  }
  if (key !== undefined) yield sample();
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path);
  const unpacked = /\.t?gz$/i.test(path) ? createGunzip() : undefined;
  if (unpacked) file.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  try {
    yield* (unpacked ?? file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? 'The file does not exist.' : `${message.replace(/\.$/, '')}.`, {
      cause: error,
    });
  } finally {
    file.destroy();
  }
}

/** The key is the path up to the first dot of the file name. */
function keyAndField({ name }: TarEntry): { key: string; field: string } | undefined {
  const clean = name.replace(/^(\.\/)+/, '');
  if (clean.startsWith('/') || /[\0\\]|^[a-z]:/i.test(clean) || clean.split('/').includes('..'))
    throw new Error(`The archive has the path ${JSON.stringify(name)}, which is not inside it.`);
  const start = clean.lastIndexOf('/') + 1;
  const dot = clean.indexOf('.', start);
  return dot > start && dot + 1 < clean.length
    ? { key: clean.slice(0, dot), field: clean.slice(dot + 1).toLowerCase() }
    : undefined;
}

function fieldsOf(files: readonly [field: string, content: Uint8Array][]): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>; // a field may be named __proto__
  for (const [field, content] of files) {
    if (field in fields) throw new Error(`has two files that end in ".${field}". Give each its own key.`);
    fields[field] = value(field, content);
  }
  return fields;
}

function value(field: string, content: Uint8Array): unknown {
  const kind = field.slice(field.lastIndexOf('.') + 1);
  if (kind !== 'cls' && kind !== 'json' && kind !== 'txt') return content;
  const wrong = (what: string): Error => new Error(`has a .${field} that is not ${what}. Fix or remove it.`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw wrong('UTF-8 text');
  }
  if (kind === 'txt') return text;
  if (kind === 'cls') {
    if (!/^\s*\d{1,9}\s*$/.test(text)) throw wrong('a class index');
    return Number(text);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw wrong('JSON');
  }
}
