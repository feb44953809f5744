import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel } from '@graft/onnx/suite';
import { afterAll, expect, test } from 'vitest';
import { judged } from './guided/explore.mjs';
import { readers, WrongResult } from './guided/readers.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graft-fuzz-regressions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const namesWithLines = buildModel({
  inputs: { x: { shape: [2] } },
  outputs: ['y\nz'],
  nodes: [['Relu', ['x\nz'], ['y']]],
});

const tokenizer = (parts: object): string =>
  JSON.stringify({ model: { type: 'WordPiece', unk_token: 'a', vocab: { a: 0 } }, ...parts });

const manyLevels =
  'UEFSMRUGFSIVJlwVBhUAFQYVABUEFQAAAAMHDzgBAAAAYQEAAABiAQAAAGEVBhUcFSBcFQYVABUGFQAVBAAAAAAAAIAAAAAAAAEAAAACAAAAFQYVEBUUXBUEFQIVBBUAFQQVAAAAAwIGFAIAAADDvBUGFRQVGFwVBBUAAwMIHAMAAAAEAAAAFQQZPEgEcm9vdBUEABUMJQIYBHRleHQlYQAVAiUCGAVsYWJlbAAWChksGSwmCBwVDBkVABkYBHRleHQVAhYGFkwWUCYIPDYAKAFiGAFhABkcFQYVABUCAAAAJlgcFQIZFQAZGAVsYWJlbBUCFgYWRhZKJlg8NgAoBAIAAAAYBAAAAAAAGRwVBhUAFQIAAAAWkgEWBjaaAQAZLCaiARwVDBkVABkYBHRleHQVAhYEFjoWPiaiATw2AigCw7wYAsO8ABkcgwYVABUCAAAAJuABHBUCGRUAGRgFbGFiZWwVAhYEFj4WQibgATw2ACgEBAAAABgEAwAAAAAZHBUGFQAVAgAAABZ4FgQ2gAEAKAloeXBhcnF1ZXQZLBwAABwAAAAfAQAAUEFSMQ==';

const runWithoutBits =
  'UEFSMRUGFSIVJlwVBhUAFQYVBBUEFQAAAAMHDzgBAGIBADYAShUGFQAAAGEVBhUcFSBcFQYVABUUFRAVBBUAAAADBwwsAP///38VBBk8SARyb290FQQAFQwlAhgEdGV4dCUUABUCJQIYBWxhYmVsABYKGSwZLCYIHBUMGRUAGRgEdGV4dBUCFgYWTBZQJgg8NgAoAWIYAWEAGRwVBhUAFQIAAAAmWBwVAhkVABkYBWxhYmVsFQIWBhZGFkomWDw2ACgEAgAAABgEAAAAAAAZHBUGFQAVAgAAABaSARYGNpoBABksJqIBHBUMGRUAGRgEdGV4dBUCFgQWOhY+JqIBPDYCKALDvBgCw7wAGRwVBhUAFQIAAAAm4AEcFQIZFQAZGAVsYWJlbBUCFgQWPhZCJuABPDYAKAQEAAAAGAQDAAAAABkcFQYVABUCAAAAFngWBDaAAQAoCWh5cGFycXVldBksHAAAHAAAAB8BAABQQVIx';

// Inputs that exploring found, as small as they got. `npm run fuzz -- --coverage` prints more.
test.each([
  ['csv', 'a line break after a quote', '\r""\n'],
  ['csv', 'a quote after a thousand characters', `${'a'.repeat(1000)}"b"`],
  ['csv', 'control characters before a quote', `${'\u0001'.repeat(200)}"b"`],
  ['idx', 'a hundred dimensions', Buffer.from([0, 0, 8, 100, 0, 0, 0, 0, ...Array(396).fill(255)]).toString('latin1')],
  [
    'idx',
    'no values of absurdly many dimensions',
    Buffer.from([0, 0, 8, 100, ...Array(396).fill(255), 0, 0, 0, 0]).toString('latin1'),
  ],
  ['lock', 'a name of a thousand characters', JSON.stringify({ models: { ['x'.repeat(1000)]: null } })],
  ['lock', 'a line break in JSON that is broken', '\n}"'],
  ['card', 'a line break in JSON that is broken', '\n}"'],
  ['csv', 'delete characters before a quote', `${'\u007f'.repeat(200)}"b"`],
  ['labels', 'columns of two lines', ',"\n"\na,b\n'],
  ['numbers', 'a column of a thousand characters', `${'t'.repeat(1000)}\n1\n`],
  ['tokenizer', 'a type of a thousand characters', tokenizer({ pre_tokenizer: { type: 'x'.repeat(1000) } })],
  [
    'tokenizer',
    'merges of two kinds',
    tokenizer({ model: { type: 'BPE', vocab: { a: 0 }, merges: ['a a', ['a', 'a']] } }),
  ],
  [
    'tokenizer',
    'a template of one text that places two',
    tokenizer({
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ Sequence: { id: 'B' } }],
        pair: [{ Sequence: { id: 'A' } }],
      },
    }),
  ],
  ['onnx', 'names of two lines', Buffer.from(namesWithLines).toString('latin1')],
  ['jsonl', 'a word of JavaScript', 'undefined'],
  ['parquet', 'a run of a billion values without bits', Buffer.from(runWithoutBits, 'base64').toString('latin1')],
  ['parquet', 'a run of half a billion levels', Buffer.from(manyLevels, 'base64').toString('latin1')],
])('%s: %s', async (name, _, text) => {
  const options = { folder, counters: new Uint32Array(0), WrongResult };
  expect(await judged(readers[name]!, new Uint8Array(Buffer.from(text, 'latin1')), options)).toBeUndefined();
});
