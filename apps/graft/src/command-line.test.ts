import { expect, test } from 'vitest';
import { shellWord } from '@graft/finetune';
import { commandOf } from './command-line.ts';

test('the command is quoted for a POSIX shell', () => {
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
test('on Windows it has no POSIX quotes', () => {
  expect(commandOf({ model: String.raw`C:\my models\a.onnx`, data: 'photos' }, 'win32')).toBe(
    String.raw`graft finetune --model "C:\my models\a.onnx" --data photos`,
  );
  expect(shellWord(String.raw`C:\runs\first`, 'win32')).toBe(String.raw`C:\runs\first`);
});
test('options without a flag are saved as a configuration first', () =>
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
