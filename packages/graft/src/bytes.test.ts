import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKnownFormat, randomErasing } from '@graft/augment';
import { decodeCrop, sharpDecoder } from '@graft/augment/node';
import { decodeSound, decodeWav, encodeWav, isWav, wavDecoder } from '@graft/audio';
import { createWasmBackend } from '@graft/backend-wasm';
import { arrayDataset, decoded, image, type Image, imageBatch, isZip, tarEntries, ZipArchive } from '@graft/data';
import { readCheckpoint } from '@graft/pytorch';
import { readWeights } from '@graft/zoo';
import { zipOf } from '../../../tools/testing/zip.mjs';
import { decodeSafetensors, encodeSafetensors, Linear, weightsOf } from '@graft/layers';
import {
  adaptOnnxInput,
  dequantizeOnnx,
  diagnoseModel,
  findCut,
  importOnnx,
  inspectModel,
  lastLayerInput,
  type OnnxModel,
  quantizeOnnx,
  readModel,
  resizeOnnxInput,
  widenOnnx,
  withMetadata,
} from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import { buildModel, checkCase, checkGradients, floats, subgraph, writeValue } from '@graft/onnx/testing';
import { memoryStorage, type Storage } from '@graft/storage';
import { Random, tensor, toArray, toNumbers } from '@graft/tensor';
import { fileStorage } from '@graft/storage/node';
import { RunFiles } from '@graft/finetune';
import { EventLog } from '@graft/tensorboard';
import { loadCheckpoint, saveCheckpoint } from '@graft/train';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'graft-bytes-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Bytes within a larger buffer, such as the pool of readFileSync or a part of a file.
const filler = 0xa5;
const inPool = (bytes: Uint8Array, offset: number): Uint8Array<ArrayBuffer> => {
  const pool = new Uint8Array(bytes.length + offset + 64).fill(filler);
  pool.set(bytes, offset);
  return pool;
};
const ways: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['a Buffer in a pool', (bytes) => Buffer.from(inPool(bytes, 8).buffer, 8, bytes.length)],
  ['a Buffer at an odd offset', (bytes) => Buffer.from(inPool(bytes, 13).buffer, 13, bytes.length)],
  ['a view at an odd offset', (bytes) => inPool(bytes, 5).subarray(5, 5 + bytes.length)],
];

/** Serializes a value for comparison: typed arrays by type and values, a Buffer as a Uint8Array. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => {
    if (item !== null && typeof item === 'object' && 'type' in item && item.type === 'Buffer' && 'data' in item)
      return ['Uint8Array', item.data];
    if (ArrayBuffer.isView(item)) {
      const array = item as Uint8Array;
      return [array[Symbol.toStringTag], Array.from(array, String).map(Number)];
    }
    return item instanceof Map ? [...(item as Map<unknown, unknown>)] : typeof item === 'bigint' ? Number(item) : item;
  });

const tensors = encodeSafetensors(
  new Map([
    ['a', { dtype: 'float32' as const, shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ['b', { dtype: 'uint8' as const, shape: [3], data: Uint8Array.of(7, 8, 9) }],
    ['c', { dtype: 'int64' as const, shape: [1], data: BigInt64Array.of(-5n) }],
  ]),
  { origin: 'a test' },
);
const model = buildModel({
  inputs: { x: { shape: ['n', 3, 4, 4] } },
  outputs: ['y'],
  constants: { w: floats([2, 3, 3, 3], (i) => Math.sin(i)), b: floats([2], [1, -1]) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }],
    ['Relu', ['c'], ['r']],
    ['GlobalAveragePool', ['r'], ['p']],
    ['Flatten', ['p'], ['y']],
  ],
});
const input = tensor(
  Float32Array.from({ length: 96 }, (_, i) => Math.cos(i)),
  { shape: [2, 3, 4, 4] },
);
const calibration = [{ shape: [2, 3, 4, 4], dtype: 'float32' as const, data: input.arraySync() }];
const weightsAndResult = async (net: OnnxModel): Promise<unknown> => [
  await weightsOf(net),
  net.forward(input).arraySync(),
];
const branches = { inputs: {}, outputs: ['t'], nodes: [['Neg', ['x'], ['t']]] } as const;
/** 5×3 RGB pixels. */
const wav = encodeWav({ samples: Float32Array.from({ length: 33 }, (_, i) => Math.sin(i * i)), rate: 8000 });
const png = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAOElEQVR4nGNgYOcTlVHWMrSwd/MNiU5i0NA3s3XxDopMSM8rrWnuYggIj0vNKa5q7OifNnfJ6k0AFb8PpvvDiakAAAAASUVORK5CYII=',
    'base64',
  ),
);
const pixels = Uint8Array.from({ length: 48 }, (_, i) => 5 * i);
const values = (shape: readonly number[], count: number): Uint8Array =>
  writeValue({ dtype: 'float32', shape, data: Float32Array.from({ length: count }, (_, i) => i - 2) });
