// @ts-check
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importOnnx, inspectModel, readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import { buildModel, floats, longs, smallNetwork, subgraph } from '@graft/onnx/suite';
import { bytesOf, full, observe, scope } from '@graft/tensor';
import { leftOut, refused, works } from '../case.mjs';
import {
  bytes,
  chain,
  externalTensor,
  graph,
  graphAttribute,
  message,
  model,
  node,
  number,
  port,
  tensor,
  varint,
} from '../wire.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

const file = 'model.onnx';

/** Reads, inspects, imports and runs a model, as the commands do. @type {(folder: string, work: (done: import('../case.mjs').Work) => void) => Promise<void>} */
async function runModel(folder, work) {
  const parsed = readModel(await readOnnx(join(folder, file)));
  work({ nodes: parsed.nodes.length });
  const { problem } = inspectModel(parsed);
  if (problem) throw new Error(problem);
  const network = importOnnx(parsed);
  try {
    const inputs = new Map(
      parsed.inputs
        .filter(({ name }) => network.inputs.includes(name))
        .map(({ name, shape }) => [
          name,
          full(
            (shape ?? [1]).map((dim) => (typeof dim === 'number' ? dim : 2)),
            1,
          ),
        ]),
    );
    scope(() =>
      observe(
        () => network.call(inputs),
        ({ op, output }) => work({ steps: 1, bytes: op.alias ? 0 : output.size * bytesOf(output.dtype) }),
      ),
    );
  } finally {
    network.dispose();
  }
}

/** A case with one model file. @param {string} name @param {() => Uint8Array} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, make, outcome, more = {}) => ({
  name,
  file,
  files: (folder) => writeFileSync(join(folder, file), make()),
  read: runModel,
  outcome,
  ...more,
});

const x = { x: { shape: [2, 3] } };
const relu = () => model({ nodes: chain(1) });
const flag = { c: { shape: [], dtype: /** @type {const} */ ('bool'), data: Uint8Array.of(1) } };

/** Functions that each call the next one twice. @param {number} depth */
function functionBomb(depth) {
  return buildModel({
    inputs: x,
    outputs: ['y'],
    domains: { own: 1 },
    functions: Array.from({ length: depth }, (_, i) => {
      const op = i === depth - 1 ? 'Relu' : `own.f${i + 1}`;
      return {
        domain: 'own',
        name: `f${i}`,
        inputs: ['a'],
        outputs: ['b'],
        nodes: [
          [op, ['a'], ['t']],
          [op, ['t'], ['b']],
        ],
      };
    }),
    nodes: [['own.f0', ['x'], ['y']]],
  });
}

/** Loops in each other. @param {number} depth @param {number} times */
function nestedLoops(depth, times) {
  /** @returns {import('@graft/onnx/suite').GraphSketch} */
  const body = (/** @type {number} */ left) => ({
    inputs: {
      [`i${left}`]: { dtype: 'int64', shape: [] },
      [`g${left}`]: { dtype: 'bool', shape: [] },
      [`s${left}`]: {},
    },
    outputs: [`o${left}`, `t${left}`],
    nodes: [
      ['Identity', [`g${left}`], [`o${left}`]],
      left
        ? ['Loop', ['n', 'c', `s${left}`], [`t${left}`], { body: subgraph(body(left - 1)) }]
        : ['Neg', [`s${left}`], [`t${left}`]],
    ],
  });
  return buildModel({
    inputs: x,
    outputs: ['y'],
    constants: { ...flag, n: longs([times], []) },
    nodes: [['Loop', ['n', 'c', 'x'], ['y'], { body: subgraph(body(depth - 1)) }]],
  });
}

/** A value doubled again and again. @param {string} from @param {number} times */
const doubled = (from, times) =>
  Array.from(
    { length: times },
    (_, i) => /** @type {const} */ (['Concat', Array(2).fill(i ? `d${i - 1}` : from), [`d${i}`], { axis: 0 }]),
  );

