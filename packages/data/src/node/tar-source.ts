import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DatasetSource,
  type Labelled,
  listOption,
  mapIterable,
  numberOption,
  readOptions,
  textOption,
} from '../index.ts';
import { tarSamples } from './tar-samples.ts';

/** {@link tarSamples} with a class each, for configurations: a shard, or a folder of shards in the order of their names. */
export const tarSource: DatasetSource = {
  name: 'tarSamples',
  async open(location, options = {}) {
    const { inputs, label, maxEntryBytes } = readOptions('tarSamples', options, {
      inputs: listOption(['jpg', 'jpeg', 'png', 'webp']),
      label: textOption('cls'),
      maxEntryBytes: numberOption(2 ** 30, { min: 1 }),
    });
    return mapIterable(
      tarSamples(await shardsOf(location), { maxEntryBytes }),
      ({ path, fields }): Labelled<Uint8Array> => {
        const field = inputs.find((name) => name in fields);
        const [input, number] = [field === undefined ? undefined : fields[field], fields[label]];
        const has = `it has: ${Object.keys(fields).join(', ')}`;
        if (!(input instanceof Uint8Array))
          throw new Error(`"${path}" has none of ${inputs.join(', ')}; ${has}. Name the field with inputs.`);
        if (typeof number !== 'number')
          throw new Error(`"${path}" has no class number in "${label}"; ${has}. Name the field with label.`);
        return { input, label: number, path };
      },
    );
  },
};

async function shardsOf(location: string): Promise<string[]> {
  const found = await stat(location).catch(() => undefined);
  if (!found) throw new Error(`"${location}" does not exist. Give a tar file, or a folder of them.`);
  if (!found.isDirectory()) return [location];
  const shards = (await readdir(location)).filter((name) => /\.(tar|tar\.gz|tgz)$/i.test(name)).sort();
  if (shards.length === 0)
    throw new Error(`"${location}" holds no tar files. Give a folder of shards that end in .tar, .tar.gz or .tgz.`);
  return shards.map((name) => join(location, name));
}
