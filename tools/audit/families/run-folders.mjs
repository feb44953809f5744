// @ts-check
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RunFiles } from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/suite';
import { fileStorage } from '@graft/storage/node';
import { leftOut, refused, works } from '../case.mjs';
import { copyRun } from '../shared.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

/** A finished run that was changed, and a prediction with it. @param {string} name @param {(run: string) => void} change @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, change, outcome, more = {}) => ({
  name,
  file: 'run',
  files: (folder, { run }) => change(copyRun(run, folder)),
  command: (_, { image }) => ['predict', image, '--model', 'run'],
  outcome,
  ...more,
});
/** Another summary. @param {string} name @param {(summary: any) => unknown} change a value for JSON, or a text @param {Outcome} outcome @param {Partial<Case>} [more] */
const summary = (name, change, outcome, more = {}) =>
  one(
    `summary.json: ${name}`,
    (run) => {
      const path = join(run, 'summary.json');
      const value = change(JSON.parse(readFileSync(path, 'utf8')));
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    },
    outcome,
    more,
  );
/** A stopped run that was changed, and resumed. @param {string} name @param {(run: string) => void} change @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const resumed = (name, change, outcome, more = {}) => ({
  name: `resume: ${name}`,
  file: 'run',
  files: (folder, { stopped }) => change(copyRun(stopped, folder)),
  command: () => ['resume', 'run'],
  outcome,
  ...more,
});
/** Another record. @param {string} name @param {(record: any) => unknown} change @param {Outcome} outcome @param {Partial<Case>} [more] */
const record = (name, change, outcome, more = {}) =>
  resumed(
    `run.json: ${name}`,
    (run) => {
      const path = join(run, 'run.json');
      const value = change(JSON.parse(readFileSync(path, 'utf8')));
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    },
    outcome,
    more,
  );
/** A summary alone, read with the library. @param {string} name @param {unknown} content text, or a value for JSON @param {Outcome} outcome @returns {Case} */
const summaryAlone = (name, content, outcome) => ({
  name: `summary.json alone: ${name}`,
  file: 'run',
  files(folder) {
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run', 'summary.json'), typeof content === 'string' ? content : JSON.stringify(content));
  },
  read: async (folder) => JSON.stringify(await new RunFiles(fileStorage(join(folder, 'run'))).summary()),
  outcome,
});
const replaced =
  (/** @type {string} */ name, /** @type {(path: string) => void} */ by) => (/** @type {string} */ run) => {
    rmSync(join(run, name), { recursive: true, force: true });
    by(join(run, name));
  };
const pipe = (/** @type {string} */ path) => execFileSync('mkfifo', [path]);
const newest = (/** @type {string} */ run) => {
  const folder = join(run, 'phases/all/checkpoints');
  return join(
    folder,
    /** @type {string} */ (
      readdirSync(folder)
        .filter((name) => name.startsWith('step-'))
        .sort()
        .at(-1)
    ),
  );
};
const damaged = refused(/damaged/);
const writes = 'run';