/** A node whose result is summed and added to x. @param {import('@graft/onnx/suite').NodeSketch} made @param {Readonly<Record<string, import('@graft/tensor').HostArray>>} constants */
const summed = (made, constants) =>
  buildModel({
    inputs: x,
    outputs: ['y'],
    constants,
    nodes: [
      made,
      ['ReduceSum', [/** @type {string} */ (made[2][0])], ['sum'], { keepdims: 0 }],
      ['Add', ['x', 'sum'], ['y']],
    ],
  });

/** Graphs in graphs. @param {number} depth */
function deep(depth) {
  let inner = graph({ nodes: [node('Relu', { inputs: ['x'], outputs: ['y'] })], inputs: [] });
  // From the inside out: each level is the bytes of the last one with a header.
  for (let i = 0; i < depth; i++)
    inner = message(
      bytes(1, node('If', { inputs: ['x'], outputs: ['y'], attributes: [graphAttribute('then_branch', inner)] })),
    );
  return model(inner);
}

/** A model whose weight is in another file. @param {Readonly<Record<string, string>>} entries @param {number} [times] */
const external = (entries, times = 1) =>
  model({
    tensors: Array.from({ length: times }, (_, i) => externalTensor(`w${i}`, [2, 3], entries)),
    nodes: Array.from({ length: times }, (_, i) =>
      node('Add', { inputs: [i ? `v${i - 1}` : 'x', `w${i}`], outputs: [i === times - 1 ? 'y' : `v${i}`] }),
    ),
  });

/** A case with a weight file. @param {string} name @param {Readonly<Record<string, string>>} entries @param {Outcome} outcome @param {Partial<Case> & { beside?: (folder: string) => void, times?: number }} [more] @returns {Case} */
const beside = (name, entries, outcome, { beside: put = () => {}, times, ...more } = {}) =>
  one(`external data: ${name}`, () => external(entries, times), outcome, {
    ...more,
    files: (folder) => {
      writeFileSync(join(folder, file), external(entries, times));
      put(folder);
    },
  });
const weights = (/** @type {string} */ folder) => writeFileSync(join(folder, 'w.bin'), Buffer.alloc(24, 1));
const pipe = (/** @type {string} */ path) => execFileSync('mkfifo', [path]);

const damaged = /damaged|truncated|not an ONNX model/;
const tooMuch = /too large|too long|more than|too many|at most|limit|exceed/i;
const alternating = (/** @type {number} */ length) => Buffer.alloc(length, Buffer.from([0x0a, 0]));

