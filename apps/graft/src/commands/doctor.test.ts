import { join } from 'node:path';
import { floats, noise } from '@graft/onnx/testing';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
const data = join(folder, 'colours');
beforeAll(async () => void (await colourFolder(data, 4)));

test('reports problems, cuts and cost, and a command that works', async () => {
  const { code, stdout, stderr } = await graft(['doctor', model, '--data', data, '--batch', '4']);
  expect(code).toBe(0);
  expect(stderr).toBe(`training on a few images of "${data}" …\n`);
  expect(stdout).toContain('operators     all 7 nodes can be run and differentiated\n');
  expect(stdout).toContain('open sizes    image: N\n');
  expect(stdout).toContain(`assumption    "${model}" does not specify its normalisation, so ImageNet's mean`);
  expect(stdout).toMatch(/kept +94\.5 % of the weights, those before the cut at pooled\n/);
  expect(stdout).toMatch(/pooled +GlobalAveragePool +16 +\[1, 16, 1, 1\] +← new head\n/);
  expect(stdout).toMatch(
    /10 training examples +1 epoch +20 epochs +memory\n─+\nhead only +(< )?[\d.]+ s +[\d.]+ s +[\d.]+ MB\nfull fine-tuning +(< )?[\d.]+ s +[\d.]+ s +[\d.]+ MB\n/,
  );
  expect(stdout).toContain(
    'Measured with 8 of 12 examples at batch size 4, and 3 training steps of the whole network. For the head, 20 epochs include ',
  );
  const [verdict, command] = stdout.trimEnd().split('\n').slice(-2) as [string, string];
  expect(verdict).toBe(`"${model}" can be fine-tuned; add --unfreeze all to train the backbone too:`);
  expect(command).toBe(`  graft finetune --model ${model} --data ${data} --batch 4`);
  const [, ...args] = command.trim().split(' ');
  expect((await graft([...args, '--out', join(folder, 'out'), '--epochs', '1'])).code).toBe(0);
});
test('as JSON, with measured times', async () => {
  const started = performance.now();
  const { code, json } = await graft(['doctor', model, '--data', data, '--json']);
  const seconds = (performance.now() - started) / 1000;
  const { trial, ...found } = json<{
    trial: {
      featureSeconds: number;
      headSeconds: number;
      headBytes: number;
      full: { imageSeconds: number; bytes: number; steps: number };
    };
  }>();
  expect({ code, ...found }).toMatchObject({
    code: 0,
    canBeFinetuned: true,
    images: { all: 12, learned: 10 },
    options: {},
    assumptions: [expect.stringContaining('does not specify its normalisation')],
    diagnosis: { cut: 'pooled', problems: [] },
  });
  // 8 images through the backbone and 3 steps of 4 images take less than the whole command.
  expect(8 * trial.featureSeconds + trial.full.steps * 4 * trial.full.imageSeconds).toBeLessThan(seconds);
  expect(trial.headSeconds).toBeLessThan(seconds);
  expect(trial.headBytes).toBeGreaterThan(1000); // at least the head's weights and their gradients
  expect(trial.full.bytes).toBeGreaterThanOrEqual(trial.headBytes);
});
test('without data there is no estimate', async () => {
  const { code, stdout } = await graft(['doctor', 'ppocr-v4-rec']);
  expect(code).toBe(0);
  expect(stdout).not.toContain('1 epoch');
  expect(stdout).toMatch(
    /"ppocr-v4-rec" can be fine-tuned; add --unfreeze all to train the backbone too:\n {2}graft finetune --model ppocr-v4-rec --data <folder>\n$/,
  );
});
test('an unknown operator after the features: the command includes the cut', async () => {
  const odd = put(
    tinyBackbone({
      side: 16,
      nodes: [
        ['Conv', ['image', 'stem.weight'], ['stem'], { strides: [2, 2] }],
        ['Relu', ['stem'], ['features']],
        ['GlobalAveragePool', ['features'], ['pooled']],
        ['Rleu', ['pooled'], ['odd'], {}, 'strange'],
        ['Flatten', ['odd'], ['flat']],
        ['MatMul', ['flat', 'fc.weight'], ['scores']],
      ],
    }),
    folder,
    'odd one.onnx',
  );
  const { code, stdout } = await graft(['doctor', odd, '--data', data]);
  expect(code).toBe(0);
  expect(stdout).toContain('not supported Rleu × 1, first "strange": after the cut, so it is left out\n');
  expect(stdout.trimEnd()).toMatch(
    new RegExp(`\n  graft finetune --model '.*odd one\\.onnx' --data ${data} --cut pooled$`),
  );
});
test('a backbone without gradient: only the head', async () => {
  const stepped = put(
    tinyBackbone({
      side: 16,
      constants: { w: floats([8, 3, 3, 3], noise(1)) },
      nodes: [
        ['Conv', ['image', 'w'], ['c']],
        ['Round', ['c'], ['r'], {}, 'steps'],
        ['GlobalAveragePool', ['r'], ['pooled']],
        ['Relu', ['pooled'], ['s']],
        ['Conv', ['s', 'w'], ['scores'], { pads: [1, 1, 1, 1] }],
      ],
    }),
    folder,
    'stepped.onnx',
  );
  const { code, stdout } = await graft(['doctor', stepped, '--data', data, '--cut', 'pooled']);
  expect(code).toBe(0);
  expect(stdout).toContain(
    'no gradient   Round × 1, first "steps": layers before it cannot be trained; a frozen backbone is not affected\n',
  );
  expect(stdout).not.toContain('full fine-tuning');
  expect(stdout).toContain(
    `"${stepped}" can be fine-tuned, but only its head:\n  graft finetune --model ${stepped} --data ${data} --cut pooled\n`,
  );
});

