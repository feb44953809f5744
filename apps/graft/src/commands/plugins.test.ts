import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectModel, readModel } from '@graft/onnx';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { colourFolder, graft, put, runInOnnxruntime, tinyBackbone, workFolder } from '../../test/workbench.ts';
import type { Summary } from '@graft/finetune';

const folder = workFolder();
const [data, model, config] = [join(folder, 'colours'), join(folder, 'tiny.onnx'), join(folder, 'graft.config.json')];
const swish = fileURLToPath(new URL('../../../../examples/swish/src/index.ts', import.meta.url));
/** A plugin without imports that writes epochs to a file. */
const note = put(
  `
import { appendFileSync } from 'node:fs';
const create = ({ file, ...others } = {}) => {
  if (Object.keys(others).length) throw new Error('note has no option "' + Object.keys(others)[0] + '". It takes: file.');
  if (!file) throw new Error('note needs a "file".');
  return { name: 'note', afterEpoch: ({ epoch }) => appendFileSync(file, epoch + ' ') };
};
export default { name: 'note', apiVersion: 1, contributes: [{ point: { label: 'callback', token: Symbol.for('graft/callback') }, value: { name: 'note', create } }] };`,
  folder,
  'note.mjs',
);
const notes = join(folder, 'notes.txt');
const hidden = (name: string, rest: string): string =>
  put(`globalThis.loadedByAStranger = true; export default { name: '${name}', ${rest} };`, folder, `${name}.mjs`);
const evil = hidden('evil', 'apiVersion: 1, contributes: []');
const wasLoaded = (): boolean => Object.hasOwn(globalThis, 'loadedByAStranger');

const [whole, stopped] = [join(folder, 'whole'), join(folder, 'stopped')];
const options = {
  model: 'tiny.onnx',
  data: 'colours',
  mean: [0.5],
  std: [0.5],
  epochs: 12,
  unfreeze: 'all',
  checkpointSteps: 2,
  plugins: [swish, './note.mjs'],
  head: {
    name: 'sequential',
    layers: [
      { name: 'linear', out: 8 },
      { name: 'swish', beta: 1.5 },
    ],
  },
  callbacks: [{ name: 'note', file: notes }],
};
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  await colourFolder(data, 4);
  put(JSON.stringify(options), config);
  const { code, stderr } = await graft(['finetune', '--config', config, '--out', whole]);
  if (code !== 0) throw new Error(stderr);
  const stop = new AbortController();
  const ended = graft(['finetune', '--config', config, '--out', stopped], stop.signal);
  const looking = setInterval(
    () => existsSync(join(stopped, 'phases/all/checkpoints/step-00000004/state.json')) && stop.abort(),
    1,
  );
  const { code: end } = await ended;
  clearInterval(looking);
  if (end !== 130) throw new Error(`The run ended with ${end} before it was stopped.`);
}, 60_000);
afterEach(() => void vi.restoreAllMocks());
let copies = 0;
function copied(run: string, file: string, change: (content: Record<string, unknown>) => void): string {
  const copy = join(folder, `copy-${copies++}`);
  cpSync(run, copy, { recursive: true });
  const content = JSON.parse(readFileSync(join(copy, file), 'utf8')) as Record<string, unknown>;
  change(content);
  writeFileSync(join(copy, file), JSON.stringify(content));
  return copy;
}
const wanted = [
  { name: 'graft-plugin-swish', given: swish },
  { name: 'note', given: note },
];
const summaryOf = (run: string): Summary => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;