/** @type {readonly Case[]} */
export const models = [
  // Bytes that are not a model.
  one('an empty file', () => new Uint8Array(), refused(/empty|no graph|damaged/)),
  one('zeros', () => new Uint8Array(1000), refused(damaged)),
  one('a text', () => Buffer.from('This is not a model.\n'.repeat(20)), refused(damaged)),
  one('an HTML page', () => Buffer.from('<!doctype html><title>404 Not Found</title>'), refused(damaged)),
  one(
    'a ZIP archive with a model in it',
    () => message(Buffer.from('504b0304140000000000', 'hex'), relu()),
    refused(damaged),
  ),
  one('a PNG that is also a model', () => message(Buffer.from('89504e470d0a1a0a', 'hex'), relu()), works()),
  one('half a model', () => smallNetwork().subarray(0, 2500), refused(damaged)),
  one('a model without its last byte', () => smallNetwork().subarray(0, -1), refused(damaged)),
  one('a header alone', () => number(1, 8), refused(/graph/)),
  one(
    'a Git LFS pointer',
    () => Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 97\n`),
    refused(damaged),
  ),
  // Wire format.
  ...[0, 1, 3, 4, 5, 6, 7].map((kind) =>
    one(
      `the graph as wire type ${kind}`,
      () => {
        const whole = relu();
        whole[whole.indexOf((7 << 3) | 2)] = (7 << 3) | kind;
        return whole;
      },
      refused(damaged),
    ),
  ),
  one('a length of 2^63', () => message(varint((7 << 3) | 2), varint(2n ** 63n), relu()), refused(damaged)),
  one('a varint without end', () => message(varint(7 << 3), Buffer.alloc(100, 0xff)), refused(damaged)),
  one('groups in groups', () => message(relu(), Buffer.alloc(2_000_000, 0x7b)), refused(damaged)),
  one('20 million empty nodes', () => model(alternating(20_000_000)), refused(tooMuch), { heavy: true }),
  one(
    '20 million inputs of a node',
    () => model({ nodes: [message(node('Max', { inputs: ['x'], outputs: ['y'] }), alternating(20_000_000))] }),
    refused(/./),
    { heavy: true },
  ),
  one(
    '20 million unknown fields',
    () => message(relu(), Buffer.alloc(20_000_000, Buffer.from([0x78, 0]))),
    refused(/1 GiB/),
    {
      heavy: true,
    },
  ),
  one('two graphs', () => message(relu(), bytes(7, graph({ nodes: chain(1, 'Neg') }))), refused(/./)),
  one('field number 0', () => message(relu(), Buffer.from([0, 0])), refused(damaged)),
  one(
    'names that are not UTF-8',
    () =>
      model({ nodes: [message(bytes(1, 'x'), bytes(2, 'y'), bytes(3, Buffer.from([0xff, 0xfe])), bytes(4, 'Relu'))] }),
    works(),
  ),
  // Bombs.
  one('functions that call the next one twice, 22 deep', () => functionBomb(22), refused(tooMuch)),
  one('functions that call the next one twice, 60 deep', () => functionBomb(60), refused(tooMuch)),
  one(
    'a function that calls itself',
    () =>
      buildModel({
        inputs: x,
        outputs: ['y'],
        domains: { own: 1 },
        functions: [{ domain: 'own', name: 'f', inputs: ['a'], outputs: ['b'], nodes: [['own.f', ['a'], ['b']]] }],
        nodes: [['own.f', ['x'], ['y']]],
      }),
    refused(/call itself|calls itself/),
  ),
  one(
    'two functions that call each other',
    () =>
      buildModel({
        inputs: x,
        outputs: ['y'],
        domains: { own: 1 },
        functions: [
          ['f', 'g'],
          ['g', 'f'],
        ].map(([name, other]) => ({
          domain: 'own',
          name: /** @type {string} */ (name),
          inputs: ['a'],
          outputs: ['b'],
          nodes: [[`own.${other}`, ['a'], ['b']]],
        })),
        nodes: [['own.f', ['x'], ['y']]],
      }),
    refused(/call itself|calls itself/),
  ),
  one(
    'three loops of a hundred thousand steps in each other',
    () => nestedLoops(3, 100_000),
    refused(/steps|too many|more than/),
    { heavy: true },
  ),
  one('a loop of a billion steps', () => nestedLoops(1, 1e9), refused(/steps/), { heavy: true }),
  one(
    'a loop of 2^62 steps',
    () =>
      buildModel({
        inputs: x,
        outputs: ['y'],
        constants: { ...flag, n: { shape: [], dtype: 'int64', data: BigInt64Array.of(2n ** 62n) } },
        nodes: [
          [
            'Loop',
            ['n', 'c', 'x'],
            ['y'],
            {
              body: subgraph({
                inputs: { i: { dtype: 'int64', shape: [] }, g: { dtype: 'bool', shape: [] }, s: {} },
                outputs: ['o', 't'],
                nodes: [
                  ['Identity', ['g'], ['o']],
                  ['Neg', ['s'], ['t']],
                ],
              }),
            },
          ],
        ],
      }),
    refused(/steps/),
    { heavy: true },
  ),
  one(
    'a constant doubled 40 times',
    () =>
      buildModel({
        inputs: x,
        outputs: ['y'],
        constants: { k: floats([64], () => 1) },
        nodes: [...doubled('k', 40), ['ReduceSum', ['d39'], ['s'], { keepdims: 0 }], ['Add', ['x', 's'], ['y']]],
      }),
    refused(tooMuch),
    { heavy: true },
  ),
  one(
    'an input doubled 26 times',
    () => buildModel({ inputs: x, outputs: ['y'], nodes: [...doubled('x', 26), ['Relu', ['d25'], ['y']]] }),
    refused(tooMuch),
    { heavy: true },
  ),
  one(
    'a constant of a billion ones',
    () => summed(['Expand', ['k', 's'], ['e']], { k: floats([1], [1]), s: longs([2 ** 30]) }),
    refused(tooMuch),
  ),
  one(
    'ConstantOfShape of 2^40 values',
    () => summed(['ConstantOfShape', ['s'], ['e']], { s: longs([2 ** 40]) }),
    refused(tooMuch),
  ),
  one(
    'a range of a billion',
    () => summed(['Range', ['a', 'b', 'd'], ['e']], { a: floats([], [0]), b: floats([], [1e9]), d: floats([], [1]) }),
    refused(tooMuch),
  ),
  one(
    'a range from NaN',
    () =>
      summed(['Range', ['a', 'b', 'd'], ['e']], {
        a: floats([], [Number.NaN]),
        b: floats([], [1]),
        d: floats([], [1]),
      }),
    refused(/range/),
  ),
  one('padding of 2^40', () => summed(['Pad', ['x', 'p'], ['e']], { p: longs([0, 0, 2 ** 40, 0]) }), refused(tooMuch)),
  one('padding of -5', () => summed(['Pad', ['x', 'p'], ['e']], { p: longs([0, 0, -5, 0]) }), refused(/./)),
  one(
    'tiles of a million by a million',
    () => summed(['Tile', ['x', 'p'], ['e']], { p: longs([1e6, 1e6]) }),
    refused(tooMuch),
  ),
  one(
    'an image scaled to 30000×30000',
    () =>
      buildModel({
        inputs: { x: { shape: [1, 1, 8, 8] } },
        outputs: ['y'],
        constants: { s: longs([1, 1, 30_000, 30_000]) },
        nodes: [['Resize', ['x', '', '', 's'], ['y']]],
      }),
    refused(tooMuch),
  ),
  one(
    'one-hot of 2^40 classes',
    () =>
      summed(['OneHot', ['i', 'd', 'v'], ['e']], { i: longs([0]), d: longs([2 ** 40], []), v: floats([2], [0, 1]) }),
    refused(tooMuch),
  ),
  one(
    'a matrix product of 100,000 by 100,000',
    () =>
      buildModel({
        inputs: x,
        outputs: ['y'],
        constants: { k: floats([1], [1]), s: longs([100_000, 1]), t: longs([1, 100_000]) },
        nodes: [
          ['Expand', ['k', 's'], ['a']],
          ['Expand', ['k', 't'], ['b']],
          ['MatMul', ['a', 'b'], ['m']],
          ['ReduceSum', ['m'], ['sum'], { keepdims: 0 }],
          ['Add', ['x', 'sum'], ['y']],
        ],
      }),
    refused(tooMuch),
  ),
  // Size and depth of graphs.
  one('graphs in graphs, 50 deep', () => deep(50), refused(/./)),
  one('graphs in graphs, 3000 deep', () => deep(3000), refused(/nested|deep|level/)),
  one('a chain of 50,000 nodes', () => model({ nodes: chain(50_000) }), works(), {
    heavy: true,
    budget: { steps: 50_000 },
  }),
  one('a chain of 400,000 nodes', () => model({ nodes: chain(400_000) }), refused(/nodes/), { heavy: true }),
  one(
    '100,000 inputs',
    () =>
      model({
        nodes: chain(1),
        inputs: [port('x', [2, 3]), ...Array.from({ length: 100_000 }, (_, i) => port(`i${i}`, [1]))],
      }),
    works(),
    { heavy: true },
  ),
  one(
    '200,000 weights',
    () =>
      model({
        nodes: chain(1),
        tensors: Array.from({ length: 200_000 }, (_, i) =>
          tensor(`w${i}`, { dims: [1], fields: [bytes(9, Buffer.alloc(4))] }),
        ),
      }),
    works(),
    { heavy: true },
  ),
  one(
    'a cycle',
    () =>
      model({
        nodes: [
          node('Add', { inputs: ['x', 'b'], outputs: ['a'] }),
          node('Relu', { inputs: ['a'], outputs: ['b'] }),
          node('Relu', { inputs: ['b'], outputs: ['y'] }),
        ],
      }),
    refused(/cycle|order|before/),
  ),
  one(
    'a node that reads itself',
    () => model({ nodes: [node('Relu', { inputs: ['y'], outputs: ['y'] })] }),
    refused(/cycle|order|before|no value|itself/),
  ),
  one('two nodes with the same output', () => model({ nodes: [...chain(1), ...chain(1, 'Neg')] }), refused(/"y"/)),
  one('an output that nothing computes', () => model({ nodes: chain(1), outputs: [port('z', [])] }), refused(/"z"/)),
  one(
    'a value named __proto__',
    () =>
      model({
        nodes: [
          node('Relu', { inputs: ['x'], outputs: ['__proto__'] }),
          node('Neg', { inputs: ['__proto__'], outputs: ['y'] }),
        ],
      }),
    works(),
  ),
  one('an operator named constructor', () => model({ nodes: chain(1, 'constructor') }), refused(/constructor/)),
  one(
    'an operator whose name has a million characters',
    () => model({ nodes: chain(1, 'R'.repeat(1_000_000)) }),
    refused(/name of 1000000 bytes/),
  ),
  one(
    'an operator named by control characters',
    () => model({ nodes: chain(1, '\u001b[2J\u202egnp') }),
    refused(/support/),
  ),
  one(
    'a domain named __proto__',
    () => model({ nodes: [node('Relu', { inputs: ['x'], outputs: ['y'], domain: '__proto__' })] }),
    refused(/__proto__/),
  ),
  one('opset 2^62', () => model({ nodes: chain(1) }, { opset: 2n ** 62n }), refused(/not between/)),
  one('opset -1', () => model({ nodes: chain(1) }, { opset: -1 }), refused(/operator set -1/)),
  // Shapes and tensors.
  one('a dimension of 2^62', () => model({ nodes: chain(1), inputs: [port('x', [2n ** 62n, 3])] }), refused(/./)),
  one('a dimension of -1', () => model({ nodes: chain(1), inputs: [port('x', [-1, 3])] }), works()),
  one(
    'a weight of 2^62 values and no data',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: [2n ** 62n] })],
      }),
    refused(/"w"/),
  ),
  one(
    'a weight whose size overflows to 0',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: [2n ** 32n, 2n ** 32n] })],
      }),
    refused(/"w"/),
  ),
  one(
    'a weight of negative size',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: [-2, 3], fields: [bytes(9, Buffer.alloc(24))] })],
      }),
    refused(/"w"/),
  ),
  one(
    'a weight with too few bytes',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: [2, 3], fields: [bytes(9, Buffer.alloc(23))] })],
      }),
    refused(/"w"/),
  ),
  one(
    'a weight of an unknown data type',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: [2, 3], type: 99, fields: [bytes(9, Buffer.alloc(24))] })],
      }),
    refused(/"w"/),
  ),
  one(
    'a weight with 4000 dimensions',
    () =>
      model({
        nodes: [node('Add', { inputs: ['x', 'w'], outputs: ['y'] })],
        tensors: [tensor('w', { dims: Array(4000).fill(1), fields: [bytes(9, Buffer.alloc(4))] })],
      }),
    refused(/./),
  ),
  one(
    'a regular expression that backtracks for ever',
    () =>
      model(
        {
          nodes: [
            node('Constant', {
              outputs: ['t'],
              attributes: [
                message(
                  bytes(1, 'value'),
                  bytes(5, message(number(1, 1), number(2, 8), bytes(6, 'a'.repeat(40)))),
                  number(20, 4),
                ),
              ],
            }),
            node('RegexFullMatch', {
              inputs: ['t'],
              outputs: ['m'],
              attributes: [message(bytes(1, 'pattern'), bytes(4, '(a+)+b'), number(20, 3))],
            }),
            node('Cast', {
              inputs: ['m'],
              outputs: ['f'],
              attributes: [message(bytes(1, 'to'), number(3, 1), number(20, 2))],
            }),
            node('Add', { inputs: ['x', 'f'], outputs: ['y'] }),
          ],
        },
        { opset: 20 },
      ),
    refused(/./),
    { heavy: true },
  ),
  // Weights in other files.
  beside('as it should be', { location: 'w.bin' }, works(), { beside: weights }),
  beside('no such file', { location: 'w.bin' }, refused(/does not exist/)),
  beside('no location', { offset: '0' }, refused(/inside/)),
  beside('a path to the parent folder', { location: '../elsewhere/secret.txt' }, refused(/outside|inside/)),
  beside(
    'a path out of the folder by way of another',
    { location: 'a/../../elsewhere/secret.txt' },
    refused(/outside|inside/),
    { beside: (folder) => mkdirSync(join(folder, 'a')) },
  ),
  beside('an absolute path', { location: '/etc/passwd' }, refused(/outside|inside/)),
  beside('a Windows path', { location: 'C:\\Windows\\win.ini' }, refused(/outside|inside|exist/)),
  beside('backslashes to the parent folder', { location: '..\\outside\\secret.txt' }, refused(/outside|inside|exist/)),
  beside('a path with a zero byte', { location: 'w.bin\0.txt' }, refused(/./)),
  beside('a path of a million characters', { location: 'w'.repeat(1_000_000) }, refused(/./)),
  beside('a link out of the folder', { location: 'w.bin' }, refused(/outside/), {
    beside: (folder) => symlinkSync('../elsewhere/secret.txt', join(folder, 'w.bin')),
  }),
  beside('a link to itself', { location: 'w.bin' }, refused(/./), {
    beside: (folder) => symlinkSync('w.bin', join(folder, 'w.bin')),
  }),
  beside('a linked folder outside', { location: 'a/secret.txt' }, refused(/outside/), {
    beside: (folder) => symlinkSync('../elsewhere', join(folder, 'a')),
  }),
  beside('a link to /dev/zero', { location: 'w.bin' }, refused(/outside|not a file/), {
    beside: (folder) => symlinkSync('/dev/zero', join(folder, 'w.bin')),
  }),
  beside('a pipe', { location: 'w.bin' }, refused(/not a file|pipe/), {
    beside: (folder) => pipe(join(folder, 'w.bin')),
  }),
  beside('a folder', { location: 'w.bin' }, refused(/not a file|folder/), {
    beside: (folder) => mkdirSync(join(folder, 'w.bin')),
  }),
  beside('the model itself', { location: file, length: '24' }, works(), {}),
  beside('a file that ends too early', { location: 'w.bin', offset: '8' }, refused(/w\.bin|"w0"/), { beside: weights }),
  beside('an offset of -1', { location: 'w.bin', offset: '-1' }, refused(/offset|"w0"/), { beside: weights }),
  beside('an offset of 1e99', { location: 'w.bin', offset: '1e99' }, refused(/offset|"w0"/), { beside: weights }),
  beside('an offset of 2^63', { location: 'w.bin', offset: String(2n ** 63n) }, refused(/offset|"w0"/), {
    beside: weights,
  }),
  beside('an offset that is not a number', { location: 'w.bin', offset: '0x10' }, refused(/offset|"w0"/), {
    beside: weights,
  }),
  beside('a length of another tensor', { location: 'w.bin', length: '4' }, refused(/w\.bin|"w0"/), { beside: weights }),
  beside('one file named 60 times', { location: 'w.bin' }, refused(/overlap/), { beside: weights, times: 60 }),
  one('external data: a terabyte that the file claims, named 60 times', () => relu(), works(), {
    heavy: true,
    files: (folder) => {
      writeFileSync(join(folder, 'w.bin'), '');
      truncateSync(join(folder, 'w.bin'), 2 ** 40);
      writeFileSync(
        join(folder, file),
        model({
          tensors: Array.from({ length: 60 }, (_, i) => externalTensor(`w${i}`, [2 ** 31], { location: 'w.bin' })),
          nodes: chain(1),
        }),
      );
    },
  }),
  one('external data: one gigabyte named 60 times', () => relu(), refused(/./), {
    heavy: true,
    files: (folder) => {
      writeFileSync(join(folder, 'w.bin'), '');
      truncateSync(join(folder, 'w.bin'), 2 ** 30);
      writeFileSync(
        join(folder, file),
        model({
          tensors: Array.from({ length: 60 }, (_, i) => externalTensor(`w${i}`, [2 ** 28], { location: 'w.bin' })),
          nodes: [node('Sum', { inputs: ['x', ...Array.from({ length: 60 }, (_, i) => `w${i}`)], outputs: ['y'] })],
        }),
      );
    },
  }),
  beside('a hard link to a file', { location: 'w.bin' }, works(), {
    beside: (folder) => (
      writeFileSync(join(folder, 'v.bin'), Buffer.alloc(24, 1)),
      linkSync(join(folder, 'v.bin'), join(folder, 'w.bin'))
    ),
  }),
  beside('no file, but a billion entries of offset', { location: 'w.bin', offset: '0'.repeat(100_000) }, refused(/./)),
  // The file itself.
  {
    name: 'a folder named model.onnx',
    file,
    files: (folder) => mkdirSync(join(folder, file)),
    command: () => ['inspect', file],
    outcome: refused(/contains no ONNX file/),
  },
  {
    name: 'a pipe named model.onnx',
    file,
    files: (folder) => pipe(join(folder, file)),
    command: () => ['inspect', file],
    outcome: refused(/cannot be read|pipe/),
  },
  {
    name: 'a link to /dev/zero named model.onnx',
    file,
    files: (folder) => symlinkSync('/dev/zero', join(folder, file)),
    command: () => ['inspect', file],
    outcome: refused(/cannot be read|device/),
  },
  {
    name: 'a broken link named model.onnx',
    file,
    files: (folder) => symlinkSync('nowhere', join(folder, file)),
    command: () => ['inspect', file],
    outcome: refused(/does not exist/),
  },
  {
    name: 'a model of a terabyte',
    file,
    files: (folder) => (writeFileSync(join(folder, file), ''), truncateSync(join(folder, file), 2 ** 40)),
    command: () => ['inspect', file],
    outcome: refused(/2 GiB/),
  },
  {
    name: 'a model of a gigabyte of zeros',
    file,
    files: (folder) => (writeFileSync(join(folder, file), ''), truncateSync(join(folder, file), 2 ** 30)),
    command: () => ['inspect', file],
    outcome: refused(damaged),
    // The file is read and held once.
    budget: { bytes: 2 ** 30 + 2 ** 27 },
    peak: 2 ** 30 + 2 ** 28,
  },
  ...['inspect', 'doctor'].flatMap((command) => [
    {
      name: `${command} of a function bomb`,
      file,
      files: (/** @type {string} */ folder) => writeFileSync(join(folder, file), functionBomb(30)),
      command: () => [command, file],
      outcome: leftOut(tooMuch),
    },
    {
      name: `${command} of a constant bomb`,
      file,
      files: (/** @type {string} */ folder) =>
        writeFileSync(
          join(folder, file),
          summed(['Expand', ['k', 's'], ['e']], { k: floats([1], [1]), s: longs([2 ** 30]) }),
        ),
      command: () => [command, file],
      outcome: leftOut(tooMuch),
    },
    {
      name: `${command} of weights outside of the folder`,
      file,
      files: (/** @type {string} */ folder) =>
        writeFileSync(join(folder, file), external({ location: '../elsewhere/secret.txt' })),
      command: () => [command, file],
      outcome: refused(/outside|inside/),
    },
  ]),
  {
    name: 'Ctrl+C while a network of 5,000 layers is trained',
    files: (folder) =>
      writeFileSync(
        join(folder, file),
        smallNetwork({
          nodes: [
            ['Conv', ['image', 'stem.weight'], ['h0'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
            ...Array.from({ length: 5000 }, (_, i) => /** @type {const} */ (['Relu', [`h${i}`], [`h${i + 1}`]])),
            ['GlobalAveragePool', ['h5000'], ['pooled']],
            ['Flatten', ['pooled'], ['scores']],
          ],
        }),
      ),
    command: (_, { data }) => [
      'finetune',
      '--model',
      file,
      '--data',
      data,
      '--out',
      'run',
      '--mean',
      '0.5',
      '--std',
      '0.5',
      '--size',
      '16',
      '--cut',
      'pooled',
      '--unfreeze',
      'all',
      '--epochs',
      '1000',
    ],
    writes: 'run',
    interrupt: 'training',
    outcome: works(),
  },
];
