// @ts-check
// Graphs that are valid or nearly valid, and easy to read wrong: each must give what ONNX says, or be refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importOnnx, inspectModel, readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import { buildModel, floats, longs, subgraph } from '@graft/onnx/suite';
import { tensor } from '@graft/tensor';
import { refused, works } from '../case.mjs';
import { bytes, graph, message, model, node, number } from '../wire.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('@graft/onnx/suite').ModelSketch} Sketch */

/** The results for an input of −1, 0 and 2. @param {string} name @param {Partial<Sketch> & Pick<Sketch, 'nodes'> | (() => Uint8Array)} sketch @param {readonly number[] | RegExp} expected numbers, or why it is refused @returns {Case} */
const one = (name, sketch, expected) => ({
  name,
  file: 'model.onnx',
  files: (folder) =>
    writeFileSync(
      join(folder, 'model.onnx'),
      typeof sketch === 'function'
        ? sketch()
        : buildModel({ inputs: { x: { shape: [1, 3] } }, outputs: ['y'], ...sketch }),
    ),
  async read(folder) {
    const file = readModel(await readOnnx(join(folder, 'model.onnx')));
    const { problem } = inspectModel(file);
    if (problem) throw new Error(problem);
    const network = importOnnx(file);
    const name = network.inputs[0] ?? '';
    const result = network.call(new Map([[name, tensor([[-1, 0, 2]])]])).get(network.outputs[0] ?? '');
    return Array.from(/** @type {Iterable<number>} */ (await result?.array()), (value) =>
      Number(value.toFixed(4)),
    ).join(' ');
  },
  outcome: expected instanceof RegExp ? refused(expected) : works(new RegExp(`^${expected.join(' ')}$`)),
});
const yes = { shape: [], dtype: /** @type {const} */ ('bool'), data: Uint8Array.of(1) };
const two = { k: floats([], [2]), c: yes };
/** @param {Sketch['nodes']} nodes @param {string[]} outputs @param {Partial<import('@graft/onnx/suite').GraphSketch>} [more] */
const branch = (nodes, outputs, more = {}) => subgraph({ inputs: {}, nodes, outputs, ...more });
/** A function of one node. @param {string} name @param {Sketch['nodes'][number]} made */
const own = (name, made) => ({
  domains: { own: 1 },
  functions: [{ domain: 'own', name, inputs: ['a'], outputs: ['b'], nodes: [made] }],
});
const text = (/** @type {string} */ name, /** @type {number} */ value) =>
  message(bytes(1, name), Buffer.from([0x15]), Buffer.from(new Float32Array([value]).buffer), number(20, 1));

/** @type {readonly Case[]} */
export const graphs = [
  one(
    'a branch whose weight hides one of the graph',
    {
      constants: two,
      nodes: [
        [
          'If',
          ['c'],
          ['b'],
          {
            then_branch: branch([['Add', ['x', 'k'], ['t']]], ['t'], { constants: { k: floats([], [100]) } }),
            else_branch: branch([['Neg', ['x'], ['t']]], ['t']),
          },
        ],
        ['Mul', ['b', 'k'], ['y']],
      ],
    },
    [198, 200, 204],
  ),
  one(
    'two branches whose results have the name of the whole',
    {
      constants: two,
      nodes: [
        [
          'If',
          ['c'],
          ['y'],
          { then_branch: branch([['Neg', ['x'], ['y']]], ['y']), else_branch: branch([['Abs', ['x'], ['y']]], ['y']) },
        ],
      ],
    },
    [1, -0, -2].map((value) => (Object.is(value, -0) ? 0 : value)),
  ),
  one(
    'a loop whose counter hides the input',
    {
      constants: { c: yes, m: longs([3], []) },
      nodes: [
        [
          'Loop',
          ['m', 'c', 'x'],
          ['y'],
          {
            body: subgraph({
              inputs: { x: { dtype: 'int64', shape: [] }, g: { dtype: 'bool', shape: [] }, s: {} },
              outputs: ['o', 't'],
              nodes: [
                ['Identity', ['g'], ['o']],
                ['Cast', ['x'], ['f'], { to: 1 }],
                ['Add', ['s', 'f'], ['t']],
              ],
            }),
          },
        ],
      ],
    },
    [2, 3, 5],
  ),
  one(
    'bounds in the wrong order',
    { constants: { a: floats([], [1]), b: floats([], [-1]) }, nodes: [['Clip', ['x', 'a', 'b'], ['y']]] },
    [-1, -1, -1],
  ),
  ...[-3, 3, 2 ** 40].map((axis) =>
    one(`Flatten at axis ${axis}`, { nodes: [['Flatten', ['x'], ['y'], { axis }]] }, /axis/),
  ),
  ...[-3, 2, 2 ** 40].map((axis) =>
    one(`Softmax at axis ${axis}`, { nodes: [['Softmax', ['x'], ['y'], { axis }]] }, /axis|dimension/i),
  ),
  one(
    'an attribute twice',
    () => {
      const attributes = [text('alpha', 0.5), text('alpha', 0.25)];
      return model({ nodes: [node('LeakyRelu', { inputs: ['x'], outputs: ['y'], attributes })] });
    },
    /two attributes named "alpha"/,
  ),
  one(
    'sparse weights',
    () => model(message(graph({ nodes: [node('Relu', { inputs: ['x'], outputs: ['y'] })] }), bytes(15, ''))),
    /sparse/,
  ),
  one(
    'a value made twice',
    {
      nodes: [
        ['Neg', ['x'], ['y']],
        ['Abs', ['x'], ['y']],
      ],
    },
    /"y"/,
  ),
  one(
    'a node that makes a weight',
    {
      constants: two,
      nodes: [
        ['Neg', ['x'], ['k']],
        ['Add', ['x', 'k'], ['y']],
      ],
    },
    /"k"/,
  ),
  one(
    'scales of 0',
    {
      constants: { s: floats([], [0]) },
      nodes: [
        ['QuantizeLinear', ['x', 's'], ['q']],
        ['DequantizeLinear', ['q', 's'], ['y']],
      ],
    },
    [0, 0, 0],
  ),
  ...['__proto__', 'constructor', 'toString', 'then', 'hasOwnProperty'].flatMap((name) => [
    one(
      `a value named ${name}`,
      {
        nodes: [
          ['Neg', ['x'], [name]],
          ['Sub', ['x', name], ['y']],
        ],
      },
      [-2, 0, 4],
    ),
    one(`an output named ${name}`, { outputs: [name], nodes: [['Abs', ['x'], [name]]] }, [1, 0, 2]),
    one(
      `an input named ${name}`,
      { inputs: Object.fromEntries([[name, { shape: [1, 3] }]]), nodes: [['Abs', [name], ['y']]] },
      [1, 0, 2],
    ),
    one(
      `a function named ${name}`,
      { ...own(name, ['Abs', ['a'], ['b']]), nodes: [[`own.${name}`, ['x'], ['y']]] },
      [1, 0, 2],
    ),
    one(`an operator named ${name}`, { nodes: [[name, ['x'], ['y']]] }, /operator|supported/),
  ]),
];
