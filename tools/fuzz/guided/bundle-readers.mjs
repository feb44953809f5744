// @ts-check
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';
import { instrument } from './instrument.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const entry = fileURLToPath(new URL('readers.mjs', import.meta.url));
/** What is counted: the packages, and the libraries that parse files for them. */
const counted = /\/packages\/[^/]+\/src\/|\/node_modules\/(csv-parse|hyparquet|@huggingface\/tokenizers)\//;

/** @typedef {{ file: string, counters: number, words: ReadonlyMap<string, readonly string[]> }} Bundle the file to import, its number of counters, and the texts in each module */

/** Bundles the readers from their sources, with a counter in each branch. @param {string} folder @returns {Promise<Bundle>} */
export async function bundleReaders(folder) {
  let counters = 0;
  /** @type {Map<string, string[]>} */
  const words = new Map();
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, resolve: { conditions: ['@graft/source', ...defaultServerConditions] } },
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rolldownOptions: { output: { codeSplitting: false, entryFileNames: 'readers.mjs' } },
    },
    plugins: [
      {
        name: 'count-branches',
        enforce: 'post',
        transform(code, id) {
          const file = id.replaceAll('\\', '/').split('?')[0] ?? id;
          if (!counted.test(file)) return;
          const made = instrument(code, counters);
          counters += made.counters;
          words.set(file, [...made.words]);
          return { code: made.code, map: null };
        },
      },
    ],
  });
  return { file: `${folder}/readers.mjs`, counters, words };
}
