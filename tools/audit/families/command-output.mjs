// @ts-check
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { visible } from '@graft/report';
import { leftOut, refused, works } from '../case.mjs';
import { bytes, chain, message, model, node, port } from '../wire.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** Sequences that clear a screen, ring, write to the clipboard, turn a line around and end one. */
const hostile = {
  'clear the screen': '\u001b[2J\u001b[H',
  'set the title': '\u001b]0;owned\u0007',
  'write to the clipboard': '\u001b]52;c;cm0gLXJm\u0007',
  'a C1 sequence': '\u009b2J',
  'turn the line around': 'a\u202egnp',
  'isolate the line': 'a\u2066b\u2069',
  'go back over the line': 'good\r\u0008\u0008bad',
  'a line separator': 'a\u2028graft: all is well.',
  'a zero byte': 'a\0b',
};
const named = Object.entries(hostile);

/** @type {readonly Case[]} */
export const commandOutput = [
  ...named.map(([name, text]) => ({ name: `a text to ${name}`, read: () => visible(text), outcome: works(/./) })),
  ...named.map(([name, text]) => ({
    name: `inspect: names that ${name}`,
    files: (/** @type {string} */ folder) =>
      writeFileSync(
        join(folder, 'model.onnx'),
        message(
          model({
            nodes: [
              node('Relu', { inputs: [text], outputs: [`${text}2`] }),
              node(`R${text}`, { inputs: [`${text}2`], outputs: ['y'], domain: text }),
            ],
            inputs: [port(text, [text, 3])],
          }),
          bytes(2, text),
        ),
      ),
    command: () => ['inspect', 'model.onnx'],
    outcome: leftOut(/NOT SUPPORTED/),
  })),
  ...named.map(([name, text]) => ({
    name: `inspect: a file that does not exist, named to ${name}`,
    command: () => ['inspect', `${text.replaceAll('\0', '')}.onnx`],
    outcome: refused(/does not exist/),
  })),
  ...named
    .filter(([, text]) => !text.includes('\0'))
    .map(([name, text]) => ({
      name: `predict: a file named to ${name}`,
      files: (/** @type {string} */ folder, /** @type {import('../case.mjs').Shared} */ { image }) => {
        mkdirSync(join(folder, 'in'));
        copyFileSync(image, join(folder, 'in', `${text}.png`));
        writeFileSync(join(folder, 'in', `${text}2.png`), 'broken');
      },
      command: (/** @type {string} */ _, /** @type {import('../case.mjs').Shared} */ { run }) => [
        'predict',
        'in',
        '--model',
        run,
      ],
      outcome: leftOut(/red/),
    })),
  ...['--json', '--csv'].map((format) => ({
    name: `predict ${format}: files with hostile names`,
    files: (/** @type {string} */ folder, /** @type {import('../case.mjs').Shared} */ { image }) => {
      mkdirSync(join(folder, 'in'));
      for (const [, text] of named) if (!text.includes('\0')) copyFileSync(image, join(folder, 'in', `${text}.png`));
      copyFileSync(image, join(folder, 'in', '=HYPERLINK("http:x"),".png'));
    },
    command: (/** @type {string} */ _, /** @type {import('../case.mjs').Shared} */ { run }) => [
      'predict',
      'in',
      '--model',
      run,
      format,
    ],
    outcome: works(/red/),
  })),
  {
    name: 'inspect: an unknown option with control characters',
    command: () => ['inspect', 'model.onnx', '--\u001b[2J\u202e'],
    outcome: refused(/option/i),
  },
  {
    name: 'an unknown command with control characters',
    command: () => ['\u001b[2J\u202einspect'],
    outcome: refused(/command/i),
  },
  {
    name: 'an argument of 100,000 characters',
    command: () => ['inspect', 'a'.repeat(100_000)],
    outcome: refused(/no model/),
  },
  {
    name: 'a command of 100,000 characters',
    command: () => ['a'.repeat(100_000)],
    outcome: refused(/unknown command/i),
  },
  {
    name: 'an option of 100,000 characters',
    command: () => ['inspect', 'a.onnx', `--${'a'.repeat(100_000)}`],
    outcome: refused(/unknown option/i),
  },
  {
    name: 'a run folder of 100,000 characters',
    command: () => ['predict', 'a.png', '--model', 'a'.repeat(100_000)],
    outcome: refused(/not a finished run|too long/),
  },
  {
    name: 'finetune: classes with hostile names',
    files: (folder, { image }) => {
      for (const [, text] of named.filter(([, one]) => !one.includes('\0')).slice(0, 4))
        for (let i = 0; i < 4; i++) {
          mkdirSync(join(folder, 'data', text), { recursive: true });
          copyFileSync(image, join(folder, 'data', text, `${i}.png`));
        }
    },
    command: (_, { model: network }) => [
      'finetune',
      '--model',
      network,
      '--data',
      'data',
      '--out',
      'run',
      '--epochs',
      '1',
      '--mean',
      '0.5',
      '--std',
      '0.5',
    ],
    writes: 'run',
    outcome: refused(/class|name/),
  },
  {
    name: 'finetune: an output folder with control characters',
    command: (_, { model: network, data }) => [
      'finetune',
      '--model',
      network,
      '--data',
      data,
      '--out',
      '\u001b[2Jrun',
      '--epochs',
      '1',
      '--mean',
      '0.5',
      '--std',
      '0.5',
    ],
    writes: '\u001b[2Jrun',
    outcome: works(),
  },
  {
    name: 'inspect: a network with 50,000 operators of different names',
    files: (folder) =>
      writeFileSync(
        join(folder, 'model.onnx'),
        model({
          nodes: chain(50_000).map((_, i) =>
            node(`Op${i}`, { inputs: [i ? `v${i - 1}` : 'x'], outputs: [i === 49_999 ? 'y' : `v${i}`] }),
          ),
        }),
      ),
    command: () => ['inspect', 'model.onnx'],
    outcome: leftOut(/NOT SUPPORTED/),
  },
];
