// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '@graft/finetune/node';
import { refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** A case with one configuration. @param {string} name @param {unknown} content text, or a value for JSON @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
function one(name, content, outcome, { file = 'graft.config.json', ...more } = {}) {
  return {
    name,
    file,
    files: (folder) =>
      writeFileSync(
        join(folder, file),
        typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
      ),
    read: async (folder) => JSON.stringify(await readConfig(join(folder, file))),
    outcome,
    ...more,
  };
}
/** A module as a configuration. @param {string} name @param {string} content @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] */
const module_ = (name, content, outcome, more = {}) =>
  one(`module: ${name}`, content, outcome, { file: 'graft.config.mjs', ...more });

const json = refused(/is not JSON/);
const unknown = refused(/has no option/);
const value = refused(/expects "/);
/** @type {readonly Case[]} */
export const configurations = [
  one('empty', '', json),
  one('half', '{"model":', json),
  one('a comment', '{ // the model\n"model": "a" }', json),
  one('UTF-16', Buffer.from('{"model":"a"}', 'utf16le'), json),
  one('control characters', '\u001b[2J\u202e{"model":', json),
  one('a million brackets', '['.repeat(1_000_000), json),
  one('null', 'null', refused(/expects an object/)),
  one('a list', [], refused(/expects an object/)),
  one('a text', '"model"', refused(/expects an object/)),
  one('a number', '1e999', refused(/expects an object/)),
  one('an unknown option', { modle: 'a' }, unknown),
  one('an option named __proto__', '{"__proto__":{"epochs":1}}', unknown),
  one('an option named constructor', { constructor: 1 }, unknown),
  one('an option with a name of 100,000 characters', { ['o'.repeat(100_000)]: 1 }, unknown),
  one('an option with control characters', { '\u001b[2J\u202e': 1 }, unknown),
  one('a model that is a number', { model: 5 }, value),
  one('a model that is a list', { model: ['a'] }, value),
  one('a model with a zero byte', { model: 'a\0.onnx' }, value),
  one('a model of 100,000 characters', { model: 'm'.repeat(100_000) }, works()),
  one('epochs of 1e99', { epochs: 1e99 }, value),
  one('epochs of -1', { epochs: -1 }, value),
  one('epochs of 1.5', { epochs: 1.5 }, value),
  one('epochs as a text', { epochs: '20' }, value),
  one('a learning rate that is null', { learningRate: null }, value),
  one('a mean of a million numbers', { mean: Array(100_000).fill(0.5) }, value),
  one('a transform without a name', { transforms: [{ degrees: 5 }] }, value),
  one('a transform that is null', { transforms: [null] }, value),
  one(
    'a head nested 100 levels deep',
    `{"head":{"name":"mlp","a":${'['.repeat(100)}${']'.repeat(100)}}}`,
    refused(/levels/),
  ),
  one(
    'a head nested 100,000 levels deep',
    `{"head":{"name":"mlp","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    refused(/levels|JSON/),
  ),
  one('a validation fraction of 1', { validation: 1 }, value),
  one('a port of 70,000', { dashboard: 70_000 }, value),
  one('more than a megabyte', `{"model":"${'a'.repeat(2 ** 20)}"}`, refused(/1 MB/)),
  one('a pipe', '', refused(/not a file/), {
    files: (folder) => execFileSync('mkfifo', [join(folder, 'graft.config.json')]),
  }),
  one('/dev/zero', '', refused(/not a file/), {
    files: (folder) => symlinkSync('/dev/zero', join(folder, 'graft.config.json')),
  }),
  one('a folder', '', refused(/not a file/), { files: (folder) => mkdirSync(join(folder, 'graft.config.json')) }),
  one('a link to itself', '', refused(/cannot be read/), {
    files: (folder) => symlinkSync('graft.config.json', join(folder, 'graft.config.json')),
  }),
  module_('a syntax error', 'export default {', refused(/cannot be loaded/)),
  module_('no default export', 'export const a = 1;', refused(/has no option/)),
  module_('a function', 'export default () => ({});', refused(/expects an object/)),
  module_('throws', 'throw new Error("boom");', refused(/cannot be loaded: boom/)),
  module_('throws nothing', 'throw undefined;', refused(/cannot be loaded/)),
  module_(
    'throws text with control characters',
    'throw new Error("\\u001b[2J\\nat line 5");',
    refused(/cannot be loaded/),
  ),
  module_('a getter that throws', 'export default { get model() { throw new Error("boom"); } };', refused(/boom/)),
  module_('a value that is not JSON', 'export default { head: { name: "mlp", a: () => {} } };', refused(/plain JSON/)),
  module_(
    'a value that contains itself',
    'const head = { name: "mlp" }; head.self = head; export default { head };',
    refused(/levels/),
  ),
  ...[
    ['no such optimizer', { optimizer: '__proto__' }, /optimizer/i],
    ['a transform named constructor', { transforms: ['constructor'] }, /constructor/],
    ['an option that the optimizer lacks', { optimizer: { name: 'sgd', speed: 5 } }, /speed/],
    ['a head of a billion units', { head: { name: 'mlp', hidden: 1e9 } }, /hidden|large|more than/],
    ['a head with a layer of a billion units', { head: { name: 'mlp', hidden: [1e9] } }, /GiB of memory/],
    ['a head with a layer of half a unit', { head: { name: 'mlp', hidden: [1.5] } }, /positive integer/],
    ['a task with a control character', { task: '\u001b[2J' }, /task/],
    ['a modality that does not exist', { modality: 'constructor' }, /constructor/],
    ['a plugin outside of the folder', { plugins: ['../elsewhere/secret.txt'] }, /plugin/i],
  ].map(([name, options, pattern]) => ({
    name: `finetune: ${/** @type {string} */ (name)}`,
    files: (/** @type {string} */ folder) => writeFileSync(join(folder, 'graft.config.json'), JSON.stringify(options)),
    command: (/** @type {string} */ _, /** @type {import('../case.mjs').Shared} */ { model, data }) => [
      'finetune',
      '--config',
      'graft.config.json',
      '--model',
      model,
      '--data',
      data,
      '--out',
      'run',
      '--epochs',
      '1',
    ],
    writes: 'run',
    outcome: refused(/** @type {RegExp} */ (pattern)),
  })),
  ...[
    ['a list of transforms that is half', '[{"name":', /JSON list/],
    ['a list of transforms with __proto__', '[{"__proto__":{"name":"rotate"}}]', /JSON list/],
    ['a transform with unknown options', '[{"name":"rotate","speed":1}]', /speed/],
    ['a rotation that is not a number', '[{"name":"rotate","degrees":"1e999"}]', /degrees/],
  ].map(([name, text, pattern]) => ({
    name: `preview: ${name}`,
    command: (/** @type {string} */ _, /** @type {import('../case.mjs').Shared} */ { data }) => [
      'preview',
      '--data',
      data,
      '--transforms',
      /** @type {string} */ (text),
    ],
    outcome: refused(/** @type {RegExp} */ (pattern)),
  })),
];
