import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, floats, noise } from '@graft/onnx/testing';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { colourFolder, colouredImage, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { lockFolder } from '@graft/storage/node';
import type { Summary } from '@graft/finetune';

const folder = workFolder();
const bytes = tinyBackbone({ side: 16 });
const model = put(bytes, folder, 'tiny.onnx');
const data = join(folder, 'colours');
const out = join(folder, 'out');
const finetune = (args: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Ended> =>
  graft(
    [
      'finetune',
      ...Object.entries({
        '--model': model,
        '--data': data,
        '--out': out,
        '--epochs': '2',
        '--mean': '0.5',
        '--std': '0.5',
        ...args,
      }).flatMap((pair) => pair.filter(Boolean)),
    ],
    signal,
  );
/** One sentence on stderr, nothing on stdout, no files. */
async function expectRefused(ended: Ended | Promise<Ended>, sentence: string | RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect(stderr.trimEnd()).toMatch(sentence instanceof RegExp ? sentence : new RegExp(`^graft: ${escape(sentence)}$`));
  expect({ code, stdout, lines: stderr.trimEnd().split('\n').length, left: existsSync(out) }).toEqual({
    code: 1,
    stdout: '',
    lines: 1,
    left: false,
  });
}
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
beforeAll(async () => void (await colourFolder(data, 4)));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(out, { recursive: true, force: true });
});

