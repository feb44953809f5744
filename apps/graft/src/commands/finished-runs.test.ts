import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, expect, test, vi } from 'vitest';
import { colourFolder, colouredImage, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const [data, trained, other] = [join(folder, 'colours'), join(folder, 'run'), join(folder, 'other')];
beforeAll(async () => {
  await colourFolder(data);
  put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
  const config = put(
    JSON.stringify({ model: 'tiny.onnx', data: 'colours', epochs: 8, learningRate: 0.05, mean: [0.5], std: [0.5] }),
    folder,
    'graft.config.json',
  );
  await graft(['finetune', '--config', config, '--out', trained]);
  await graft(['finetune', '--config', config, '--out', other, '--epochs', '1', '--learning-rate', '0.0001']);
});

test('evaluate prints metrics by class', async () => {
  const { code, json } = await graft(['evaluate', trained, '--data', data, '--json']);
  expect(code).toBe(0);
  const { accuracy, samples, rows } = json<{ accuracy: number; samples: number; rows: { label: string }[] }>();
  expect([accuracy > 0.9, samples, rows.map(({ label }) => label).sort()]).toEqual([
    true,
    18,
    ['blue', 'green', 'red'],
  ]);
  const same = await graft(['evaluate', trained, '--data', data]);
  expect(same.stdout).toMatch(/^class +precision +recall/);
  expect(same.stderr).toBe(
    `graft: the run was trained on examples of "${data}". See report.html for its score on held-out examples.\n`,
  );
});
test('unknown classes and unreadable images are rejected', async () => {
  const [strange, broken] = [join(folder, 'strange'), join(folder, 'broken')];
  for (const name of ['blue', 'pink']) mkdirSync(join(strange, name), { recursive: true });
  for (const name of ['blue', 'pink'])
    writeFileSync(join(strange, name, '1.jpg'), await colouredImage('blue', 1, 'jpg', 20));
  expect(await graft(['evaluate', trained, '--data', strange])).toMatchObject({
    code: 1,
    stderr: `graft: "${strange}" has the class "pink", but the run "${trained}" only knows blue, green, red. Use images of its classes.\n`,
  });
  for (const name of ['blue', 'red']) mkdirSync(join(broken, name), { recursive: true });
  for (const name of ['blue', 'red']) writeFileSync(join(broken, name, '1.jpg'), 'no image');
  const { code, stderr } = await graft(['evaluate', trained, '--data', broken]);
  expect([code, stderr.trimEnd().split('\n').at(-1)]).toEqual([
    1,
    'graft: None of the images can be read. Check the files.',
  ]);
});
test('export writes the model unchanged or quantized; both run in onnxruntime', async () => {
  const [plain, small] = [join(folder, 'out', 'plain.onnx'), join(folder, 'out', 'small.onnx')];
  expect((await graft(['export', trained, '--out', plain])).code).toBe(0);
  expect(readFileSync(plain)).toEqual(readFileSync(join(trained, 'model.onnx')));
  const { code, json } = await graft(['export', trained, '--out', small, '--int8', '--json']);
  expect(code).toBe(0);
  const figures = json<Record<string, number>>();
  const { validationImages, validationAccuracy } = JSON.parse(
    readFileSync(join(trained, 'summary.json'), 'utf8'),
  ) as Record<string, number>;
  expect(figures).toMatchObject({
    images: validationImages,
    calibrationImages: 18 - validationImages!,
    evaluatedOn: 'held-out',
    accuracyBefore: validationAccuracy,
  });
  expect(figures['accuracy']).toBeGreaterThan(validationAccuracy! - 0.4);
  const told = await graft(['export', trained, '--out', small, '--int8', '--data', data]);
  expect(told.stdout).toMatch(/; accuracy .* \(float: .*\) on 4 held-out images; calibrated on 14 training images\n$/);
  const input = new Float32Array(3 * 16 * 16).map((_, i) => Math.sin(i));
  const [a, b] = await Promise.all(
    [plain, small].map(async (path) => {
      const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
      return (await session.run({ [session.inputNames[0]!]: new Tensor('float32', input, [1, 3, 16, 16]) }))[
        session.outputNames[0]!
      ]!.data as Float32Array;
    }),
  );
  expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThan(0.1 * Math.max(...a!.map(Math.abs)));
});
test('moved or changed data and unfinished runs are rejected', async () => {
  const moved = join(folder, 'moved');
  const quantize = ['export', trained, '--out', join(folder, 'x.onnx'), '--int8'];
  renameSync(data, moved);
  expect(await graft(quantize)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^graft: The data of the run, ".*colours", cannot be opened any more \(.*\)\. Give labelled examples to calibrate and evaluate the model with\.\n$/,
    ),
  });
  expect(existsSync(join(folder, 'x.onnx'))).toBe(false);
  expect((await graft([...quantize, '--data', moved])).stdout).toContain(
    'on 4 held-out images; calibrated on 14 training',
  );
  rmSync(join(folder, 'x.onnx'));
  renameSync(moved, data);
  renameSync(join(data, 'blue', '0.jpg'), join(data, 'blue', 'new.jpg'));
  expect((await graft(quantize)).stderr).toMatch(
    /^graft: The examples in ".*colours" have changed since the run, so its held-out ones are unknown\. Give labelled/,
  );
  const changed = await graft([...quantize, '--data', data]);
  expect(changed.stderr).toContain('some of the evaluated ones may be training examples');
  rmSync(join(folder, 'x.onnx'));
  renameSync(join(data, 'blue', 'new.jpg'), join(data, 'blue', '0.jpg'));
  expect(await graft(['export', join(folder, 'none'), '--out', join(folder, 'x.onnx')])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a finished run'),
  });
  expect(existsSync(join(folder, 'x.onnx'))).toBe(false);
});
test('a full disk during export: one sentence, and no file', async () => {
  const handle = await open(join(folder, 'tiny.onnx'));
  const prototype = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
  await handle.close();
  const full = vi.spyOn(prototype, 'sync').mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  const out = join(folder, 'full', 'x.onnx');
  expect(await graft(['export', trained, '--out', out])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: Cannot write "${out}": the disk is full. Free some space, or choose a folder on another disk.\n`,
  });
  full.mockRestore();
  expect(readdirSync(join(folder, 'full'))).toEqual([]);
});
test('a run with --reject predicts unknown for images of another kind', async () => {
  const [run, strange] = [join(folder, 'rejecting'), join(folder, 'strangers')];
  const dots = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => (Math.floor(i / 9) % 2 ? 255 : 0));
  const picture = await sharp(dots, { raw: { width: 24, height: 24, channels: 3 } })
    .png()
    .toBuffer();
  put(picture, strange, 'deep', 'dots.png');
  const config = join(folder, 'graft.config.json');
  const made = await graft(
    `finetune --config ${config} --out ${run} --reject 0.3 --unknown-data ${strange} --json`.split(' '),
  );
  expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('Unknown inputs are not refused')]);
  expect(made.json<{ rejection: object }>().rejection).toMatchObject({
    share: 0.3,
    unknown: { examples: 1, refused: 1 },
  });
  const args = ['predict', '--model', run, join(strange, 'deep', 'dots.png'), join(data, 'red', '1.png')];
  expect((await graft(args)).stdout).toMatch(/dots\.png +unknown +\d+\.\d %.*\n.*1\.png +red/);
  expect((await graft([...args, '--json'])).json()).toMatchObject([
    { unknown: true },
    { classes: [{ name: 'red' }, {}, {}] },
  ]);
  expect((await graft([...args, '--csv'])).stdout).toMatch(/dots\.png,unknown,/);
});
test('compare lists the best run first', async () => {
  const { code, stdout } = await graft(['compare', other, trained]);
  const [, , first, second] = stdout.split('\n');
  expect([code, first!.startsWith(trained), /best/.test(first!), second!.startsWith(other)]).toEqual([
    0,
    true,
    true,
    true,
  ]);
  expect(stdout).toMatch(
    /\n\n.*other: accuracy .* points below .*run; the difference is .* noise: p = .* on 4 shared held-out images \(exact McNemar test\)\.\n$/,
  );
  const [, worse] = (await graft(['compare', other, trained, '--json'])).json<{ difference?: object }[]>();
  expect(worse!.difference).toMatchObject({ shared: 4, test: 'mcnemar' });
  expect((await graft(['compare', trained, folder])).stderr).toContain('is not a finished run');
});
