// @ts-check
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallNetwork } from '@graft/onnx/suite';
import { readCard } from '@graft/zoo/node';
import { leftOut, refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

const network = smallNetwork();
const digest = createHash('sha256').update(network).digest('hex');
const card = {
  name: 'tiny',
  title: 'A small network',
  description: 'For the audit.',
  licence: 'MIT',
  origin: 'nobody',
  source: 'file:model.onnx',
  bytes: network.length,
  sha256: digest,
  opset: 17,
  input: { name: 'image', shape: ['N', 3, 'S', 'S'] },
  cutPoints: [],
  verified: false,
};

/** A case with one card. @param {string} name @param {unknown} content changed fields, or the text @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, content, outcome, more = {}) => ({
  name,
  file: 'card.json',
  files: (folder) =>
    writeFileSync(
      join(folder, 'card.json'),
      typeof content === 'string' || content instanceof Uint8Array
        ? content
        : JSON.stringify({ ...card, .../** @type {object} */ (content) }),
    ),
  read: async (folder) => JSON.stringify(await readCard(join(folder, 'card.json'))),
  outcome,
  ...more,
});
const field = (/** @type {string} */ name) => refused(new RegExp(`"${name.replace(/[.[\]]/g, '\\$&')}" must be`));

/** A card and its file, for the command. @param {string} name @param {object} changed @param {Outcome} outcome @param {Partial<Case> & { put?: (folder: string) => void }} [more] @returns {Case} */
const inspected = (name, changed, outcome, { put, ...more } = {}) => ({
  name: `inspect: ${name}`,
  files: (folder) => {
    writeFileSync(join(folder, 'model.onnx'), network);
    writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...card, ...changed }));
    put?.(folder);
  },
  command: () => ['inspect', 'card.json'],
  outcome,
  ...more,
});