test.each<[string, () => Uint8Array, string]>([
  ['no bytes', () => new Uint8Array(), 'is not an ONNX model'],
  ['half its bytes', () => bytes.subarray(0, bytes.length / 2), 'is not an ONNX model, or is truncated'],
  ['HTML', () => new TextEncoder().encode('<!DOCTYPE html><html></html>'), 'is not an ONNX model'],
  [
    'an unknown operator',
    () =>
      buildModel({
        inputs: { image: { shape: ['N', 3, 16, 16] } },
        outputs: ['y'],
        nodes: [['Rleu', ['image'], ['y'], {}, 'first']],
      }),
    'Node "first" uses the operator Rleu, which is not supported in operator set 17. Did you mean "Relu"?',
  ],
  [
    'two inputs',
    () =>
      buildModel({
        inputs: { a: { shape: [1, 3, 8, 8] }, b: { shape: [1, 3, 8, 8] } },
        outputs: ['y'],
        nodes: [['Add', ['a', 'b'], ['y']]],
      }),
    'has several inputs that may be images ("a" and "b"). Hold all but one of them at a value: --input b=<value>, or inputs in code.',
  ],
  [
    'tokens as input',
    () =>
      buildModel({ inputs: { tokens: { shape: ['N', 128] } }, outputs: ['y'], nodes: [['Relu', ['tokens'], ['y']]] }),
    'takes [N, 128] in its input "tokens", which is not an image.',
  ],
  [
    'a convolution over rows',
    () => tinyBackbone({ inputs: { image: { shape: ['N', 16, 16, 3] } } }),
    'takes 16 channels in its input "image", but its first layer reads 3.',
  ],
  [
    'integers as input',
    () => tinyBackbone({ inputs: { image: { dtype: 'int64', shape: ['N', 3, 16, 16] } } }),
    'takes int64 values in its input "image".',
  ],
  [
    'five channels for a layer of three',
    () => tinyBackbone({ inputs: { image: { shape: ['N', 5, 16, 16] } } }),
    'takes 5 channels in its input "image", but its first layer reads 3.',
  ],
  [
    'images of a hundred channels',
    () =>
      buildModel({
        inputs: { image: { shape: ['N', 100, 16, 16] } },
        outputs: ['y'],
        nodes: [['Relu', ['image'], ['y']]],
      }),
    'takes 100 channels in its input "image", but images have at most 64.',
  ],
])('a model file with %s is rejected', async (name, content, sentence) => {
  const file = put(content(), folder, 'models', `${name}.onnx`);
  await expectRefused(finetune({ '--model': file }), new RegExp(`^graft: .*${escape(file)}.*${escape(sentence)}`));
});
test('a missing model is rejected, by path and by name', async () => {
  await expectRefused(
    finetune({ '--model': join(folder, 'none.onnx') }),
    `The model file "${join(folder, 'none.onnx')}" does not exist. Check the path.`,
  );
  await expectRefused(
    finetune({ '--model': 'ppocr-v4-rek' }),
    /^graft: There is no model "ppocr-v4-rek"\. Did you mean "ppocr-v4-rec"\? Use the path of an ONNX file, or one of: detypify, (?:[\w.-]+, ){6}[\w.-]+ and \d+ more\.$/,
  );
});
test('impossible cuts, sizes and layer groups are rejected', async () => {
  await expectRefused(
    finetune({ '--cut': 'poled' }),
    `"${model}" has no value "poled" to cut at. Did you mean "pooled"? Run graft inspect ${model} to list the possible cuts.`,
  );
  const places = put(
    tinyBackbone({
      side: 16,
      nodes: [
        ['Conv', ['image', 'w'], ['map'], {}, 'stem'],
        ['Add', ['map', 'places'], ['placed'], {}, 'add places'],
        ['GlobalAveragePool', ['placed'], ['pooled']],
        ['Flatten', ['pooled'], ['scores']],
      ],
      constants: { w: floats([8, 3, 1, 1], noise(1)), places: floats([1, 8, 16, 16], noise(2)) },
    }),
    folder,
    'places.onnx',
  );
  await expectRefused(
    finetune({ '--model': places, '--size': '32' }),
    /^graft: ".*places\.onnx" has the input size 16×16 and does not work with 32×32 \(.*"add places" \(Add\).*\)\. Omit --size\.$/,
  );
  await expectRefused(
    finetune({ '--unfreeze': '99' }),
    `"${model}" has 2 layer groups up to the cut (stem, body), but --unfreeze is 99. Use 0 to 2, or "all".`,
  );
  const constant = put(
    tinyBackbone({
      nodes: [
        ['Relu', ['weight'], ['free']],
        ['Add', ['image', 'free'], ['scores']],
      ],
      constants: { weight: { shape: [1], dtype: 'float32', data: Float32Array.of(1) } },
    }),
    folder,
    'constant.onnx',
  );
  await expectRefused(
    finetune({ '--model': constant, '--size': '16', '--cut': 'free' }),
    `The value "free" of "${constant}" does not depend on the image alone. Run graft inspect ${constant} to list the possible cuts.`,
  );
  const volume = put(
    tinyBackbone({
      nodes: [
        ['Reshape', ['image', 'shape'], ['tokens']],
        ['Relu', ['tokens'], ['scores']],
      ],
      constants: { shape: { shape: [5], dtype: 'int64', data: BigInt64Array.from([0n, 3n, 4n, 8n, -1n]) } },
    }),
    folder,
    'volume.onnx',
  );
  await expectRefused(
    finetune({ '--model': volume, '--size': '16', '--cut': 'tokens' }),
    `The value "tokens" of "${volume}" has the shape [1, 3, 4, 8, 8], but a head expects [batch, features], [batch, tokens, width] or [batch, channels, height, width]. Choose another value with --cut; graft inspect lists them.`,
  );
});