/** @type {readonly Case[]} */
export const runFolders = [
  one('as it should be', () => {}, works(/red/)),
  {
    name: 'an empty folder',
    file: 'run',
    files: (folder) => mkdirSync(join(folder, 'run')),
    command: (_, { image }) => ['predict', image, '--model', 'run'],
    outcome: refused(/not a finished run/),
  },
  {
    name: 'a file instead of a folder',
    file: 'run',
    files: (folder) => writeFileSync(join(folder, 'run'), ''),
    command: (_, { image }) => ['predict', image, '--model', 'run'],
    outcome: refused(/not a finished run/),
  },
  {
    name: 'no folder',
    file: 'run',
    command: (_, { image }) => ['predict', image, '--model', 'run'],
    outcome: refused(/not a finished run/),
  },
  one(
    'a model of another run',
    replaced('model.onnx', (path) => writeFileSync(path, smallNetwork())),
    damaged,
  ),
  one('a model that is a pipe', replaced('model.onnx', pipe), refused(/model\.onnx/)),
  one(
    'a model that is /dev/zero',
    replaced('model.onnx', (path) => symlinkSync('/dev/zero', path)),
    refused(/model\.onnx/),
  ),
  one(
    'a model that is a link out of the folder',
    replaced('model.onnx', (path) => symlinkSync('../../elsewhere/secret.txt', path)),
    refused(/model\.onnx/),
  ),
  one(
    'a model that is a folder',
    replaced('model.onnx', (path) => mkdirSync(path)),
    refused(/model\.onnx/),
  ),
  one('a model of a terabyte', (run) => truncateSync(join(run, 'model.onnx'), 2 ** 40), refused(/limit/)),
  one('a model of a gigabyte', (run) => truncateSync(join(run, 'model.onnx'), 2 ** 30), damaged, {
    budget: { bytes: 2 ** 30 + 2 ** 27 },
  }),
  one('no model', (run) => rmSync(join(run, 'model.onnx')), refused(/model\.onnx/)),
  one('a summary that is a pipe', replaced('summary.json', pipe), refused(/summary\.json/)),
  one(
    'a summary that is a link out of the folder',
    replaced('summary.json', (path) => symlinkSync('../../elsewhere/secret.txt', path)),
    refused(/summary\.json/),
  ),
  one('a summary of a gigabyte', (run) => truncateSync(join(run, 'summary.json'), 2 ** 30), refused(/limit/)),
  one(
    'a summary that is a folder',
    replaced('summary.json', (path) => mkdirSync(path)),
    refused(/summary\.json/),
  ),
  one(
    'a code file beside the model',
    (run) => writeFileSync(join(run, 'graft.config.js'), 'throw new Error("executed")'),
    works(/red/),
  ),
  summary('empty', () => '', refused(/not JSON/)),
  summary('null', () => 'null', refused(/not an object/)),
  summary('a list', () => '[]', refused(/classes|object/)),
  summary('a million brackets', () => '['.repeat(1e6), refused(/not JSON/)),
  summary('no classes', (value) => ({ ...value, classes: [] }), refused(/classes/)),
  summary('classes that are numbers', (value) => ({ ...value, classes: [1, 2, 3] }), refused(/classes/)),
  summary('a class too many', (value) => ({ ...value, classes: [...value.classes, 'more'] }), refused(/class/)),
  summary('a class twice', (value) => ({ ...value, classes: ['red', 'red', 'red'] }), refused(/class|twice/)),
  summary(
    'ten million classes',
    (value) => ({ ...value, classes: Array(3_000_000).fill('c') }),
    refused(/class|limit/),
  ),
  summary(
    'a class with control characters',
    (value) => ({ ...value, classes: ['\u001b[2J\u202ea', 'b', '\u0007'] }),
    refused(/classes/),
  ),
  summary(
    'classes named __proto__',
    (value) => ({ ...value, classes: ['__proto__', 'constructor', 'toString'] }),
    refused(/other classes/),
  ),
  summary('a task that does not exist', (value) => ({ ...value, task: 'constructor' }), refused(/constructor/)),
  summary('a modality that does not exist', (value) => ({ ...value, modality: '__proto__' }), refused(/__proto__/)),
  summary('a modality that the model does not fit', (value) => ({ ...value, modality: 'text' }), refused(/./)),
  summary('preprocessing that is empty', (value) => ({ ...value, preprocessing: {} }), refused(/preprocessing/)),
  summary(
    'an image of 1e9 pixels square',
    (value) => ({ ...value, preprocessing: { ...value.preprocessing, width: 1e9, height: 1e9 } }),
    refused(/preprocessing|width/),
  ),
  summary(
    'a mean that is a text',
    (value) => ({ ...value, preprocessing: { ...value.preprocessing, mean: 'x' } }),
    refused(/preprocessing|mean/),
  ),
  summary(
    'a companion that is a path',
    (value) => ({ ...value, companions: { '../elsewhere/secret.txt': '0' } }),
    refused(/companions/),
  ),
  summary(
    'a companion that is missing',
    (value) => ({ ...value, companions: { 'tokenizer.json': '0' } }),
    works(/red/),
  ),
  summary(
    'plugins that are code',
    (value) => ({ ...value, plugins: [{ name: '../../elsewhere/secret.txt', version: '1.0.0' }] }),
    refused(/plugin/i),
  ),
  summary('plugins that are null', (value) => ({ ...value, plugins: [null] }), refused(/plugin/i)),
  summary(
    'compare: numbers that are texts',
    (value) => ({ ...value, validation: { accuracy: '\u001b[2J' }, trainSeconds: 'x', date: '\u202e' }),
    refused(/"validation" to be an object of numbers/),
    { command: () => ['compare', 'run'] },
  ),
  summary(
    'compare: a log of a million epochs',
    (value) => ({ ...value, log: Array(300_000).fill({ epoch: 1 }) }),
    works(),
    { command: () => ['compare', 'run'] },
  ),
  {
    name: 'compare: one run three hundred times',
    file: 'run',
    files: (folder, { run }) => void copyRun(run, folder),
    command: () => ['compare', ...Array(300).fill('run')],
    outcome: works(),
  },
  one(
    'export: to a file outside through a link',
    (run) => symlinkSync('../elsewhere/secret.txt', join(run, '..', 'out.onnx')),
    refused(/outside/),
    { command: () => ['export', 'run', '--out', 'out.onnx'], file: 'out.onnx' },
  ),
  one('export: to a pipe', (run) => pipe(join(run, '..', 'out.onnx')), works(), {
    command: () => ['export', 'run', '--out', 'out.onnx'],
    writes: 'out.onnx',
  }),
  summaryAlone('as it should be', { classes: ['a', 'b'], preprocessing: {} }, works(/"a"/)),
  summaryAlone('a list', [], refused(/classes|object/)),
  summaryAlone('preprocessing that is a text', { classes: ['a'], preprocessing: 'x' }, refused(/preprocessing/)),
  summaryAlone('preprocessing that is a list', { classes: ['a'], preprocessing: [] }, refused(/preprocessing/)),
  summaryAlone('a task that is an object', { classes: ['a'], preprocessing: {}, task: {} }, refused(/task/)),
  summaryAlone('a class with a zero byte', { classes: ['a\0'], preprocessing: {} }, refused(/classes/)),
  summaryAlone(
    'a companion named like the model',
    { classes: ['a'], preprocessing: {}, companions: { 'Model.onnx': '0' } },
    refused(/companions/),
  ),
  summaryAlone(
    'a companion out of the folder',
    { classes: ['a'], preprocessing: {}, companions: { '..': '0' } },
    refused(/companions/),
  ),
  // Stopped runs
  record('empty', () => '', refused(/not JSON/)),
  record('null', () => 'null', refused(/not an object/)),
  record('no options', (value) => ({ ...value, options: undefined }), refused(/run\.json/)),
  record(
    'an option that is code',
    (value) => ({ ...value, options: { ...value.options, callbacks: [{ name: 'constructor' }] } }),
    refused(/constructor/),
  ),
  record(
    'plugins in a run folder',
    (value) => ({ ...value, plugins: [{ name: './evil.mjs', version: '1.0.0' }] }),
    refused(/plugin/i),
  ),
  record(
    'a model from the network',
    (value) => ({ ...value, options: { ...value.options, model: 'hf:a/b/endless.onnx' } }),
    refused(/./),
    { env: () => ({ GRAFT_OFFLINE: '1' }), file: undefined },
  ),
  record('other data', (value) => ({ ...value, options: { ...value.options, data: '../elsewhere' } }), refused(/./), {
    file: undefined,
  }),
  record(
    'another digest of the backbone',
    (value) => ({ ...value, backboneSha256: '0'.repeat(64) }),
    refused(/has changed/),
    { file: undefined },
  ),
  resumed('run.json that is a pipe', replaced('run.json', pipe), refused(/run\.json/)),
  resumed('run.json of a gigabyte', (run) => truncateSync(join(run, 'run.json'), 2 ** 30), refused(/limit/)),
  resumed('no run.json', (run) => rmSync(join(run, 'run.json')), refused(/no run to resume/)),
  resumed('a lock that is a pipe', (run) => pipe(join(run, '.lock')), refused(/lock/)),
  resumed(
    'a lock of another machine',
    (run) => writeFileSync(join(run, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere' })),
    refused(/is using/),
  ),
  resumed(
    'a lock of a living process',
    (run) => writeFileSync(join(run, '.lock'), JSON.stringify({ pid: 1, host: hostname() })),
    refused(/is using/),
  ),
  resumed(
    'a lock of a machine with control characters',
    (run) => writeFileSync(join(run, '.lock'), JSON.stringify({ pid: 1, host: '\u001b[2J\u202e' })),
    refused(/is using/),
  ),
  resumed(
    'a checkpoint of another phase',
    (run) => {
      const to = newest(run);
      for (const file of readdirSync(to))
        if (file.startsWith('weights')) writeFileSync(join(to, file), Buffer.alloc(100));
    },
    leftOut(/checkpoint/),
    { writes },
  ),
  resumed(
    'a checkpoint that is a link out of the folder',
    (run) => {
      const to = newest(run);
      rmSync(to, { recursive: true });
      symlinkSync('../../../../../elsewhere', to);
    },
    refused(/./),
    { writes },
  ),
  resumed(
    'a state that is a pipe',
    (run) => {
      const path = join(newest(run), 'state.json');
      rmSync(path);
      pipe(path);
    },
    refused(/state\.json/),
  ),
  resumed(
    'a state whose step is 1e15',
    (run) => {
      const path = join(newest(run), 'state.json');
      const value = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...value, steps: 1e15 }));
    },
    leftOut(/checkpoint/),
    { writes },
  ),
  resumed(
    'a state without a place',
    (run) => {
      const path = join(newest(run), 'state.json');
      const value = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...value, state: {} }));
    },
    leftOut(/checkpoint/),
    { writes },
  ),
  resumed(
    'phases that are a file',
    (run) => {
      rmSync(join(run, 'phases'), { recursive: true });
      writeFileSync(join(run, 'phases'), '');
    },
    refused(/./),
    { writes },
  ),
  resumed(
    'a summary beside the checkpoints',
    (run) => copyFileSync(join(run, 'run.json'), join(run, 'summary.json')),
    refused(/complete/),
  ),
  resumed('intact, and Ctrl+C', () => {}, works(), { interrupt: 'training', writes }),
];