/** @type {readonly Case[]} */
export const cards = [
  one('as it should be', {}, works(/tiny/)),
  one('empty', '', refused(/not JSON/)),
  one('half', '{"name":', refused(/not JSON/)),
  one('not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), refused(/not JSON/)),
  one('a million brackets', '['.repeat(1e6), refused(/not JSON/)),
  one('null', 'null', refused(/must be an object/)),
  one('a list', '[]', refused(/must be an object/)),
  one('an unknown field', { labes: [] }, refused(/unknown field/)),
  one(
    'a field named __proto__',
    JSON.stringify(card).replace('{', '{"__proto__":{"verified":true},'),
    refused(/unknown field/),
  ),
  one('a field with control characters', { '\u001b[2J\u202e': 1 }, refused(/unknown field/)),
  one('a field of a million characters', { ['f'.repeat(1e6)]: 1 }, refused(/unknown field/)),
  one('no name', { name: undefined }, field('name')),
  one('a name that is a path', { name: '../elsewhere' }, field('name')),
  one('a name that is an option', { name: '--help' }, field('name')),
  one('a title with control characters', { title: '\u001b[2JTiny' }, field('title')),
  one('a title that turns the line around', { title: 'a\u202egnp.exe' }, field('title')),
  one('a title of two lines', { title: 'a\nlicence MIT' }, field('title')),
  one('a title of a million characters', { title: 't'.repeat(1e6) }, field('title')),
  one('a licence that is a list', { licence: ['MIT'] }, field('licence')),
  one('bytes of -1', { bytes: -1 }, field('bytes')),
  one('bytes of 1e99', { bytes: 1e99 }, field('bytes')),
  one('bytes of 1.5', { bytes: 1.5 }, field('bytes')),
  one('a digest in capitals', { sha256: digest.toUpperCase() }, field('sha256')),
  one('a digest that is half', { sha256: digest.slice(32) }, field('sha256')),
  one('a source without a scheme', { source: '../elsewhere/secret.txt' }, field('source')),
  one('a source with a space', { source: 'https://example.com/a b.onnx' }, field('source')),
  one('a shape of a million dimensions', { input: { name: 'x', shape: Array(1e6).fill(1) } }, field('input.shape')),
  one('a shape of 2^40', { input: { name: 'x', shape: [2 ** 40] } }, field('input.shape[0]')),
  one('a data type that does not exist', { input: { name: 'x', shape: [1], dtype: 'float31' } }, field('input.dtype')),
  one(
    'a standard deviation of 0',
    { preprocessing: { width: 8, height: 8, channels: 3, order: 'rgb', mean: [0], std: [0] } },
    field('preprocessing.std[0]'),
  ),
  one(
    'two means for three channels',
    { preprocessing: { width: 8, height: 8, channels: 3, order: 'rgb', mean: [0, 0], std: [1] } },
    field('preprocessing.mean'),
  ),
  one(
    'an image of 1e9 pixels square',
    { preprocessing: { width: 1e9, height: 1e9, channels: 3, order: 'rgb', mean: [0], std: [1] } },
    field('preprocessing.width'),
  ),
  one('cut points that are an object', { cutPoints: {} }, field('cutPoints')),
  one('a label of two lines', { labels: ['a\nb'] }, field('labels[0]')),
  one('verified by itself', { verified: true }, works(/"verified":false/)),
  one('17 MB', '', refused(/16 MiB/), {
    files: (folder) => (
      writeFileSync(join(folder, 'card.json'), '{'),
      truncateSync(join(folder, 'card.json'), 17 * 2 ** 20)
    ),
  }),
  one('a pipe', '', refused(/cannot be read/), {
    files: (folder) => execFileSync('mkfifo', [join(folder, 'card.json')]),
  }),
  one('/dev/zero', '', refused(/cannot be read/), {
    files: (folder) => symlinkSync('/dev/zero', join(folder, 'card.json')),
  }),
  one('a folder', '', refused(/is a folder/), { files: (folder) => mkdirSync(join(folder, 'card.json')) }),
  inspected('as it should be', {}, works(/A small network/)),
  inspected('another digest', { sha256: '0'.repeat(64) }, refused(/does not match its card/)),
  inspected('another length', { bytes: 5 }, refused(/does not match its card/)),
  inspected('a file outside of its folder', { source: 'file:../elsewhere/secret.txt' }, refused(/outside/)),
  inspected('an absolute file', { source: 'file:///etc/passwd' }, refused(/outside/)),
  inspected('a file on another machine', { source: 'file://server/share/model.onnx' }, refused(/file:\/\/server|card/)),
  inspected('a source with broken percent signs', { source: 'file:%E0%A4%A' }, refused(/%E0%A4%A|card/)),
  inspected('a source with an encoded zero byte', { source: 'file:model%00.onnx' }, refused(/./)),
  inspected('a scheme that does not exist', { source: 'gopher:a' }, refused(/gopher/)),
  inspected(
    'a package with options for npm',
    { source: 'npm:--registry=http://127.0.0.1/@1.0.0/model.onnx' },
    refused(/not the address/),
  ),
  inspected('a path out of a package', { source: 'npm:a@1.0.0/../../model.onnx' }, refused(/not the address/)),
  inspected('a path out of a repository', { source: 'hf:a/b/../../../x.onnx' }, refused(/not the address/)),
  inspected('a source that is a pipe', {}, refused(/cannot be read/), {
    put: (folder) => execFileSync('sh', ['-c', 'rm model.onnx && mkfifo model.onnx'], { cwd: folder }),
  }),
  inspected(
    'a licence that must be accepted, from the network',
    { licence: 'CC-BY-NC-4.0', source: 'https://127.0.0.1:9/model.onnx' },
    refused(/licence/),
  ),
  ...[
    ['half', '{"models":', /lock file/],
    ['null', 'null', /lock file/],
    ['models that are a list', '{"models":[5]}', /lock file/],
    [
      'another digest',
      JSON.stringify({ models: { tiny: { source: 'file:x', bytes: 5, sha256: '0'.repeat(64) } } }),
      /differs from the file pinned/,
    ],
  ].map(([name, text, pattern]) =>
    inspected(`a lock file: ${name}`, {}, refused(/** @type {RegExp} */ (pattern)), {
      put: (folder) => writeFileSync(join(folder, 'graft-models.lock.json'), /** @type {string} */ (text)),
    }),
  ),
  inspected('a lock file that is a pipe', {}, refused(/lock/), {
    put: (folder) => execFileSync('mkfifo', [join(folder, 'graft-models.lock.json')]),
  }),
  inspected('a lock file that is /dev/zero', {}, refused(/lock/), {
    put: (folder) => symlinkSync('/dev/zero', join(folder, 'graft-models.lock.json')),
  }),
  inspected('a lock file named __proto__', {}, leftOut(/A small network/), {
    put: (folder) =>
      writeFileSync(
        join(folder, 'graft-models.lock.json'),
        `{"models":{"__proto__":{"source":"file:x","bytes":5,"sha256":"${digest}"}}}`,
      ),
  }),
];
