import { encodeSafetensors } from '@graft/layers';
import { createApp } from '@graft/plugin';
import { type HostArray, integers, narrow, sizeOf, type Tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { checkpointOf, dict, pickleOf, tensor, text } from '../../../../tools/testing/pickle.mjs';
import { goldenBert, goldenNetwork, type GoldenNetwork, weightsOf } from '../../test/golden-networks.ts';
import zoo, { architecture, loadPretrained, readWeights } from '../index.ts';

const app = await createApp([zoo]);

const renamed = (weights: Map<string, HostArray>, rename: (name: string) => string): Map<string, HostArray> =>
  new Map([...weights].map(([name, value]) => [rename(name), value]));
const one = (...shape: number[]): HostArray => ({ dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) });
const load = (name: string, weights: ReadonlyMap<string, HostArray>): ReturnType<typeof loadPretrained> =>
  loadPretrained(app.get(architecture, name), weights, { name: 'x.pth' });
const weights = (library: GoldenNetwork['library'], name: string): Map<string, HostArray> =>
  weightsOf(goldenNetwork(library, name));
const squeezeNet = weights('torchvision', 'squeezeNet1_1');

test.each(['', 'bert.', '0.auto_model.'])('a BERT of transformers, its names after "%s"', async (prefix) => {
  const given = renamed(weightsOf(goldenBert), (name) =>
    (prefix + name).replace('0.LayerNorm.weight', '0.LayerNorm.gamma').replace('0.LayerNorm.bias', '0.LayerNorm.beta'),
  ).set(`${prefix}embeddings.position_ids`, one(1, 16));
  const { module, notes } = await load('bert', given);
  expect(notes).toEqual([
    ...(prefix ? [`"x.pth": the prefix "${prefix}" of its names is left out.`] : []),
    '"x.pth": left out tensors that bert does not have: pooler.dense.weight, pooler.dense.bias.',
  ]);
  const ids = Array.from({ length: 14 }, (_, i) => (i * 3) % 60);
  const input = (values: readonly number[]): Tensor => integers([...values], [2, 7]);
  const hidden = module.forward({
    input_ids: input(ids),
    attention_mask: input(ids.map((_, i) => Number(i < 11))),
    token_type_ids: input(ids.map((id) => id % 2)),
  });
  const found = [0, 1].map((row) =>
    [0, 1, 2, 3].map((token) => narrow(narrow(narrow(hidden, 0, row, 1), 1, token, 1), 2, 0, 6).numbers()),
  );
  expectClose(found.flat(2), goldenBert.hidden.flat(2), 1e-4, 'bert', 4);
});
test('an EfficientNet-Lite0 by the names of efficientnet-pytorch', async () => {
  const blocks = [1, 2, 2, 3, 3, 4, 1].flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => `blocks.${stage}.${i}.`),
  );
  const parts = {
    first: { conv_dw: '_depthwise_conv', bn1: '_bn1', conv_pw: '_project_conv', bn2: '_bn2' },
    others: {
      conv_pw: '_expand_conv',
      bn1: '_bn0',
      conv_dw: '_depthwise_conv',
      bn2: '_bn1',
      conv_pwl: '_project_conv',
      bn3: '_bn2',
    },
  };
  const outside = { conv_stem: '_conv_stem', bn1: '_bn0', conv_head: '_conv_head', bn2: '_bn1', classifier: '_fc' };
  const older = (name: string): string => {
    const block = blocks.findIndex((start) => name.startsWith(start));
    const [part, ...rest] = name.slice(blocks[block]?.length ?? 0).split('.') as [string, ...string[]];
    const names: Readonly<Record<string, string>> = block < 0 ? outside : block === 0 ? parts.first : parts.others;
    return [...(block < 0 ? [] : ['_blocks', block]), names[part], ...rest].join('.');
  };
  const given = renamed(weights('timm', 'efficientNetLite0'), older);
  expect([...given.keys()]).toContain('_blocks.15._project_conv.weight');
  const { module, notes } = await load('efficientNetLite0', given);
  expect(notes).toEqual([]);
  const own = new Map(module.parameters());
  for (const [name, { data }] of weights('timm', 'efficientNetLite0'))
    expect([
      name,
      own
        .get(name)!
        .value.numbers()
        .every((value, i) => value === data[i]),
    ]).toEqual([name, true]);
});
test.each(['module.', 'model.', '_orig_mod.', 'model.module.', 'model._orig_mod.backbone.'])(
  'the prefix %s is removed, and it is said',
  async (prefix) => {
    const others = [['loss.weight', one(2)]] as const;
    const { module, notes } = await load(
      'squeezeNet1_1',
      new Map([...renamed(squeezeNet, (name) => prefix + name), ...others]),
    );
    expect(notes).toEqual([
      `"x.pth": the prefix "${prefix}" of its names is left out.`,
      '"x.pth": left out tensors that squeezeNet1_1 does not have: loss.weight.',
    ]);
    const first = [...module.parameters()][0]![1].value.numbers();
    expect(first).toEqual([...squeezeNet.get('features.0.weight')!.data]);
  },
);
test('averaged weights of a training program, whose names have a prefix, are those of the network', async () => {
  const averaged = weights('timm', 'regNetY400mf');
  const stored = [...averaged].map(([name, { shape }], i) => {
    const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    return [text(`module.${name}`), tensor({ key: String(i), length: sizeOf(shape), shape, strides })] as const;
  });
  const file = checkpointOf(
    pickleOf(
      dict(
        [text('state_dict'), dict([text('module.stem.conv.weight'), stored[0]![1]])],
        [text('state_dict_ema'), dict(...stored)],
      ),
    ),
    Object.fromEntries([...averaged.values()].map(({ data }, i) => [i, new Uint8Array(data.buffer as ArrayBuffer)])),
  );
  const read = readWeights(file, 'x.pth');
  const { module, notes } = await load('regNetY400mf', read.tensors);
  expect([...read.notes, ...notes]).toEqual([
    '"x.pth": the weights are those of "state_dict_ema", not of "state_dict".',
    '"x.pth": the prefix "module." of its names is left out.',
  ]);
  const own = new Map(module.parameters());
  expect(own.size).toBe(averaged.size);
  for (const [name, place] of [
    ['stem.conv.weight', 'stem.0.weight'],
    ['s3.b6.conv2.bn.running_var', 'trunk_output.block3.block3-5.f.b.1.running_var'],
    ['s4.b1.downsample.conv.weight', 'trunk_output.block4.block4-0.proj.0.weight'],
    ['head.fc.bias', 'fc.bias'],
  ] as const)
    expect(own.get(place)!.value.numbers()).toEqual([...averaged.get(name)!.data]);
});
test('queries, keys and values in one tensor are its rows, one after another', async () => {
  const given = weights('timm', 'dinoV2Small');
  const found = app.get(architecture, 'dinoV2Small');
  const { module } = await loadPretrained(found, given, { name: 'x.pth' });
  const own = new Map(module.parameters());
  const rows = given.get('blocks.1.attn.qkv.bias')!.data;
  for (const [i, part] of ['query', 'key', 'value'].entries())
    expect(own.get(`encoder.layer.1.attention.attention.${part}.bias`)!.value.numbers()).toEqual(
      Array.from(rows.slice(384 * i, 384 * (i + 1)), Number),
    );
  const uneven = new Map(given).set('blocks.1.attn.qkv.bias', one(1000));
  await expect(loadPretrained(found, uneven, { name: 'x.pth' })).rejects.toThrow(
    '"x.pth": "blocks.1.attn.qkv.bias" holds 3 parameters, but its shape is [1000].',
  );
});
test('only dimensions of 1 at the end of a shape may differ', async () => {
  const given = weights('timm', 'convNextTiny');
  const { module } = await load('convNextTiny', given);
  const scale = new Map(module.parameters()).get('features.1.0.layer_scale')!.value;
  expect(scale.shape).toEqual([96, 1, 1]);
  expect(scale.numbers()).toEqual([...given.get('stages.0.blocks.0.gamma')!.data]);
  await expect(load('convNextTiny', given.set('stages.0.blocks.0.gamma', one(1, 96)))).rejects.toThrow(
    'features.1.0.layer_scale is [1, 96] instead of [96, 1, 1]',
  );
});
test('the classifier may have another number of classes, or be missing', async () => {
  const ten = new Map(squeezeNet).set('classifier.1.weight', one(10, 512, 1, 1)).set('classifier.1.bias', one(10));
  const shape = (module: Awaited<ReturnType<typeof load>>['module']): readonly number[] =>
    new Map(module.parameters()).get('classifier.1.weight')!.value.shape;
  expect(shape((await load('squeezeNet1_1', ten)).module)).toEqual([10, 512, 1, 1]);
  const none = new Map([...squeezeNet].filter(([name]) => !name.startsWith('classifier')));
  const { module, notes } = await load('squeezeNet1_1', none);
  expect(shape(module)).toEqual([1000, 512, 1, 1]);
  expect(notes).toEqual(['"x.pth" has no classifier (classifier.1.weight, classifier.1.bias), so it is random.']);
});
test('how many batches batch norms have seen is ignored', async () => {
  const given = weights('torchvision', 'resnet18').set('bn1.num_batches_tracked', one());
  expect((await load('resnet18', given)).notes).toEqual([]);
});
test.each([
  [
    'weights of a deeper network',
    'resnet18',
    () => weights('torchvision', 'resnet34'),
    /^The weights of "x\.pth" do not fit resnet18: 80 tensors are unknown \(layer1\.2\.conv1\.weight, .* and \d+ more\)\./,
  ],
  [
    'weights of a shallower network',
    'resnet34',
    () => weights('torchvision', 'resnet18'),
    /80 of its 182 parameters are missing \(layer1\.2\.conv1\.weight/,
  ],
  [
    'a misspelt name',
    'squeezeNet1_1',
    () => renamed(squeezeNet, (name) => name.replace('features.0.weight', 'features.0.weigth')),
    /1 of its 52 parameters are missing \(features\.0\.weight\); 1 tensors are unknown \(features\.0\.weigth\)\. Did you mean "features\.0\.weigth"\?/,
  ],
  [
    'another shape',
    'squeezeNet1_1',
    () => new Map(squeezeNet).set('features.0.weight', one(64, 1, 3, 3)),
    /1 tensors have other shapes \(features\.0\.weight is \[64, 1, 3, 3\] instead of \[64, 3, 3, 3\]\)/,
  ],
  [
    'another network',
    'squeezeNet1_1',
    () => weights('timm', 'visionTransformer'),
    /52 of its 52 parameters|50 of its 52 parameters/,
  ],
  [
    'half a classifier',
    'squeezeNet1_1',
    () => new Map([...squeezeNet].filter(([name]) => name !== 'classifier.1.bias')),
    /1 of its 52 parameters are missing \(classifier\.1\.bias\)/,
  ],
  [
    'two names of one parameter',
    'squeezeNet1_1',
    () => new Map([...squeezeNet, ...renamed(squeezeNet, (name) => `module.${name}`)]),
    /two tensors for the parameter "features\.0\.weight"/,
  ],
  [
    'a vision transformer of unknown heads',
    'visionTransformer',
    () =>
      new Map([
        ['class_token', one(1, 1, 100)],
        ['conv_proj.weight', one(100, 3, 8, 8)],
        ['encoder.pos_embedding', one(1, 65, 100)],
        ['encoder.layers.encoder_layer_0.mlp.0.weight', one(200, 100)],
      ]),
    /100 features, whose number of heads is not known/,
  ],
] as const)('%s are rejected', async (_, name, given, reason) => {
  await expect(load(name, given())).rejects.toThrow(reason);
});
test('weights are read from safetensors and from checkpoints', () => {
  const given = new Map([['a', one(2)]]);
  expect([...readWeights(encodeSafetensors(given), 'x.safetensors').tensors]).toEqual([...given]);
  expect(() => readWeights(new TextEncoder().encode('hello, world'), 'x.pth')).toThrow(
    '"x.pth" is not a PyTorch checkpoint',
  );
});