const negating = buildModel({ inputs: { x: { shape: [2, 2] } }, outputs: ['y'], nodes: [['Neg', ['x'], ['y']]] });

/** A tar archive with one file, `a.bin`. */
const tar = (() => {
  const bytes = new Uint8Array(4 * 512);
  const put = (text: string, at: number): void => bytes.set(new TextEncoder().encode(text), at);
  put('a.bin', 0);
  put('00000000003\0', 124);
  put('0', 156);
  put('        ', 148);
  put(
    `${bytes
      .slice(0, 512)
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  bytes.set([1, 2, 3], 512);
  return bytes;
})();
const collected = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const backend = await createWasmBackend();
/** (module (import "env" "memory" (memory 16 65536 shared))) */
const wasm = new Uint8Array(Buffer.from('AGFzbQEAAAACEgEDZW52Bm1lbW9yeQIDEICABA==', 'base64'));

/** Writes bytes to a storage, overwrites the caller's buffer, and reads them back. */
async function throughStorage(storage: Storage, bytes: Uint8Array): Promise<unknown> {
  const given = bytes.buffer.byteLength === bytes.length ? new Uint8Array(bytes) : bytes;
  const before = new Uint8Array(given);
  await storage.write('a.bin', given);
  given.fill(1);
  const result = new Uint8Array(await storage.read('a.bin'));
  given.set(before);
  return result;
}

/** A storage that reads into a pool, like Node. */
const pooled = (storage: Storage, way: (bytes: Uint8Array) => Uint8Array): Storage => ({
  ...storage,
  read: async (path) => way(await storage.read(path)),
});

/** A zip archive of one stored file. */
const archive = new Uint8Array(zipOf([{ name: 'data', content: Uint8Array.of(1, 2, 3) }]));
/** torch.save({'scale': torch.tensor([1., 2.])}, 'scale.pth', _use_new_zipfile_serialization=False) */
const checkpoint = new Uint8Array(
  Buffer.from(
    /`([^`]+)`/.exec(
      readFileSync(new URL('../../pytorch/README.md', import.meta.url), 'utf8').split('const file = ')[1]!,
    )![1]!,
    'base64',
  ),
);

interface Row {
  /** Page and name in docs/api. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly use: (bytes: Uint8Array) => unknown;
}
const row = (name: string, bytes: Uint8Array, use: Row['use']): Row => ({ name, bytes, use });

const quantised = buildModel({
  inputs: { x: { shape: ['N', 2] } },
  outputs: ['y'],
  constants: {
    w: { dtype: 'int8', shape: [2, 2], data: Int8Array.of(1, -2, 3, 100) },
    s: { dtype: 'float32', shape: [], data: Float32Array.of(0.5) },
  },
  nodes: [
    ['DequantizeLinear', ['w', 's'], ['wf']],
    ['MatMul', ['x', 'wf'], ['y']],
  ],
});

const linear = buildModel({
  inputs: { x: { shape: ['N', 2] } },
  outputs: ['y'],
  constants: { w: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2, 3, 0.5) } },
  nodes: [['MatMul', ['x', 'w'], ['y']]],
});

const rows: readonly Row[] = [
  row('layers/decodeSafetensors', tensors, (bytes) => decodeSafetensors(bytes)),
  row('layers/encodeSafetensors', pixels, (data) =>
    encodeSafetensors(new Map([['a', { dtype: 'uint8', shape: [48], data }]])),
  ),
  row('onnx/importOnnx', model, (bytes) => weightsAndResult(importOnnx(bytes))),
  row('onnx/readModel', model, (bytes) => {
    const { inputs, outputs, nodes, constants } = readModel(bytes);
    return [inputs, outputs, nodes.map(({ opType }) => opType), [...constants.values()].map((one) => one.read())];
  }),
  row('onnx/inspectModel', model, (bytes) => inspectModel(bytes)),
  row('onnx/diagnoseModel', model, (bytes) => diagnoseModel(bytes)),
  row('onnx/readOnnx', model, async (bytes) => readModel(await readOnnx('held.onnx', bytes)).nodes.length),
  row('onnx/lastLayerInput', linear, (bytes) => lastLayerInput(bytes)),
  row('onnx/withMetadata', model, (bytes) => [...withMetadata(bytes, { note: 'kept' })]),
  row('onnx/widenOnnx', model, (bytes) => [...widenOnnx(bytes)]),
  row('augment/isKnownFormat', png, (bytes) => isKnownFormat(bytes)),
  row('audio/isWav', wav, (bytes) => isWav(bytes)),
  row('audio/decodeWav', wav, (bytes) => decodeWav(bytes)),
  row('audio/decodeSound', wav, (bytes) => decodeSound(bytes, 'a.wav')),
  row('audio/AudioDecoder', wav, (bytes) => wavDecoder.decode(bytes, 'a.wav')),
  row('data/isZip', archive, (bytes) => isZip(bytes)),
  row('data/ZipArchive', archive, (bytes) => [...new ZipArchive(bytes, 'a.zip').view('data')]),
  row('pytorch/readCheckpoint', checkpoint, (bytes) => [...readCheckpoint(bytes, { name: 'scale.pth' }).tensors]),
  row('zoo/readWeights', checkpoint, (bytes) => [...readWeights(bytes, 'scale.pth').tensors]),
  row('onnx/findCut', model, (bytes) => findCut(bytes)),
  row('onnx/adaptOnnxInput', model, (bytes) => adaptOnnxInput(bytes, 1)),
  row('onnx/resizeOnnxInput', model, (bytes) => resizeOnnxInput(bytes, { height: 8, width: 8 })),
  row('onnx/dequantizeOnnx', quantised, (bytes) =>
    importOnnx(dequantizeOnnx(bytes)).weights.get('wf')!.value.arraySync(),
  ),
  row('onnx/quantizeOnnx', model, (bytes) => quantizeOnnx(bytes, { calibration })),
  row('onnx/GraphBytes', subgraph(branches).bytes, (bytes) =>
    importOnnx(
      buildModel({
        inputs: { x: { shape: [2] } },
        outputs: ['y'],
        constants: { c: { dtype: 'bool', shape: [], data: Uint8Array.of(1) } },
        nodes: [
          [
            'If',
            ['c'],
            ['y'],
            { then_branch: Object.assign(subgraph(branches), { bytes }), else_branch: subgraph(branches) },
          ],
        ],
      }),
    )
      .forward(tensor([1, 2]))
      .arraySync(),
  ),
  row('onnx/checkCase', negating, (bytes) =>
    checkCase({
      model: bytes,
      inputs: [values([2, 2], 4)],
      outputs: [writeValue({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(2, 1, 0, -1) })],
    }),
  ),
  row('onnx/checkCase', values([2, 2], 4), (bytes) =>
    checkCase({
      model: negating,
      inputs: [bytes],
      outputs: [writeValue({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(2, 1, 0, -1) })],
    }),
  ),
  row('onnx/checkGradients', values([2, 2], 4), (bytes) =>
    checkGradients({ model: negating, inputs: [bytes] }, { flows: () => true }),
  ),
  row('onnx/writeValue', pixels, (data) => writeValue({ dtype: 'uint8', shape: [48], data })),
  row('tensor/tensor', pixels, (data) => {
    const x = tensor(data);
    return [x.dtype, x.arraySync()];
  }),
  row('tensor/toArray', pixels, (data) => [toArray(data, 'uint8'), toArray(data, 'float32')]),
  row('tensor/toNumbers', pixels, (data) => toNumbers(data as Uint8Array<ArrayBuffer>, 'uint8')),
  row('storage/Storage', pixels, (bytes) => throughStorage(memoryStorage(), bytes)),
  row('storage/Storage', pixels, (bytes) => throughStorage(fileStorage(folder), bytes)),
  row('finetune/RunFiles', pixels, async (bytes) => {
    const storage = memoryStorage();
    await new RunFiles(storage).write('kept', bytes);
    return storage.read('kept');
  }),
  row('backend-wasm/WasmBackend', pixels, (data) => tensor(data, { backend }).arraySync()),
  row('backend-wasm/WasmBackend', wasm, async (bytes) => {
    let names: string[] = [];
    await backend.registerModule(bytes as Uint8Array<ArrayBuffer>, (exports) => ((names = Object.keys(exports)), {}));
    return names;
  }),
  row('data/image', pixels, (data) =>
    imageBatch()(
      [{ input: randomErasing({ probability: 1 })(image(data, 4, 4, 3), new Random(1)) as Image, label: 0 }],
      [0],
    ),
  ),
  row('data/tarEntries', tar, (bytes) => collected(tarEntries([bytes.subarray(0, 300), bytes.subarray(300)]))),
  row('data/ImageDecoder', png, (bytes) => sharpDecoder.decode(bytes)),
  row(
    'data/ImageDecoder',
    png,
    async (bytes) => (await decoded(arrayDataset([{ input: bytes, label: 0 }]), sharpDecoder).get(0)).input,
  ),
  row('augment/decodeCrop', png, (bytes) => decodeCrop({ size: 2 })(bytes, new Random(3))),
  row('tensorboard/EventLog', png, async (bytes) => {
    const storage = memoryStorage();
    const log = new EventLog({ storage, now: () => 1000 });
    log.image('picture', bytes, 1);
    await log.flush();
    return storage.read((await storage.list(''))[0]!);
  }),
];

describe.each(ways)('%s', (_, way) => {
  test.each(rows.map((one) => [one.name, one] as const))('%s', async (_name, { bytes, use }) => {
    const expected = shown(await use(new Uint8Array(bytes)));
    const given = way(bytes);
    expect(shown(await use(given))).toBe(expected);
    expect(new Uint8Array(given)).toEqual(new Uint8Array(bytes)); // not written to
  });
  test('a checkpoint', async () => {
    const storage = memoryStorage();
    const [saved, loaded] = [1, 2].map((seed) => new Linear({ in: 3, out: 2 }).initialize(seed));
    await saveCheckpoint(storage, 'c', { model: saved!, state: { epoch: 3 } });
    expect(await loadCheckpoint(pooled(storage, way), 'c', { model: loaded! })).toEqual({ epoch: 3 });
    expect(await weightsOf(loaded!)).toEqual(await weightsOf(saved!));
  });
  test('tensors and images copy their bytes', () => {
    const given = way(pixels);
    const made = [tensor(given), tensor(given, { backend })];
    const erased = randomErasing({ probability: 1 })(image(given, 4, 4, 3), new Random(1)) as Image;
    const before = [...made.map((x) => x.numbers()), [...erased.data]];
    given.fill(1);
    expect([...made.map((x) => x.numbers()), [...erased.data]]).toEqual(before);
  });
});

test('a tensor of bytes is uint8 for every class of bytes', () => {
  expect(tensor(Buffer.from([1, 2])).dtype).toBe('uint8');
});

// Interfaces whose implementations have their own rows, or that callers implement.
const contracts = [
  'onnx/MessageType',
  'tensor/Backend',
  'onnx/ExternalSink',
  'onnx/ExternalFiles',
  'data/SourceOptions',
  'tasks/Modality',
  'zoo/PartialDownload',
];
test('every public function that takes bytes has a row', () => {
  const pages = new URL('../../../docs/api/', import.meta.url);
  const found = readdirSync(pages)
    .filter((page) => page !== 'README.md' && page !== 'graft.md')
    .flatMap((page) =>
      readFileSync(new URL(page, pages), 'utf8')
        .split(/^#### /m)
        .slice(1)
        .filter((block) => takesBytes(block))
        .map((block) => `${page.slice(0, -3)}/${block.slice(0, block.indexOf('\n'))}`),
    );
  expect(found.length).toBeGreaterThan(15);
  const known = new Set([...rows.map(({ name }) => name), ...contracts]);
  expect(found.filter((name) => !known.has(name))).toEqual([]);
});

/** Whether a declaration has a parameter of bytes: only text in parentheses counts, not results or properties. */
function takesBytes(block: string): boolean {
  const code = [...block.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text]) => text).join('');
  let [depth, parameters] = [0, ''];
  for (const character of code.replaceAll(/\/\*[\s\S]*?\*\//g, '')) {
    depth += Number(character === '(') - Number(character === ')');
    if (depth > 0) parameters += character;
  }
  return /\b(Uint8Array|TypedArray|WasmSource|OnnxSource|BackendCase)\b/.test(parameters);
}
