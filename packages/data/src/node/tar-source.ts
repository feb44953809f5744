import { readdir, stat } from 'node:fs/promises';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DatasetSource, SampleError, type SourceExample } from '../index.ts';
import { tarSamples } from './tar-samples.ts';

/** The most bytes of all examples together. They are kept in memory, because shards can only be read from the start. */
const mostBytes = 2 ** 31;

const isShard = (name: string): boolean => /\.(tar|tar\.gz|tgz)$/i.test(name);

/** Opens a tar shard in WebDataset format, or a folder of shards, sorted by name. The class index of a sample is its field `cls`. */
export const tarSource: DatasetSource = {
  name: 'tar',
  opens: 'tar shards (.tar, .tar.gz, .tgz)',
  accepts(location) {
    if (typeof location !== 'string') return false;
    if (!statSync(location, { throwIfNoEntry: false })?.isDirectory()) return isShard(location);
    const entries = readdirSync(location, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
    return entries.some(({ name }) => isShard(name)) && !entries.some((entry) => entry.isDirectory());
  },
  async open(location, { extensions, noun }) {
    const root = location as string;
    const list: SourceExample[] = [];
    const ignored: string[] = [];
    let total = 0;
    for await (const sample of tarSamples(await shardsOf(root)).samples()) {
      if (sample instanceof SampleError) {
        ignored.push(sample.path ?? sample.message);
        continue;
      }
      const { path, fields } = sample;
      const field = Object.keys(fields).find((name) => extensions.includes(`.${name.toLowerCase()}`));
      const bytes = field === undefined ? undefined : fields[field];
      if (!(bytes instanceof Uint8Array) || fields['cls'] === undefined) {
        ignored.push(path);
        continue;
      }
      total += bytes.length;
      if (total > mostBytes)
        throw new Error(
          `"${root}" contains more than ${mostBytes / 2 ** 30} GiB of ${noun}. Unpack it, and use the folder.`,
        );
      list.push({
        place: path,
        file: { name: path, bytes: async () => bytes },
        fields: { label: String(fields['cls'] as string | number) },
      });
    }
    if (!list.length)
      throw new Error(
        `"${root}" contains no ${noun} with a class index in "cls"${ignored.length ? `, only ${ignored.length} other samples` : ''}. Use shards in WebDataset format.`,
      );
    return {
      root,
      list,
      columns: ['label'],
      ignored,
      file(path) {
        throw new Error(`Tar shards have no columns with file paths, such as "${path}".`);
      },
    };
  },
};

async function shardsOf(location: string): Promise<string[]> {
  const found = await stat(location).catch(() => undefined);
  if (!found) throw new Error(`"${location}" does not exist. Pass a tar file, or a folder of tar files.`);
  if (!found.isDirectory()) return [location];
  const shards = (await readdir(location)).filter(isShard).sort();
  if (shards.length === 0)
    throw new Error(`"${location}" contains no tar files. Pass a folder of shards that end in .tar, .tar.gz or .tgz.`);
  return shards.map((name) => join(location, name));
}