test('folders without classes are rejected', async () => {
  const none = join(folder, 'none');
  await expectRefused(
    finetune({ '--data': none }),
    `The image folder "${none}" does not exist. Pass a folder with one folder of images per class.`,
  );
  await expectRefused(
    finetune({ '--data': model }),
    `The image folder "${model}" is a file. Pass a folder with one folder of images per class.`,
  );
  const one = join(folder, 'one');
  put(await colouredImage('red', 1, 'png'), one, 'red', '1.png');
  await expectRefused(
    finetune({ '--data': one }),
    /must contain one folder of images per class, at least two, such as .*; it contains one folder \("red"\)\.$/,
  );
  mkdirSync(join(one, 'blue'));
  await expectRefused(
    finetune({ '--data': one }),
    /it contains one folder \("red"\) and the folder "blue" without images \(\.jpg .*\)\.$/,
  );
  put(await colouredImage('blue', 1, 'png'), one, 'blue', '1.png');
  await expectRefused(
    finetune({ '--data': one }),
    'Class "blue" has 1 sample, but each of train, validation needs one. Add samples, or remove the class.',
  );
  const bell = join(folder, 'bell');
  for (const name of ['a\u0007', 'b']) put(await colouredImage('blue', 1, 'png'), bell, name, '1.png');
  await expectRefused(
    finetune({ '--data': bell }),
    `The class "a\\u0007" of "${bell}" has control characters, line separators or characters that reorder text in its name. Rename it.`,
  );
});
test('broken images are left out and listed; with --strict the first is an error', async () => {
  const mixed = await colourFolder(join(folder, 'mixed'), 4);
  const whole = await colouredImage('red', 9, 'jpg', 64);
  const cut = put(whole.subarray(0, whole.length / 2), mixed, 'red', 'cut.jpg');
  const text = put('no image', mixed, 'blue', 'text.png');
  put('left alone', mixed, 'notes.txt');
  const { code, stderr, json } = await finetune({ '--data': mixed, '--out': join(folder, 'mixed-out'), '--json': '' });
  expect(code).toBe(0);
  const summary = json<Summary>();
  expect(summary).toMatchObject({ trainImages: 9, validationImages: 3, ignoredFiles: ['notes.txt'] });
  expect(summary['quarantined']).toEqual([
    { path: text, reason: expect.stringContaining(`"${text}" is not an image in a known format`) },
    { path: cut, reason: expect.stringContaining(`"${cut}" is a broken image (`) },
  ]);
  expect(stderr.split('\n').map((line) => line.slice(0, 28))).toEqual([
    'graft: left out an image: "/',
    'graft: left out an image: "/',
    '',
  ]);
  await expectRefused(
    finetune({ '--data': mixed, '--strict': '' }),
    `"${text}" is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it. Without --strict, it is left out.`,
  );
});
test('a class without readable images is rejected', async () => {
  const spoiled = await colourFolder(join(folder, 'spoiled'), 3);
  for (let i = 0; i < 3; i++) put('', spoiled, 'green', `${i}.${i % 2 ? 'png' : 'jpg'}`);
  await expectRefused(
    finetune({ '--data': spoiled }),
    `No image of the class "green" can be read (3 tried). The first: "${join(spoiled, 'green', '0.jpg')}" is an empty file. Remove it.`,
  );
});

