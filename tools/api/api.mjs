// @ts-check
// `npm run api -- [--check | --missing]`: writes docs/api from the built declarations of every published package. --check writes nothing and lists
// differences and missing docstrings; --missing lists the latter.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../build/build.mjs';
import { differences } from './differences.mjs';
import { markdown } from './markdown.mjs';
import { readPages, writePages } from './pages.mjs';
import { publishedPackages } from './published.mjs';
import { readApi } from './read-api.mjs';
import { undocumented } from './undocumented.mjs';

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, missing: { type: 'boolean' } } });
  const folder = join(root, 'docs/api');
  const api = readApi(publishedPackages(root));
  const [before, after] = [readPages(folder), markdown(api)];
  const bare = undocumented(api);
  if (values.missing) console.log(bare.join('\n'));
  else if (values.check) {
    const differ = differences(before, after);
    if (differ.length)
      throw new Error(`docs/api does not match what the packages export:\n${differ.join('\n')}\nrun npm run api`);
    if (bare.length) throw new Error(`These exports need a one-line docstring:\n${bare.join('\n')}`);
  } else {
    writePages(folder, after);
    console.log(
      `docs/api: ${after.size - 1} packages, ${differences(before, after).length} differences${bare.length ? `; ${bare.length} names without a docstring: npm run api -- --missing` : ''}`,
    );
  }
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
