// @ts-check
import { installs } from './changes.mjs';
import { among, inList } from './edits.mjs';

/**
 * Generates the package of a model's card, which `graft` then lists. It must be filled in, and has `verified: false` until then.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 * @throws if another package has a card of this name
 */
export function model({ kebab }, tree) {
  const other = tree
    .children('models')
    .find((folder) => tree.children(`models/${folder}/cards`).includes(`${kebab}.json`));
  if (other)
    throw new Error(
      `Cannot create the model "${kebab}": models/${other} already has a card of this name. Choose another name.`,
    );
  const [folder, name] = [`models/${kebab}`, `@graft/model-${kebab}`];
  return {
    files: {
      [`${folder}/package.json`]: manifest(name, kebab),
      [`${folder}/card.json`]: card(kebab),
      [`${folder}/README.md`]: readme(name, kebab),
    },
    edits: [
      among(
        'apps/graft/package.json',
        /^ {4}"(@graft\/model-[^"]+)": "workspace:\^",$/gm,
        `    "${name}": "workspace:^",`,
      ),
      inList('tools/release/projects.mjs', /const models = \[([^\]]*)\]/dgm, `'model-${kebab}'`),
    ],
    taken: { words: [], in: [] },
    next: [
      installs(tree),
      `fill in ${folder}/card.json: \`wc -c\` and \`sha256sum\` of the file, and the output of \`npm run graft -- inspect\`; then package.json and README.md`,
      'npm run graft -- doctor, a run of graft finetune, and a comparison with onnxruntime; then verified: true, its digest in packages/zoo/src/verified-digests.ts, and npm run changeset',
    ],
  };
}

const json = (/** @type {object} */ value) => `${JSON.stringify(value, null, 2)}\n`;

const manifest = (/** @type {string} */ name, /** @type {string} */ kebab) =>
  json({
    name,
    version: '0.1.0',
    description: `Model card of ${kebab}.`,
    license: 'MIT',
    type: 'module',
    exports: { './card.json': './card.json' },
    files: ['card.json'],
    publishConfig: { access: 'public' },
  });

/** All required fields of a card; its file does not exist. @param {string} kebab */
const card = (kebab) =>
  json({
    name: kebab,
    title: kebab,
    description: 'Replace this with one or two sentences about the model.',
    licence: 'Apache-2.0',
    origin: 'author and origin',
    source: `https://example.org/${kebab}.onnx`,
    bytes: 1,
    sha256: '0'.repeat(64),
    opset: 17,
    input: { name: 'input', shape: ['batch', 3, 224, 224] },
    preprocessing: {
      width: 224,
      height: 224,
      channels: 3,
      order: 'rgb',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    cutPoints: [],
    verified: false,
  });

const readme = (/** @type {string} */ name, /** @type {string} */ kebab) => `# ${name}

The model card of ${kebab}: the file's source, its preprocessing and its cut point.

\`\`\`ts
import { createApp } from '@graft/plugin';
import { modelCard } from '@graft/zoo';
import { installedModels } from '@graft/zoo/node';

const app = await createApp([await installedModels()]);
console.log(app.get(modelCard, '${kebab}').licence); // Apache-2.0
\`\`\`

* The card is a template: the address is an example, and \`verified\` is false.
* Input \`[batch, 3, 224, 224]\`, with ImageNet's mean and standard deviation.
`;