test('a configuration loads plugins and uses what they add; the run records them, and its model does not need them', async () => {
  expect(readFileSync(notes, 'utf8')).toMatch(/^0 1 2 3 4 5 6 7 8 9 10 11 0 1 /);
  const { options: recorded, plugins } = JSON.parse(readFileSync(join(whole, 'run.json'), 'utf8')) as {
    options: object;
    plugins: unknown;
  };
  expect(plugins).toEqual(wanted);
  expect(recorded).not.toHaveProperty('plugins');
  const summary = summaryOf(whole);
  expect(summary.plugins).toEqual(wanted);
  const log = summary['log'] as { loss: number }[];
  expect(log.at(-1)!.loss).toBeLessThan(log[0]!.loss);
  expect(readFileSync(join(whole, 'report.html'), 'utf8')).toContain(note); // in the command that repeats the run
  const bytes = readFileSync(join(whole, 'model.onnx'));
  expect(inspectModel(readModel({ name: 'model.onnx', model: bytes })).operators.map(({ opType }) => opType)).toEqual(
    expect.arrayContaining(['Exp', 'Div']),
  );
  expect(await runInOnnxruntime(bytes, new Float32Array(3 * 256), [1, 3, 16, 16])).toHaveLength(3);
});
test('a run resumes with its plugins to the same bytes, and reports missing ones', { timeout: 60_000 }, async () => {
  const copy = join(folder, 'resumed');
  cpSync(stopped, copy, { recursive: true });
  expect(await graft(['resume', copy])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: The run was trained with the plugins "graft-plugin-swish" and "note", which are not loaded. Load them with --plugin ${swish} --plugin ${note}; plugins are never loaded automatically.\n`,
  });
  expect((await graft(['resume', copy, '--plugin', swish])).stderr).toBe(
    `graft: The run was trained with the plugin "note", which is not loaded. Load it with --plugin ${note}; plugins are never loaded automatically.\n`,
  );
  expect((await graft(['resume', copy, '--plugin', swish, '--plugin', note, '--plugin', note])).code).toBe(0);
  expect(readFileSync(join(copy, 'model.onnx')).equals(readFileSync(join(whole, 'model.onnx')))).toBe(true);
  expect(summaryOf(copy).plugins).toEqual(wanted);
});
test('predict, evaluate and export warn about missing plugins, and work', { timeout: 60_000 }, async () => {
  const image = join(data, 'red', '0.jpg');
  const sentence = `graft: The run was trained with the plugins "graft-plugin-swish" and "note", which are not loaded. Load them with --plugin ${swish} --plugin ${note}; plugins are never loaded automatically.\n`;
  const given = ['--plugin', swish, '--plugin', note];
  for (const command of [
    ['predict', image, '--model', whole],
    ['evaluate', whole, '--data', data],
    ['export', whole, '--out', join(folder, 'small.onnx'), '--int8', '--data', data],
  ]) {
    // Evaluating on the training data warns as well.
    const outcome = async (more: readonly string[]): Promise<object> => {
      const { code, stderr } = await graft([...command, '--json', ...more]);
      return { code, stderr: stderr.replace(/^graft: the run was trained on .*\n/m, '') };
    };
    expect(await outcome([])).toEqual({ code: 0, stderr: sentence });
    expect(await outcome(given)).toEqual({ code: 0, stderr: '' });
  }
  expect(await graft(['export', whole, '--out', join(folder, 'same.onnx'), '--json'])).toMatchObject({
    code: 0,
    stderr: '',
  }); // it copies the file
});
test('plugins named in a run folder are never loaded', { timeout: 60_000 }, async () => {
  const strangers = [{ name: 'evil', given: evil }];
  const begun = copied(stopped, 'run.json', (record) =>
    Object.assign(record, { plugins: strangers, options: { ...(record['options'] as object), plugins: [evil] } }),
  );
  expect((await graft(['resume', begun])).stderr).toBe(
    `graft: The run was trained with the plugin "evil", which is not loaded. Load it with --plugin ${evil}; plugins are never loaded automatically.\n`,
  );
  const silent = copied(stopped, 'run.json', (record) =>
    Object.assign(record, { plugins: [], options: { ...(record['options'] as object), plugins: [evil] } }),
  );
  expect((await graft(['resume', silent])).stderr).toContain('No layer "swish".');
  const sly = copied(stopped, 'run.json', (record) =>
    Object.assign(record, { plugins: [{ name: 'sly', given: '$(touch it)' }] }),
  );
  expect((await graft(['resume', sly])).stderr).toContain(`Load it with --plugin '$(touch it)'; plugins`); // quoted, so it is safe to paste into a shell
  const finished = copied(whole, 'summary.json', (summary) => Object.assign(summary, { plugins: strangers }));
  for (const command of [
    ['predict', join(data, 'red', '0.jpg'), '--model', finished],
    ['evaluate', finished, '--data', data],
    ['compare', finished, whole],
  ])
    expect((await graft(command)).code).toBe(0);
  for (const plugins of ['evil', [evil], [{ name: 'a\u001B[2J', given: 'x' }], [null]]) {
    const torn = copied(whole, 'summary.json', (summary) => Object.assign(summary, { plugins }));
    expect((await graft(['evaluate', torn, '--data', data])).stderr).toBe(
      `graft: "${join(torn, 'summary.json')}" expects "plugins" to be a list of plugins with "name" and "given", got ${JSON.stringify(plugins)}. Give the folder of a finished run.\n`,
    );
  }
  expect(wasLoaded()).toBe(false);
});
test.each<[string, string[], string]>([
  [
    'a plugin that is not installed',
    ['--plugin', 'graft-plugin-none'],
    'The plugin "graft-plugin-none" is not installed in ',
  ],
  [
    'a plugin for another API version',
    ['--plugin', put(`export default { name: 'next', apiVersion: 2 };`, folder, 'next.mjs')],
    'Plugin "next" was written for plugin API 2, but this app uses 1. Update @graft/plugin.',
  ],
  [
    'a plugin without the one it requires',
    [
      '--plugin',
      put(`export default { name: 'late', apiVersion: 1, requires: ['note'], contributes: [] };`, folder, 'late.mjs'),
    ],
    'Plugin "late" needs "note" to be installed before it.',
  ],
  [
    'two contributions of the same name',
    [
      '--plugin',
      note,
      '--plugin',
      put(readFileSync(note, 'utf8').replace(`default { name: 'note'`, `default { name: 'other'`), folder, 'other.mjs'),
    ],
    'Plugins "note" and "other" both add a callback "note". Install one of them, rename yours, or mark it as a replacement: callback(value, { replaces: true }).',
  ],
  ['a file that is not a plugin', ['--plugin', model], 'cannot be loaded: '],
])('%s is rejected before training', async (_, plugins, sentence) => {
  const out = join(folder, 'refused');
  const { code, stderr } = await graft(['finetune', '--model', model, '--data', data, '--out', out, ...plugins]);
  expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
  expect(stderr).toContain(sentence);
  expect(existsSync(out)).toBe(false);
});
test('two copies of a package are rejected', async () => {
  const held = (globalThis as unknown as { [key: symbol]: Map<string, Set<string>> })[Symbol.for('graft/copies')]!;
  const twice = put(
    `const held = globalThis[Symbol.for('graft/copies')]; held.set('@graft/example', new Set(['/a', '/b']));\n${readFileSync(note, 'utf8')}`,
    folder,
    'twice.mjs',
  );
  const { code, stderr } = await graft(['predict', join(data, 'red', '0.jpg'), '--model', whole, '--plugin', twice]);
  const checked = await check(twice);
  held.delete('@graft/example');
  const sentence =
    'There are 2 copies of @graft/example: /a and /b. Objects of one are incompatible with the other. Make it a peer dependency of plugins,';
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) });
  expect(checked).toMatchObject({ code: 1, failed: [['copies', expect.stringContaining(sentence)]] });
});
test('unknown layers of a head are rejected', { timeout: 60_000 }, async () => {
  const refused = async (head: unknown): Promise<string> =>
    (
      await graft([
        'finetune',
        '--config',
        put(JSON.stringify({ ...options, callbacks: [], head }), folder, 'refused.json'),
        '--out',
        join(folder, 'refused'),
      ])
    ).stderr;
  expect(await refused({ name: 'sequential', layers: ['swich'] })).toContain('No layer "swich". Did you mean "swish"?');
  expect(await refused({ name: 'sequential', layers: [3] })).toContain(
    'Layers of the head "sequential" must be names, or objects with a "name" and options, got 3.',
  );
  expect(await refused({ name: 'linear', layers: ['swish'] })).toContain('linear has no option "layers".');
});

test('list shows standard, given and installed plugins, without loading installed ones', async () => {
  const project = join(folder, 'project');
  put(
    JSON.stringify({
      name: 'mine',
      dependencies: { 'graft-plugin-one': '1', sharp: '1' },
      devDependencies: { '@me/two': '1', '@graft/plugin': '1' },
    }),
    project,
    'package.json',
  );
  const install = (name: string, rest: object): void => {
    put(
      JSON.stringify({ name, version: '2.0.0', exports: './index.js', type: 'module', ...rest }),
      project,
      'node_modules',
      name,
      'package.json',
    );
    put(readFileSync(evil), project, 'node_modules', name, 'index.js');
  };
  install('graft-plugin-one', { keywords: ['graft-plugin'] });
  install('@me/two', { peerDependencies: { '@graft/plugin': '^0.1.0' } });
  install('sharp', {});
  install('@graft/plugin', {});
  vi.spyOn(process, 'cwd').mockReturnValue(project);
  const { code, json } = await graft(['plugins', 'list', '--json', '--plugin', note]);
  const all =
    json<
      { name: string; version: string; apiVersion: number; from: string; adds: Record<string, string[]> | null }[]
    >();
  expect(code).toBe(0);
  expect(all.find(({ name }) => name === '@graft/transfer')).toEqual({
    name: '@graft/transfer',
    version: '0.1.0',
    apiVersion: 1,
    from: 'standard',
    adds: { head: ['linear', 'concatPool', 'mlp', 'sequential'], callback: ['checkFrozen'] },
  });
  expect(all.filter(({ from }) => from !== 'standard')).toEqual([
    { name: 'note', version: null, apiVersion: 1, from: 'given', adds: { callback: ['note'] } },
    { name: '@me/two', version: '2.0.0', apiVersion: null, from: 'installed', adds: null },
    { name: 'graft-plugin-one', version: '2.0.0', apiVersion: null, from: 'installed', adds: null },
  ]);
  const { stdout } = await graft(['plugins', 'list', '--verbose', '--config', config]);
  expect(stdout).toMatch(/^graft-plugin-swish +0\.1\.0 +1 +given +layer 1, wasmModule 1$/m);
  expect(stdout).toMatch(/^graft-plugin-one +2\.0\.0 +– +installed +not loaded: --plugin graft-plugin-one$/m);
  expect(stdout).toContain('\n@graft/transfer\n  head: linear, concatPool, mlp, sequential\n');
  expect(wasLoaded()).toBe(false);
});
const check = async (
  ...args: string[]
): Promise<{ code: number; failed: [string, string][]; all: [string, string][] }> => {
  const { code, json } = await graft(['plugins', 'check', '--json', ...args]);
  const all = json<{ findings: { what: string; holds: boolean; says: string }[] }>().findings;
  return {
    code,
    all: all.map(({ what, says }) => [what, says]),
    failed: all.filter(({ holds }) => !holds).map(({ what, says }) => [what, says]),
  };
};
test('check passes for a correct plugin', async () => {
  const { code, all } = await check(swish);
  expect({ code, all }).toEqual({
    code: 0,
    all: [
      ['manifest', `"graft-plugin-swish" in ${swish}, package graft-plugin-swish 0.1.0`],
      ['API version', '1, as expected'],
      ['requires', '@graft/tensor, @graft/layers, @graft/backend-wasm'],
      ['copies', 'each package is loaded once'],
      ['names', 'no conflicts'],
      ['installed', 'set up and disposed of'],
      ['layer swish', 'created without options'],
      ['wasmModule swish', 'registered'],
    ],
  });
  expect((await check(note)).all.at(-1)).toEqual(['callback note', 'needs options: note needs a "file".']);
  expect((await graft(['plugins', 'check', note])).stdout).toMatch(
    /\nok +callback note +needs options: note needs a "file"\. \(used by the option "callbacks" of a run\)\n\nThe plugin "note" can be used\.\n$/,
  );
});
test('check reports each failure', async () => {
  const point = (label: string): string => `{ label: '${label}', token: Symbol.for('graft/${label}') }`;
  const careless = put(
    `export default { name: 'careless', apiVersion: 1, requires: ['note'], setup() { throw new Error('never'); }, contributes: [
    { point: ${point('head')}, value: { name: 'linear', create: (options = {}) => { if ('noSuchOption' in options) throw new Error('noSuchOption'); return options.features.length; } } },
    { point: ${point('layer')}, value: { name: 'careless', create: () => 1 } } ] };`,
    folder,
    'careless.mjs',
  );
  expect(await check(careless)).toMatchObject({
    code: 1,
    failed: [
      ['requires', 'Plugin "careless" needs "note" to be installed before it.'],
      [
        'names',
        'Plugins "@graft/transfer" and "careless" both add a head "linear". Install one of them, rename yours, or mark it as a replacement: head(value, { replaces: true }).',
      ],
      [
        'head linear',
        `Without options it fails with "Cannot read properties of undefined (reading 'length')". The error should be a sentence that says what it needs.`,
      ],
      [
        'layer careless',
        'It accepts the unknown option "noSuchOption". Create it with configurable(name, create, options).',
      ],
    ],
  });
  expect((await check(careless, '--plugin', note)).failed.map(([what]) => what)).toEqual([
    'names',
    'head linear',
    'layer careless',
  ]);
  expect(await check(join(folder, 'next.mjs'))).toMatchObject({
    code: 1,
    failed: [['API version', 'Plugin "next" was written for plugin API 2, but this app uses 1. Update @graft/plugin.']],
  });
  expect(await check(model)).toMatchObject({
    code: 1,
    failed: [['loaded', expect.stringContaining('cannot be loaded')]],
  });
  expect(
    (await check(put(`export default { name: 'empty', apiVersion: 1, contributes: [] };`, folder, 'empty.mjs'))).failed,
  ).toEqual([['manifest', 'The plugin "empty" adds nothing.']]);
});
