// @ts-check
import onnxProto from 'onnx-proto';

const { ModelProto, GraphProto } = onnxProto.onnx;

/** @typedef {(below: number) => number} Pick an integer from 0 to below */
/** @typedef {onnxProto.onnx.ModelProto} Model */

/** Seeded random numbers, the same on every machine (mulberry32). @param {number} seed @returns {Pick} */
export function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Damages a model file, and says how. @param {Uint8Array} bytes @param {readonly Uint8Array[]} others to take parts from @param {Pick} pick */
export function damaged(bytes, others, pick) {
  const names = Object.keys(pick(3) === 0 ? inBytes : inModel);
  const kind = /** @type {string} */ (names[pick(names.length)]);
  const change = inBytes[kind];
  if (change) return { kind, bytes: change(bytes, others, pick) };
  const model = ModelProto.decode(bytes);
  for (let i = 0; i <= pick(2); i++) inModel[kind]?.(/** @type {Model} */ (model), pick, others);
  return { kind, bytes: ModelProto.encode(model).finish() };
}

/** @template T @param {readonly T[] | null | undefined} list @param {Pick} pick @returns {T | undefined} */
const one = (list, pick) => (list?.length ? list[pick(list.length)] : undefined);
const absurd = [
  -1,
  0,
  1,
  2,
  3,
  7,
  255,
  65_536,
  1e6,
  1e9,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  -2,
  -1e9,
  -(2 ** 31),
  -(2 ** 53),
];
/** @param {Pick} pick */
const absurdOne = (pick) => /** @type {number} */ (one(absurd, pick));

/** @type {Record<string, (bytes: Uint8Array, others: readonly Uint8Array[], pick: Pick) => Uint8Array>} */
const inBytes = {
  'bits changed': (bytes, _, pick) => {
    const copy = bytes.slice();
    for (let i = 0; i <= pick(8); i++) {
      const at = pick(copy.length);
      copy[at] = /** @type {number} */ (copy[at]) ^ (1 << pick(8));
    }
    return copy;
  },
  'bytes changed at the front': (bytes, _, pick) => {
    const copy = bytes.slice();
    for (let i = 0; i <= pick(4); i++) copy[pick(Math.min(200, copy.length))] = pick(256);
    return copy;
  },
  'cut off': (bytes, _, pick) => bytes.slice(0, pick(bytes.length)),
  'a part twice': (bytes, _, pick) => {
    const from = pick(bytes.length);
    return spliced(bytes, pick(bytes.length), bytes.subarray(from, from + 1 + pick(200)), 0);
  },
  'a part missing': (bytes, _, pick) => spliced(bytes, pick(bytes.length), new Uint8Array(), 1 + pick(64)),
  'a part of another file': (bytes, others, pick) => {
    const other = /** @type {Uint8Array} */ (one(others, pick));
    const from = pick(other.length);
    return spliced(bytes, pick(bytes.length), other.subarray(from, from + 1 + pick(300)), pick(100));
  },
};

/** @param {Uint8Array} bytes @param {number} at @param {Uint8Array} part @param {number} instead number of bytes to replace */
function spliced(bytes, at, part, instead) {
  const end = Math.min(bytes.length, at + instead);
  const made = new Uint8Array(at + part.length + bytes.length - end);
  made.set(bytes.subarray(0, at));
  made.set(part, at);
  made.set(bytes.subarray(end), at + part.length);
  return made;
}

