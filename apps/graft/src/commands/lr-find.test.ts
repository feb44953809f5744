import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundLearningRate } from '@graft/train';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const [data, model] = [join(folder, 'colours'), join(folder, 'tiny.onnx')];
const args = ['--model', model, '--data', data, '--mean', '0.5', '--std', '0.5', '--batch', '6'];
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  await colourFolder(data);
});

test.each([
  ['the head', []],
  ['head and backbone', ['--unfreeze', 'all']],
])('the suggested rate trains %s, and is reproducible', async (_, more) => {
  const find = async (): Promise<FoundLearningRate> => {
    const { code, stderr, json } = await graft(['lr-find', ...args, ...more, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return json<unknown>() as FoundLearningRate;
  };
  const [found, again] = [await find(), await find()];
  expect(again).toEqual(found);
  expect(found.curve[0]!.learningRate).toBe(1e-7);
  expect(found.valley).toBeGreaterThan(1e-4);
  expect(found.valley).toBeLessThan(10);
  const { code, json } = await graft([
    'finetune',
    ...args,
    ...more,
    '--out',
    join(folder, `run-${more.length}`),
    '--epochs',
    '8',
    '--learning-rate',
    String(found.valley),
    '--json',
  ]);
  expect({ code, ...json() }).toMatchObject({ code: 0, validationAccuracy: 1 });
});
test('prints a table with bars and the flag to use, and writes a plot', async () => {
  const out = join(folder, 'found');
  const { code, stdout } = await graft(['lr-find', ...args, '--steps', '60', '--out', out]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^learning rate +loss\n─+\n1\.0e-7 +\d\.\d{4} +█+\n(.+\n){8,16}\nThe loss decreases fastest at [\d.e-]+\. Suggested: --learning-rate [\d.e-]+\n$/,
  );
  expect(readdirSync(out)).toEqual(['lr-find.svg']);
  const svg = readFileSync(join(out, 'lr-find.svg'), 'utf8');
  expect(svg).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*aria-label="Loss by learning rate: suggested [\d.e-]+"/,
  );
  expect(svg).not.toContain('NaN');
});
test('invalid options are rejected, and it can be stopped', async () => {
  expect(await graft(['lr-find', '--data', data])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'graft: graft lr-find needs --model <name|file.onnx>, or a --config that sets it. See graft --help.\n',
  });
  expect((await graft(['lr-find', ...args, '--steps', '3'])).stderr).toContain(
    "Option '--steps <n>' argument '3' is invalid. Give an integer of 20 or more.",
  );
  expect((await graft(['lr-find', ...args, '--epochs', '3'])).stderr).toContain("Unknown option '--epochs'.");
  expect((await graft(['lr-find', ...args, '--out', join(folder, 'never')], AbortSignal.abort())).code).toBe(130);
  expect(existsSync(join(folder, 'never'))).toBe(false);
});