test('folders that cannot be written are rejected before training', async () => {
  await expectRefused(
    finetune({ '--out': join(model, 'run') }),
    /^graft: Cannot write ".*": a part of the path is a file and not a folder\. Choose another path, or move that file away\.$/,
  );
  if (process.platform === 'linux')
    await expectRefused(finetune({ '--out': '/proc/graft' }), /^graft: Cannot write "\/proc\/graft\/.*": .*\.$/);
});
test('a folder that already has a run is rejected', async () => {
  const held = join(folder, 'held');
  put('mine', held, 'notes.txt');
  expect((await finetune({ '--out': held })).code).toBe(0); // other files do not matter
  await expectRefused(
    finetune({ '--out': held }),
    `"${held}" already contains a run (model.onnx). Choose another folder, or remove it.`,
  );
  expect(readdirSync(held)).toHaveLength(10);
});
/** Simulates a disk that is full after some writes; each file and its folder are synced. */
async function fullAfter(writes: number): Promise<void> {
  const handle = await open(model);
  const prototype = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
  await handle.close();
  const sync = prototype.sync;
  let done = 0;
  vi.spyOn(prototype, 'sync').mockImplementation(function (this: unknown) {
    return ++done > 2 * writes ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : sync.call(this);
  });
}
test('a full disk before training: nothing is left behind, and other files are kept', async () => {
  const full = join(folder, 'full');
  put('mine', full, 'notes.txt');
  await fullAfter(4);
  const { code, stderr } = await finetune({ '--out': full });
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^graft: Cannot write ".*": the disk is full\. Free some space, or choose a folder on another disk\.$/,
  );
  expect(readdirSync(full)).toEqual(['notes.txt']);
});
test('a full disk at any later time: progress is kept, and the run can be resumed', { timeout: 60_000 }, async () => {
  const whole = join(folder, 'roomy');
  expect((await finetune({ '--out': whole, '--unfreeze': '1', '--epochs': '1', '--solver': 'epochs' })).code).toBe(0);
  const hit = new Set<string>();
  for (let writes = 6; ; writes++) {
    const full = join(folder, `full-${writes}`);
    await fullAfter(writes);
    const { code, stderr } = await finetune({
      '--out': full,
      '--unfreeze': '1',
      '--epochs': '1',
      '--solver': 'epochs',
    });
    vi.restoreAllMocks();
    if (code === 0)
      return expect([...hit].sort()).toEqual([
        'checkpoint/state.json',
        'checkpoint/weights',
        'labels.txt',
        'model.onnx',
        'phases/all/checkpoints/callbacks',
        'phases/all/checkpoints/optimizer',
        'phases/all/checkpoints/state.json',
        'phases/all/checkpoints/weights',
        'phases/all/finished/state.json',
        'phases/all/finished/weights',
        'phases/head/checkpoints/state.json',
        'phases/head/finished/state.json',
        'phases/head/finished/weights',
        'summary.json',
      ]);
    const [, file] =
      /^graft: Cannot write ".*\/full-\d+\/([^"]+)": the disk is full\. Free some space, or choose a folder on another disk\. Progress was saved\. To resume: graft resume .*full-\d+$/.exec(
        stderr.trimEnd().split('\n').at(-1)!,
      )!;
    hit.add(file!.replace(/step-\d+\//, '').replace(/-[0-9a-f]{12}\.safetensors$/, ''));
    expect((await graft(['resume', full])).code).toBe(0);
    expect(readFileSync(join(full, 'model.onnx')).equals(readFileSync(join(whole, 'model.onnx')))).toBe(true);
  }
});
test('a folder in use by another process is rejected', async () => {
  const held = join(folder, 'in-use');
  mkdirSync(held);
  const release = await lockFolder(held);
  expect(await finetune({ '--out': held })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: Process ${process.pid} is using "${held}". Wait until it ends, use another folder, or remove "${join(held, '.lock')}" if the process no longer exists.\n`,
  });
  await release();
  expect((await finetune({ '--out': held })).code).toBe(0);
});
test('a card that does not match its file is rejected', async () => {
  const card = (change: object): void =>
    void put(
      JSON.stringify({
        name: 'mine',
        title: 'Mine',
        description: 'A card for tests.',
        licence: 'MIT',
        origin: 'a test',
        source: 'file:tiny.onnx',
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        opset: 17,
        input: { name: 'image', shape: ['N', 3, 16, 16] },
        preprocessing: { width: 16, height: 16, channels: 3, order: 'rgb', mean: [0.5], std: [0.5] },
        cutPoints: [{ value: 'pooled', features: 16, pooling: 'none' }],
        verified: false,
        ...change,
      }),
      folder,
      'node_modules',
      '@graft',
      'model-mine',
      'card.json',
    );
  put(bytes, folder, 'node_modules', '@graft', 'model-mine', 'tiny.onnx');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  card({});
  expect(await finetune({ '--model': 'mine', '--out': join(folder, 'carded'), '--json': '' })).toMatchObject({
    code: 0,
    stderr: '',
  });
  card({ cutPoints: [{ value: 'poled', features: 16, pooling: 'none' }] });
  await expectRefused(
    finetune({ '--model': 'mine' }),
    '"mine" has no value "poled" to cut at. Did you mean "pooled"? Run graft inspect mine to list the possible cuts.',
  );
  card({ sha256: '0'.repeat(64) });
  await expectRefused(finetune({ '--model': 'mine' }), /^graft: .*mine.*(SHA-256|digest).*\.$/);
  card({ preprocessing: { width: 32, height: 32, channels: 3, order: 'rgb', mean: [0.5], std: [0.5] } });
  await expectRefused(
    finetune({ '--model': 'mine' }),
    /^graft: "mine" takes images of 16×16, but its card or metadata says 32×32\. Set --size\.$/,
  );
  card({ licens: 'MIT' });
  const { code, stderr } = await finetune({ '--model': 'mine' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^graft: .*card\.json.*licens.*\.\ngraft: There is no model "mine"\./);
});
test('stopped at once: nothing is written', async () => {
  const { code, stdout, stderr } = await finetune({ '--epochs': '100000' }, AbortSignal.abort());
  expect({ code, stdout, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({
    code: 130,
    stdout: '',
    last: 'graft: Stopped. Nothing was written.',
  });
  expect(existsSync(out)).toBe(false);
});
test('stopped during training: progress is kept', async () => {
  const { code, stdout, stderr } = await finetune({ '--epochs': '100000' }, AbortSignal.timeout(1000));
  expect({ code, stdout, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({
    code: 130,
    stdout: '',
    last: `graft: Stopped. Progress was saved. To resume: graft resume ${out}`,
  });
  expect(readdirSync(out)).toEqual(['phases', 'run.json']);
  expect((await finetune()).stderr).toBe(
    `graft: "${out}" already contains a run (run.json). Choose another folder, resume the run (graft resume ${out}), or remove it.\n`,
  );
});

test.each([
  [{ '--epochs': '0' }, "Option '--epochs <n>' argument '0' is invalid. Give an integer of 1 or more."],
  [{ '--validation': '2' }, "Option '--validation <fraction>' argument '2' is invalid. Give 0, or a fraction below 1."],
  [
    { '--unfreeze': 'some' },
    "Option '--unfreeze <all|n>' argument 'some' is invalid. Give an integer of 0 or more, or all.",
  ],
  [
    { '--mean': '1,a' },
    "Option '--mean <r,g,b>' argument '1,a' is invalid. Give one number, or one for each channel, separated by commas.",
  ],
  [
    { '--std': '0' },
    "Option '--std <r,g,b>' argument '0' is invalid. Give one number above 0, or one for each channel, separated by commas.",
  ],
  [{ '--learning-rate': '-1' }, "Option '--learning-rate <x>' argument '-1' is invalid. Give a number above 0."],
  [{ '--epoch': '3' }, "Unknown option '--epoch'. Did you mean --epochs?"],
])('%o', async (args, sentence) => expectRefused(finetune(args), `${sentence} See graft --help.`));
test('a mean has one value, or one for each channel', () =>
  expectRefused(
    finetune({ '--mean': '1,2' }),
    /^graft: ".*tiny\.onnx" takes images with 3 channels, but --mean has 2 values\. Set one value, or one per channel\.$/,
  ));
test('with --json, errors are JSON too', async () => {
  const { code, stdout, stderr } = await finetune({ '--json': '', '--cut': 'nowhere' });
  const sentence = `"${model}" has no value "nowhere" to cut at. Run graft inspect ${model} to list the possible cuts.`;
  expect({ code, stderr, stdout: JSON.parse(stdout) }).toEqual({
    code: 1,
    stderr: `graft: ${sentence}\n`,
    stdout: {
      error: sentence,
      code: 'model.cut',
      place: model,
      hint: `Run graft inspect ${model} to list the possible cuts.`,
    },
  });
});