/** The nodes of a model, including those of functions and subgraphs. @param {Model} model */
function nodesOf(model) {
  /** @type {onnxProto.onnx.INodeProto[]} */
  const found = [];
  const walk = (/** @type {readonly onnxProto.onnx.INodeProto[]} */ nodes) => {
    for (const node of nodes) {
      found.push(node);
      for (const { g } of node.attribute ?? []) if (g) walk(g.node ?? []);
    }
  };
  walk(model.graph?.node ?? []);
  for (const { node } of model.functions ?? []) walk(node ?? []);
  return found;
}
/** Tensors: initializers, and attributes of nodes. @param {Model} model */
const tensorsOf = (model) => [
  ...(model.graph?.initializer ?? []),
  ...nodesOf(model).flatMap((node) => (node.attribute ?? []).flatMap(({ t }) => (t ? [t] : []))),
];
/** @param {Model} model */
const namesIn = (model) => [
  ...nodesOf(model).flatMap((node) => [...(node.input ?? []), ...(node.output ?? [])]),
  ...(model.graph?.initializer ?? []).map(({ name }) => name ?? ''),
  '',
];

/** @type {Record<string, (model: Model, pick: Pick, others: readonly Uint8Array[]) => void>} */
const inModel = {
  'absurd dimensions of a tensor': (model, pick) => {
    const tensor = one(tensorsOf(model), pick);
    if (tensor) tensor.dims = Array.from({ length: pick(6) }, () => absurdOne(pick));
  },
  'one absurd dimension': (model, pick) => {
    const tensor = one(
      tensorsOf(model).filter(({ dims }) => dims?.length),
      pick,
    );
    if (tensor?.dims) tensor.dims[pick(tensor.dims.length)] = absurdOne(pick);
  },
  'another shape, with values to fit': (model, pick) => {
    const tensor = one(tensorsOf(model), pick);
    if (!tensor) return;
    tensor.dims = Array.from({ length: pick(5) }, () => pick(5));
    tensor.rawData = new Uint8Array(
      8 * tensor.dims.reduce((/** @type {number} */ size, dim) => size * Number(dim), 1),
    ).map(() => pick(256));
    if (pick(2)) tensor.rawData = tensor.rawData.subarray(0, tensor.rawData.length / 2);
  },
  'another dtype': (model, pick) => {
    const tensor = one(tensorsOf(model), pick);
    if (tensor) tensor.dataType = pick(30) - 2;
  },
  'values of another length': (model, pick) => {
    const tensor = one(
      tensorsOf(model).filter(({ rawData }) => rawData?.length),
      pick,
    );
    if (tensor?.rawData)
      tensor.rawData = pick(2) ? tensor.rawData.subarray(0, pick(tensor.rawData.length)) : new Uint8Array(pick(1e5));
  },
  'integers of a tensor absurd': (model, pick) => {
    const tensor = one(
      tensorsOf(model).filter(({ dataType }) => dataType === 7),
      pick,
    );
    if (!tensor) return;
    const count = Math.max(
      1,
      (tensor.dims ?? []).reduce((/** @type {number} */ size, dim) => size * Number(dim), 1),
    );
    tensor.int64Data = [];
    tensor.rawData = new Uint8Array(
      BigInt64Array.from({ length: Math.min(count, 1000) }, () => BigInt(absurdOne(pick))).buffer,
    );
  },
  'values in a file elsewhere': (model, pick) => {
    const tensor = one(tensorsOf(model), pick);
    if (!tensor) return;
    tensor.rawData = new Uint8Array();
    tensor.dataLocation = 1;
    const location =
      one(
        [
          '../../etc/passwd',
          '/etc/passwd',
          'C:\\x',
          '..\\x',
          '',
          '.',
          'weights.bin',
          'weights.bin\0',
          'a/../../b',
          '//host/x',
          'weights.bin/../../x',
          '%2e%2e/x',
          '\u2024\u2024/x',
        ],
        pick,
      ) ?? '';
    tensor.externalData = [
      { key: 'location', value: location },
      { key: 'offset', value: String(absurdOne(pick)) },
      {
        key: 'length',
        value: one(['', '-1', '1e9', '0x10', String(absurdOne(pick)), '99999999999999999999'], pick) ?? '',
      },
    ];
  },
  'values nowhere': (model, pick) => {
    const tensor = one(tensorsOf(model), pick);
    if (tensor) Object.assign(tensor, { rawData: undefined, floatData: [], int64Data: [], int32Data: [] });
  },
  'a name taken twice': (model, pick) => {
    const [to, from] = [one(nodesOf(model), pick), one(nodesOf(model), pick)];
    if (to?.output && from?.output) to.output[pick(to.output.length || 1)] = from.output[0] ?? '';
  },
  'an input from anywhere': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (node?.input) node.input[pick(node.input.length + 1)] = one(namesIn(model), pick) ?? '';
  },
  'a cycle': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (node?.input?.length && node.output?.length) node.input[pick(node.input.length)] = node.output[0] ?? '';
  },
  'fewer or more inputs': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (!node?.input) return;
    if (pick(2)) node.input.splice(pick(node.input.length + 1), 1 + pick(2));
    else for (let i = 0; i <= pick(4); i++) node.input.push(one(namesIn(model), pick) ?? '');
  },
  'fewer or more outputs': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (!node?.output) return;
    if (pick(2)) node.output.splice(pick(node.output.length + 1), 1);
    else node.output.push(`more${pick(100)}`);
  },
  'another operator': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (node) node.opType = one([...nodesOf(model).map((other) => other.opType ?? ''), ...operators], pick) ?? '';
  },
  'an absurd number in an attribute': (model, pick) => {
    const attribute = one(
      nodesOf(model).flatMap((node) => node.attribute ?? []),
      pick,
    );
    if (!attribute) return;
    if (attribute.ints?.length) attribute.ints[pick(attribute.ints.length)] = absurdOne(pick);
    else if (attribute.floats?.length)
      attribute.floats[pick(attribute.floats.length)] =
        one([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e30, 0], pick) ?? 0;
    else if (attribute.type === 2) attribute.i = absurdOne(pick);
    else if (attribute.type === 1) attribute.f = one([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e30, 0], pick) ?? 0;
    else if (attribute.type === 3)
      attribute.s = new TextEncoder().encode(
        one(['', 'NOTSET', 'SAME_UPPER', 'cubic', '...ii,jj->', 'ij,jk,kl,lm->im', '\0'], pick) ?? '',
      );
  },
  'fewer or more numbers in an attribute': (model, pick) => {
    const attribute = one(
      nodesOf(model)
        .flatMap((node) => node.attribute ?? [])
        .filter(({ ints }) => ints?.length),
      pick,
    );
    if (attribute?.ints)
      attribute.ints = Array.from({ length: pick(9) }, (_, i) => attribute.ints?.[i] ?? absurdOne(pick));
  },
  'an attribute of another type': (model, pick) => {
    const attribute = one(
      nodesOf(model).flatMap((node) => node.attribute ?? []),
      pick,
    );
    if (attribute) attribute.type = pick(16);
  },
  'an attribute missing': (model, pick) => {
    const node = one(
      nodesOf(model).filter(({ attribute }) => attribute?.length),
      pick,
    );
    node?.attribute?.splice(pick(node.attribute.length), 1);
  },
  'an attribute of another node': (model, pick) => {
    // From a copy, because a graph could otherwise contain itself.
    const copy = /** @type {Model} */ (ModelProto.decode(ModelProto.encode(model).finish()));
    const [to, from] = [
      one(nodesOf(model), pick),
      one(
        nodesOf(copy).filter(({ attribute }) => attribute?.length),
        pick,
      ),
    ];
    if (to && from) to.attribute = [...(to.attribute ?? []), .../** @type {[]} */ (from.attribute ?? [])];
  },
  'another operator set': (model, pick) => {
    for (const opset of model.opsetImport)
      if (pick(2)) opset.version = one([0, -1, 1, 5, 7, 9, 11, 13, 18, 21, 24, 999, 2 ** 53], pick) ?? 1;
    if (pick(4) === 0)
      model.opsetImport.push({
        domain: one(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'], pick) ?? '',
        version: absurdOne(pick),
      });
    if (pick(8) === 0) model.opsetImport = [];
  },
  'an input of the graph of another kind': (model, pick) => {
    const port = one([...(model.graph?.input ?? []), ...(model.graph?.output ?? [])], pick);
    const tensor = port?.type?.tensorType;
    if (!port) return;
    if (!tensor || pick(6) === 0)
      port.type = pick(2) ? null : { sequenceType: { elemType: { tensorType: { elemType: 1 } } } };
    else if (pick(3) === 0) tensor.elemType = pick(26) - 1;
    else if (pick(4) === 0) tensor.shape = null;
    else
      tensor.shape = {
        dim: Array.from({ length: pick(6) }, () =>
          pick(3) ? { dimValue: pick(4) ? 1 + pick(9) : absurdOne(pick) } : { dimParam: 'N' },
        ),
      };
  },
  'ends that are others': (model, pick) => {
    const port = one([...(model.graph?.input ?? []), ...(model.graph?.output ?? [])], pick);
    if (port) port.name = one(namesIn(model), pick) ?? '';
  },
  'nodes in another order, or missing': (model, pick) => {
    const nodes = model.graph?.node;
    if (!nodes?.length) return;
    const [node] = nodes.splice(pick(nodes.length), 1);
    if (pick(2) && node) nodes.splice(pick(nodes.length + 1), 0, node);
  },
  'a node twice': (model, pick) => {
    const node = one(model.graph?.node, pick);
    if (node)
      model.graph?.node?.push({ ...node, output: (node.output ?? []).map((name) => (pick(2) ? name : `${name}'`)) });
  },
  'graphs deep inside each other': (model, pick) => {
    if (!model.graph) return;
    const outputs = model.graph.output ?? [];
    const depth = one([3, 20, 30, 200], pick) ?? 3;
    for (let i = 0; i < depth; i++) {
      const branch = GraphProto.create({ name: 'b', node: model.graph.node ?? [], output: outputs });
      const flag = { name: `c${i}`, dataType: 9, dims: [], int32Data: [1] };
      model.graph.node = [
        {
          opType: 'If',
          input: [`c${i}`],
          output: outputs.map(({ name }) => name ?? ''),
          attribute: [
            { name: 'then_branch', type: 5, g: branch },
            { name: 'else_branch', type: 5, g: branch },
          ].slice(0, depth > 3 ? 1 : 2),
        },
      ];
      model.graph.initializer = [...(model.graph.initializer ?? []), flag];
      if (depth > 3 && i > 6) branch.node = branch.node?.slice(0, 1) ?? [];
    }
  },
  'a loop of absurd length': (model, pick) => {
    const outputs = model.graph?.output ?? [];
    if (!model.graph || !outputs[0]) return;
    const body = GraphProto.create({
      name: 'body',
      node: [
        { opType: 'Identity', input: ['more'], output: ['again'] },
        {
          opType: pick(2) ? 'Identity' : 'Concat',
          input: pick(2) ? ['state'] : ['state', 'state'],
          output: ['next'],
          attribute: [{ name: 'axis', type: 2, i: 0 }],
        },
      ],
      input: [{ name: 'step' }, { name: 'more' }, { name: 'state' }],
      output: [{ name: 'again' }, { name: 'next' }, ...(pick(2) ? [{ name: 'next' }] : [])],
    });
    model.graph.initializer?.push({
      name: 'count',
      dataType: 7,
      dims: [],
      int64Data: [one([1e9, 2 ** 53, -1, 1e6, 40], pick) ?? 1e9],
    });
    model.graph.node?.push({
      opType: 'Loop',
      input: ['count', '', outputs[0].name ?? ''],
      output: ['looped', 'rows'],
      attribute: [{ name: 'body', type: 5, g: body }],
    });
    outputs[0] = { ...outputs[0], name: 'looped' };
  },
  'a large tensor from small numbers': (model, pick) => {
    const outputs = model.graph?.output ?? [];
    if (!model.graph || !outputs[0]) return;
    model.graph.initializer?.push({
      name: 'sizes',
      dataType: 7,
      dims: [3],
      int64Data: [absurdOne(pick), absurdOne(pick), absurdOne(pick)],
    });
    const last = outputs[0].name ?? '';
    const input = /** @type {string[]} */ (
      one(
        [
          ['ConstantOfShape', 'sizes'],
          ['Expand', last, 'sizes'],
          ['Tile', last, 'sizes'],
          ['Reshape', last, 'sizes'],
          ['OneHot', 'sizes', 'sizes', 'sizes'],
          ['Pad', last, 'sizes'],
          ['Resize', last, '', '', 'sizes'],
          ['Range', 'sizes', 'sizes', 'sizes'],
          ['TopK', last, 'sizes'],
          ['RandomUniform'],
        ],
        pick,
      )
    );
    model.graph.node?.push({
      opType: input[0] ?? '',
      input: input.slice(1),
      output: ['large'],
      ...(input[0] === 'RandomUniform' && {
        attribute: [{ name: 'shape', type: 7, ints: [absurdOne(pick), absurdOne(pick)] }],
      }),
    });
    outputs[0] = { ...outputs[0], name: 'large' };
  },
  'a function that calls itself': (model, pick) => {
    const node = one(nodesOf(model), pick);
    if (!node) return;
    const inputs = (node.input ?? []).map((_, i) => `i${i}`);
    const outputs = (node.output ?? []).map((_, i) => `o${i}`);
    model.functions = [
      ...(model.functions ?? []),
      /** @type {onnxProto.onnx.FunctionProto} */ ({
        name: 'Own',
        domain: 'own',
        input: inputs,
        output: outputs,
        node: Array.from({ length: 1 + pick(3) }, (_, i) => ({
          ...node,
          name: '',
          domain: 'own',
          opType: pick(2) ? 'Own' : (node.opType ?? ''),
          input: inputs,
          output: i ? [`x${i}`] : outputs,
        })),
      }),
    ];
    model.opsetImport.push({ domain: 'own', version: 1 });
    node.domain = 'own';
    node.opType = 'Own';
  },
  'nodes of another model': (model, pick, others) => {
    const other = ModelProto.decode(/** @type {Uint8Array} */ (one(others, pick)));
    const node = one(model.graph?.node, pick);
    const foreign = one(nodesOf(/** @type {Model} */ (other)), pick);
    if (node && foreign)
      Object.assign(node, { opType: foreign.opType, domain: foreign.domain, attribute: foreign.attribute });
  },
};

const operators = [
  'Loop',
  'If',
  'Scan',
  'Reshape',
  'Expand',
  'Tile',
  'Gather',
  'GatherND',
  'ScatterND',
  'Slice',
  'Pad',
  'Resize',
  'Split',
  'Concat',
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'LSTM',
  'GRU',
  'Einsum',
  'TopK',
  'OneHot',
  'Range',
  'Compress',
  'NonZero',
  'Unique',
  'DFT',
  'STFT',
  'RoiAlign',
  'NonMaxSuppression',
  'GridSample',
  'MatMul',
  'Gemm',
  'BatchNormalization',
  'LayerNormalization',
  'SequenceAt',
  'SplitToSequence',
  'SequenceConstruct',
  'OptionalGetElement',
  'StringNormalizer',
  'Cast',
  'QLinearConv',
  'DequantizeLinear',
  'ReduceSum',
  'CumSum',
  'Transpose',
  'Unsqueeze',
  'Squeeze',
  'Trilu',
  'EyeLike',
  'DepthToSpace',
  'SpaceToDepth',
  'MaxUnpool',
  'ReverseSequence',
  'Attention',
  'Upsample',
  'LRN',
  'Shrink',
  'Softmax',
  'Constant',
  'NoSuchOperator',
  '',
];
