// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '@graft/pytorch';
import { call, checkpointOf, dict, integer, named, pickleOf, tensor, text, tuple } from '../../testing/pickle.mjs';
import { zipOf } from '../../testing/zip.mjs';
import { leftOut, refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** @param {string} name @param {() => Uint8Array} make @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, make, outcome, more = {}) => ({
  name,
  file: 'w.pth',
  files: (folder) => writeFileSync(join(folder, 'w.pth'), make()),
  read(folder, work) {
    const { tensors, notes } = readCheckpoint(new Uint8Array(readFileSync(join(folder, 'w.pth'))), { name: 'w.pth' });
    for (const { data } of tensors.values()) work({ bytes: data.byteLength });
    return `${[...tensors.keys()].join(', ')}; ${notes.join(' ')}`;
  },
  outcome,
  ...more,
});

/** A checkpoint with one value. @param {...import('../../testing/pickle.mjs').Code} codes */
const holding = (...codes) =>
  checkpointOf(pickleOf(dict([text('w'), Buffer.concat(codes.map((code) => Buffer.from(code)))])));
const file = (/** @type {Partial<import('../../testing/zip.mjs').ZipFile>} */ more) => ({
  name: 'x/data.pkl',
  content: pickleOf(dict([text('w'), tensor()])),
  ...more,
});
const storage = { name: 'x/data/0', content: new Uint8Array(16) };
/** Code that fills the stack with a list that contains the previous one twice, again and again. @param {number} times */
const doubled = (times) =>
  Buffer.concat([
    Buffer.from([0x5d, 0x72, 0, 0, 0, 0]),
    ...Array.from({ length: times }, (_, i) =>
      Buffer.from([0x5d, 0x72, i + 1, 0, 0, 0, 0x28, 0x6a, i, 0, 0, 0, 0x6a, i, 0, 0, 0, 0x65]),
    ),
    Buffer.alloc(times, 0x30),
  ]);
const wrong = refused(/^Not a valid (PyTorch checkpoint|zip archive): "w\.pth"/);

/** @type {readonly Case[]} */
export const pytorch = [
  one('as it should be', () => holding(tensor()), works(/^w; $/)),
  one('empty', () => Buffer.alloc(0), refused(/is not a PyTorch checkpoint/)),
  one(
    'a pickle that runs os.system',
    () => holding(call(named('os', 'system'), text('touch hacked'))),
    refused(/calls os\.system,/),
  ),
  one(
    'a pickle that runs eval',
    () => holding(call(named('builtins', 'eval'), text('1'))),
    refused(/calls builtins\.eval,/),
  ),
  one(
    'a pickle that imports a module',
    () => holding(call(named('importlib', 'import_module'), text('os'))),
    refused(/calls importlib\.import_module,/),
  ),
  one(
    'a pickle that loads another pickle',
    () => holding(call(named('torch.storage', '_load_from_bytes'), text('x'))),
    refused(/calls torch\.storage\._load_from_bytes,/),
  ),
  one('a name that controls a terminal', () => holding(named('os\u001b[2J', 'system')), refused(/calls "os\\u001b/)),
  one(
    'attributes of a dict named __proto__',
    () => checkpointOf(pickleOf(dict([text('w'), tensor()]), dict([text('__proto__'), text('x')]), [0x62])),
    works(/^w;/),
  ),
  one(
    'a tensor named __proto__',
    () => checkpointOf(pickleOf(dict([text('__proto__'), tensor()]))),
    works(/^__proto__;/),
  ),
  one(
    'a deflated bomb',
    () => zipOf([file({ content: Buffer.alloc(2 ** 26), deflated: true }), storage]),
    refused(/compresses "x\/data\.pkl"/),
  ),
  one(
    'a file of 2^40 bytes in the archive',
    () => zipOf([file({ bytes: 2 ** 40, packedBytes: 2 ** 40, zip64: true })]),
    wrong,
  ),
  one('a file at byte 2^60', () => zipOf([file({ offset: 2 ** 60, zip64: true })]), wrong),
  one('2^40 files', () => zipOf([file({})], { count: 2 ** 40, zip64: true }), wrong),
  one('a directory at byte 2^60', () => zipOf([file({})], { offset: 2 ** 60, zip64: true }), wrong),
  one('two files of one name', () => zipOf([file({}), storage, storage]), wrong),
  one(
    'files that overlap',
    () =>
      zipOf([
        file({}),
        { ...storage, bytes: 400, packedBytes: 400 },
        { ...storage, name: 'x/data/1', content: Buffer.alloc(400) },
      ]),
    wrong,
  ),
  one(
    'a thousand files at one place',
    () => zipOf(Array.from({ length: 1000 }, (_, i) => ({ ...file({ name: `x/${i}` }), offset: 0, localName: 'x/0' }))),
    wrong,
  ),
  one('a damaged storage', () => zipOf([file({}), { ...storage, checksum: 5 }]), wrong),
  one('an archive cut short', () => holding(tensor()).subarray(0, 300), wrong),
  one('a tensor of 2^40 equal values', () => holding(tensor({ shape: [2 ** 40], strides: [0] })), wrong),
  one('a shape whose product overflows', () => holding(tensor({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] })), wrong),
  one('a storage of 2^40 values', () => holding(tensor({ length: 2 ** 40 })), wrong),
  one('strides beyond the storage', () => holding(tensor({ shape: [2, 2], strides: [2 ** 40, 1] })), wrong),
  one('a negative offset', () => holding(tensor({ offset: -(2 ** 40) })), wrong),
  one(
    'ten thousand views of one storage',
    () =>
      checkpointOf(
        pickleOf(
          dict(
            ...Array.from(
              { length: 10_000 },
              (_, i) => /** @type {const} */ ([text(`w${i}`), tensor({ length: 1024, shape: [1024] })]),
            ),
          ),
        ),
        { 0: new Uint8Array(4096) },
      ),
    wrong,
  ),
  one('a text of 4 GiB', () => holding([0x58, 255, 255, 255, 255]), wrong),
  one('an integer of 2 GiB', () => holding([0x8b, 255, 255, 255, 127]), wrong),
  one('a million nested marks', () => checkpointOf(pickleOf(new Uint8Array(1e6).fill(0x28))), wrong),
  one(
    'a million nested lists',
    () => holding(Buffer.alloc(1e6, ']'), Buffer.alloc(1e6 - 1, 'a')),
    refused(/has no tensors/),
  ),
  one('a hundred million opcodes', () => holding(Buffer.alloc(1e8, 'N')), wrong, { heavy: true }),
  one('lists that double a hundred times', () => holding(doubled(100)), refused(/has no tensors/)),
  one(
    'a memo of a million values',
    () => holding([0x4e], Buffer.alloc(2e6, Buffer.from([0x4e, 0x94])), Buffer.alloc(1e6, '0')),
    refused(/has no tensors/),
  ),
  one(
    'a list that contains itself',
    () => checkpointOf(pickleOf(dict([text('w'), tensor()], [text('a'), [0x5d, 0x71, 1, 0x68, 1, 0x61]]))),
    leftOut(/left out what is not a tensor: a\./),
  ),
  one('a persistent id of another kind', () => holding(tuple(text('module'), text('x'), integer(1)), [0x51]), wrong),
];