test.each<[string, () => string, string | RegExp]>([
  [
    'a network of text',
    () =>
      put(
        tinyBackbone({ inputs: { tokens: { shape: ['N', 128] } }, nodes: [['Relu', ['tokens'], ['scores']]] }),
        folder,
        'tokens.onnx',
      ),
    /" cannot be fine-tuned: No modality can feed ".+"\. As image: it takes \[N, 128\] in its input "tokens", which is not an image\. .* As text: it has an input "tokens"\./,
  ],
  [
    'a network of unknown operators',
    () => put(tinyBackbone({ nodes: [['Rleu', ['image'], ['scores']]] }), folder, 'unknown.onnx'),
    /" cannot be fine-tuned: No part of it can be run\.\n$/,
  ],
])('%s cannot be fine-tuned: the last line says why, and the exit code is 1', async (_, file, sentence) => {
  const { code, stdout, stderr } = await graft(['doctor', file()]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(sentence);
});
test('inputs besides the images are set on the command line', async () => {
  const two = put(
    tinyBackbone({
      inputs: { image: { shape: ['N', 3, 16, 16] }, 'scale/y:0': { shape: [1] } },
      nodes: [
        ['Mul', ['image', 'scale/y:0'], ['scaled']],
        ['Conv', ['scaled', 'stem.weight'], ['stem'], { strides: [2, 2] }],
        ['GlobalAveragePool', ['stem'], ['pooled']],
        ['Flatten', ['pooled'], ['scores']],
      ],
    }),
    folder,
    'two.onnx',
  );
  const { stdout } = await graft(['doctor', two]);
  expect(stdout).toContain('Set it: --input scale/y:0=<value>, or inputs in code.');
  const set = await graft(['doctor', two, '--input', 'scale/y:0=0.5']);
  expect(set.code).toBe(0);
  expect(set.stdout).toMatch(/--input scale\/y:0=0\.5 --data <folder>\n$/);
  expect(await graft(['doctor', two, '--input', 'scale'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Give a name and a value, such as training=false or image_size=224,224.'),
  });
});
test('errors are one sentence', async () => {
  const text = put('no model', folder, 'text.onnx');
  expect(await graft(['doctor', text])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^graft: .*text\.onnx.* is not an ONNX model.*\n$/),
  });
  expect(await graft(['doctor', model, '--data', text])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: The image folder "${text}" is a file. Pass a folder with one folder of images per class.\n`,
  });
  expect(await graft(['doctor', model, '--cut', 'poled'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: ${model}: The graph has no value "poled". Did you mean "pooled"?\n`,
  });
  expect(await graft(['doctor', join(folder, 'none.onnx')])).toMatchObject({
    code: 1,
    stderr: `graft: The model file "${join(folder, 'none.onnx')}" does not exist. Check the path.\n`,
  });
  const { code, stderr, json } = await graft(['doctor', model, '--cut', 'poled', '--json']);
  expect({ code, error: json() }).toMatchObject({ code: 1, error: { error: stderr.trimEnd().replace('graft: ', '') } });
});
test('unreadable images prevent fine-tuning', async () => {
  const spoiled = join(folder, 'spoiled');
  for (const name of ['a', 'b']) for (let i = 0; i < 2; i++) put('no image', spoiled, name, `${i}.png`);
  const { code, stdout } = await graft(['doctor', model, '--data', spoiled]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /" cannot be fine-tuned: None of the images of 2 classes can be read\. The last: ".*\.png" is not an image in a known format .*\n$/,
  );
});
test('can be stopped', async () => {
  const stop = new AbortController();
  stop.abort('SIGINT');
  expect(await graft(['doctor', model, '--data', data], stop.signal)).toMatchObject({ code: 130, stdout: '' });
});
