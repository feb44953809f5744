import { expect, test } from 'vitest';
import { parseRunOptions, type RunOptions, shellWord } from '@graft/finetune';
import { graft } from '../test/workbench.ts';
import { commandOf } from './command-line.ts';

test('words are quoted for POSIX shells', () => {
  expect(
    commandOf(
      {
        model: "it's.onnx",
        data: 'photos',
        mean: [0.5, 0.5],
        strict: true,
        unfreeze: 'all',
        learningRate: 0.01,
        tensorboard: false,
      },
      'linux',
    ),
  ).toBe(
    String.raw`graft finetune --model 'it'\''s.onnx' --data photos --mean 0.5,0.5 --strict --unfreeze all --learning-rate 0.01`,
  );
  expect(commandOf({ model: 'a.onnx', plugins: ['graft-plugin-swish', '/my plugins/a.ts'] }, 'linux')).toBe(
    `graft finetune --model a.onnx --plugin graft-plugin-swish --plugin '/my plugins/a.ts'`,
  );
});
test('sizes and inputs', () =>
  expect(
    commandOf(
      { model: 'a.onnx', size: { height: 256, width: 128 }, inputs: { 'a/b:0': [1, 2], training: false } },
      'linux',
    ),
  ).toBe('graft finetune --model a.onnx --size 256x128 --input a/b:0=1,2 --input training=false'));
test('words are quoted for Windows shells', () => {
  expect(commandOf({ model: String.raw`C:\my models\a.onnx`, data: 'photos' }, 'win32')).toBe(
    String.raw`graft finetune --model "C:\my models\a.onnx" --data photos`,
  );
  expect(shellWord(String.raw`C:\runs\first`, 'win32')).toBe(String.raw`C:\runs\first`);
});
test('options without a flag go into a configuration', () =>
  expect(commandOf({ model: 'a.onnx', optimizer: { name: 'sgd', momentum: 0.9 } })).toBe(
    `Save this as graft.config.json:
{
  "model": "a.onnx",
  "optimizer": {
    "name": "sgd",
    "momentum": 0.9
  }
}

graft finetune --config graft.config.json`,
  ));
test('every option of a run has a flag, or goes into a configuration', async () => {
  const { stdout: help } = await graft(['finetune', '--help']);
  let message = '';
  try {
    parseRunOptions({ none: 1 }, 'x');
  } catch (error) {
    ({ message } = error as Error);
  }
  const names = /The options are: (.*)\.$/.exec(message)![1]!.split(', ');
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) {
    const value = { plugins: ['a'], inputs: { a: 1 } }[name] ?? 'a';
    const command = commandOf({ [name]: value } as Partial<RunOptions>);
    const [, flag] = /^graft finetune (--[\w-]+) a(?:=1)?$/.exec(command) ?? [];
    if (flag === undefined) expect(command).toContain('graft finetune --config graft.config.json');
    else expect(help).toMatch(new RegExp(`^ +${flag} `, 'm'));
  }
});
test('long names of the user are shortened in messages', async () => {
  const long = 'a'.repeat(100_000);
  for (const args of [
    [long],
    ['inspect', long],
    ['inspect', 'a.onnx', `--${long}`],
    ['predict', 'a.png', '--model', long],
  ]) {
    const { code, stderr } = await graft(args);
    expect([code, stderr.length < 1000]).toEqual([1, true]);
    expect(stderr).toMatch(/^graft: .*a{198}….*\.\n$/s);
  }
});
